"""Which table answers what, what is refused, and that no value ever stands in the SQL."""

import re
from datetime import date, datetime
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from shopwright.serving.semantic import Filters, QuestionRefused, compile_query
from shopwright.serving.semantic.atoms import View
from shopwright.serving.semantic.catalog import forms, metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.periods import range_before
from shopwright.storage.tables import metadata

FEBRUARY = Filters(date(2024, 2, 1), date(2024, 2, 29))
SOME_DAYS = Filters(date(2024, 2, 1), date(2024, 2, 28))


@pytest.mark.parametrize(
    ("names", "by", "where", "tables"),
    [
        (["net", "orders"], [], Filters(), {"agg_payment_month"}),
        (["net", "average_order_value"], ["quarter"], FEBRUARY, {"agg_payment_month"}),
        (["net"], ["quarter"], SOME_DAYS, {"agg_daily_sales"}),
        (["net"], ["week"], Filters(), {"agg_daily_sales"}),
        (["net"], ["weekday"], Filters(), {"agg_daily_sales"}),
        (["orders"], ["weekday", "hour"], FEBRUARY, {"agg_hour_of_week"}),
        (["net"], ["hour"], Filters(), {"fact_orders"}),  # that table holds sales alone
        (["net_sales"], ["hour"], Filters(), {"agg_hour_of_week"}),
        (["margin_rate"], ["category"], Filters(), {"agg_category_month"}),
        (["orders"], ["category"], Filters(), {"fact_sales"}),  # never added up over months
        (["orders"], ["month", "category"], Filters(), {"fact_sales"}),  # nor sub-categories
        (["orders"], ["month", "category", "sub_category"], Filters(), {"agg_category_month"}),
        (["orders"], ["quarter", "category", "sub_category"], Filters(), {"fact_sales"}),
        (["unit_return_rate"], ["product"], Filters(), {"agg_product_performance"}),
        (["returns"], ["product", "month"], Filters(), {"agg_product_performance"}),
        (["customers"], [], Filters(), {"agg_customer_orders"}),
        (["customers"], ["month"], Filters(), {"fact_orders"}),
        (["net", "customers"], ["month"], Filters(), {"agg_payment_month", "fact_orders"}),
        (["net"], ["brand"], Filters(), {"fact_sales"}),
        (["net"], [], Filters(values={"category": ["x"]}), {"agg_category_month"}),
        (["net"], ["payment_method"], Filters(values={"category": ["x"]}), {"fact_sales"}),
        (["net"], ["segment"], Filters(values={"channel": ["x"]}), {"fact_orders"}),
    ],
)  # fmt: skip
def test_the_smallest_table_that_is_exact_answers(
    names: list[str], by: list[str], where: Filters, tables: set[str]
) -> None:
    assert set(compile_query(names, by, where).tables) == tables


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"metrics": ["net"], "by": ["mnth"]}, "did you mean 'month'"),
        ({"metrics": []}, "No metric"),
        ({"metrics": "net"}, "a list"),
        ({"metrics": ["net"], "by": ["day", "month"]}, "both periods"),
        ({"metrics": ["net"], "order": ["orders"]}, "not asked for"),
        ({"metrics": ["net"], "order": ["net; drop table x"]}, "not asked for"),
        ({"metrics": ["net"], "limit": 0}, "limit = 0"),
        ({"metrics": ["net"], "limit": True}, "limit = True"),
        ({"metrics": ["net"], "continuous": True}, "no period"),
        ({"metrics": ["net_running_total"]}, "needs a period"),
        ({"metrics": ["net_prior_year"]}, "no prior year without a period"),
        ({"metrics": ["shipping"], "by": ["category"]}, "belongs to a whole order"),
        ({"metrics": ["shipping"], "where": Filters(values={"brand": ["x"]})}, "by brand"),
        ({"where": Filters(date(2024, 2, 2), date(2024, 2, 1))}, "before it starts"),
        ({"where": Filters("2024-01-01")}, "not a day"),
        ({"where": Filters(datetime(2024, 1, 1))}, "not a day"),  # noqa: DTZ001
        ({"where": Filters(date(1, 1, 1))}, "not a day"),
        ({"where": Filters(values={"month": ["2024-01-01"]})}, "by start and end"),
        ({"where": Filters(values={"categry": ["x"]})}, "did you mean 'category'"),
        ({"where": Filters(values={"category": []})}, "1 to 1,000"),
        ({"where": Filters(values={"category": ["x"] * 1001})}, "1 to 1,000"),
        ({"where": Filters(values={"category": "Shoes"})}, "not a list"),
        ({"where": Filters(values={"category": [1]})}, "not a value"),
        ({"where": Filters(values={"hour": ["1"]})}, "not a value"),
        ({"where": Filters(values={"hour": [10**30]})}, "not a value"),
        ({"where": Filters(values={"category": ["x" * 1001]})}, "longer than"),
        ({"where": Filters(values={"category": ["x\0"]})}, "zero byte"),
    ],
)  # fmt: skip
def test_a_question_without_an_answer_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionRefused) as refusal:
        compile_query(**{"metrics": ["net"], **arguments})
    assert said in str(refusal.value)


