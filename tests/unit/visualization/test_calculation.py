"""A metric's expression as a Tableau calculation: every kind, and what none can say."""

from typing import get_args

import pytest

from shopwright.serving.semantic import expressions
from shopwright.serving.semantic.catalog import forms, metric, metrics
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Filter,
    Name,
    Negative,
    PriorPeriod,
    PriorYear,
    Ratio,
    RunningTotal,
    Share,
    Sum,
)
from shopwright.visualization.definitions import Kind
from shopwright.visualization.tableau.calculation import (
    NotInTableau,
    calculation,
    is_table_calculation,
)
from shopwright.visualization.tableau.drawings import DRAWN
from shopwright.visualization.tableau.lints_of_sources import formula_faults

NET = Sum("net_amount")
SALES = frozenset({("is_return", False)})
MONTH = "MIN(DATETRUNC('month', [day]))"
KINDS: list[tuple[Expression, str]] = [
    (NET, "ZN(SUM([net_amount]))"),
    (Count(), "COUNT([item_id])"),
    (CountDistinct("product_id"), "COUNTD([product_id])"),
    (
        CountDistinct("customer_id", 2),
        "ZN(SUM({INCLUDE [customer_id] : IF COUNTD([transaction_id]) >= 2 THEN 1 ELSE 0 END}))",
    ),
    (Filter(NET, SALES), "ZN(SUM(IF NOT [is_return] THEN [net_amount] END))"),
    (
        Filter(Filter(Count(), SALES), frozenset({("is_guest", True)})),
        "COUNT(IF [is_guest] AND NOT [is_return] THEN [item_id] END)",
    ),
    (Negative(NET), "-(ZN(SUM([net_amount])))"),
    (Add(Name("net"), Name("cost")), "([Calculation_net] + [Calculation_cost])"),
    (Difference(Name("net"), Name("cost")), "([Calculation_net] - [Calculation_cost])"),
    (
        Ratio(Name("net"), Name("orders")),
        "IF [Calculation_orders] = 0 THEN NULL ELSE [Calculation_net] / [Calculation_orders] END",
    ),
    (
        Ratio(Ratio(Name("net"), Name("orders")), Name("lines")),
        "IF [Calculation_lines] = 0 THEN NULL ELSE (IF [Calculation_orders] = 0 THEN NULL ELSE"
        " [Calculation_net] / [Calculation_orders] END) / [Calculation_lines] END",
    ),
    (
        Filter(Name("net"), SALES),
        "ZN(SUM(IF NOT [is_return] THEN [net_amount] END))",
    ),
    (
        PriorYear(Name("net")),
        f"IF LOOKUP({MONTH}, -12) = DATEADD('month', -12, {MONTH})"
        " THEN LOOKUP([Calculation_net], -12) END",
    ),
    (
        PriorPeriod(Name("net")),
        f"IF LOOKUP({MONTH}, -1) = DATEADD('month', -1, {MONTH})"
        " THEN LOOKUP([Calculation_net], -1) END",
    ),
    (RunningTotal(Name("net")), "RUNNING_SUM([Calculation_net])"),
    (Share(Name("net")), "[Calculation_net] / TOTAL([Calculation_net])"),
]


@pytest.mark.parametrize(("expression", "formula"), KINDS, ids=lambda one: str(one)[:40])
def test_a_kind_of_expression_has_its_calculation(expression: Expression, formula: str) -> None:
    assert calculation(expression, "month") == formula
    assert list(formula_faults(formula)) == []


def test_every_kind_of_expression_is_tried() -> None:
    kinds = {type(one) for tree, _ in KINDS for one in expressions.walk(tree)}
    assert kinds == set(get_args(Expression))


def test_every_metric_is_compiled() -> None:
    for one in metrics().values():
        assert list(formula_faults(calculation(one.formula))) == [], one.name
        assert not is_table_calculation(one.formula)


@pytest.mark.parametrize("form", sorted(forms()))
def test_every_form_of_net_is_a_table_calculation(form: str) -> None:
    one = metric(f"net_{form}")
    assert is_table_calculation(one.formula)
    assert list(formula_faults(calculation(one.formula, "week"))) == []


@pytest.mark.parametrize(
    ("expression", "axis"),
    [
        (PriorYear(Name("net")), "day"),  # 365 or 366 rows
        (PriorYear(Name("net")), None),
        (RunningTotal(Name("customers")), "month"),
        (RunningTotal(Name("average_order_value")), "month"),
    ],
)
def test_what_no_calculation_says_is_refused(expression: Expression, axis: str | None) -> None:
    with pytest.raises(NotInTableau):
        calculation(expression, axis)


def test_every_kind_of_visual_is_drawn() -> None:
    assert set(DRAWN) == set(get_args(Kind))