def test_a_value_never_stands_in_the_sql() -> None:
    hostile = "'; drop table warehouse.fact_sales; --"
    where = Filters(date(2024, 1, 2), date(2024, 3, 4), {"category": [hostile], "hour": [13]})
    found = compile_query(["net", "customers_prior_year"], ["month"], where, limit=77)
    assert hostile not in found.sql
    assert "drop" not in found.sql
    assert "20240102" not in found.sql
    assert "77" not in found.sql
    assert [hostile] in found.params.values()


def test_every_metric_and_form_compiles_and_reads_the_warehouse_alone() -> None:
    names = [*metrics(), *(f"{base}_{form}" for base in metrics() for form in forms())]
    for name in names:
        found = compile_query([name], ["month", "payment_method"], FEBRUARY)
        assert found.columns == ("month", "payment_method", name)
        read = set(re.findall(r"(?:from|join) (\w+\.\w+)", found.sql))
        assert {f"warehouse.{table}" for table in found.tables} <= read, name
        assert read <= metadata.tables.keys(), name
        assert all(one.startswith("warehouse.") for one in read), name


def test_what_is_compiled_is_one_select_with_the_columns_it_names() -> None:
    names = ["customers", *(f"customers_{form}" for form in forms())]
    found = compile_query(names, ["month", "payment_method"], FEBRUARY, continuous=True)
    (tree,) = sqlglot.parse(found.sql, read="postgres")
    assert isinstance(tree, exp.Select)
    assert tree.named_selects == ["month", "payment_method", *names] == list(found.columns)


def test_every_dimension_stands_where_it_says() -> None:
    for one in DIMENSIONS.values():
        assert one.column in metadata.tables[f"warehouse.{one.table}"].columns, one.name


@pytest.mark.parametrize(
    ("axis", "view", "days", "before"),
    [
        (None, View.prior_period, ("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31")),
        (None, View.prior_period, ("2024-01-01", "2024-03-31"), ("2023-10-01", "2023-12-31")),
        (None, View.prior_period, ("2024-02-02", "2024-02-11"), ("2024-01-23", "2024-02-01")),
        (None, View.prior_year, ("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        (None, View.prior_year, ("2024-02-05", "2024-02-29"), ("2023-02-05", "2023-02-28")),
        ("month", View.prior_period, ("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),
        ("quarter", View.prior_period, ("2024-04-01", "2024-06-30"), ("2024-01-01", "2024-03-31")),
        ("week", View.prior_year, ("2024-03-04", "2024-03-10"), ("2023-03-06", "2023-03-12")),
        ("day", View.prior_period, ("2024-03-01", "2024-03-02"), ("2024-02-29", "2024-03-01")),
        ("year", View.prior_period, ("2024-01-01", "2024-12-31"), ("2023-01-01", "2023-12-31")),
    ],
)  # fmt: skip
def test_the_days_before(
    axis: str | None, view: View, days: tuple[str, str], before: tuple[str, str]
) -> None:
    start, end = map(date.fromisoformat, days)
    found = range_before(axis, view, start, end)
    assert found == tuple(map(date.fromisoformat, before))
