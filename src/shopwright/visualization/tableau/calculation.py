"""A metric's expression as a Tableau calculation over the lines of sales.

| expression | calculation |
|---|---|
| sum | `ZN(SUM([column]))` |
| count of lines | `COUNT([item_id])` |
| count_distinct | `COUNTD([key])` |
| count_distinct, at_least n | `ZN(SUM({INCLUDE [key] : IF COUNTD([order]) >= n THEN ... END}))` |
| filter | `IF [is_return] AND NOT [is_guest] THEN [column] END` inside of the above |
| negative, add, difference | `-(a)`, `(a + b)`, `(a - b)` |
| ratio | `IF b = 0 THEN NULL ELSE a / b END` |
| a metric's name | `[Calculation_name]` |
| prior_period, prior_year | `LOOKUP(a, -n)` where that row is n periods before, else null |
| running_total | `RUNNING_SUM(a)`, of what can be added up |
| share | `a / TOTAL(a)` |

The last three are table calculations: they see the rows of a sheet and nothing else.
"""

from collections.abc import Mapping

from shopwright.config.errors import ShopwrightError
from shopwright.serving.semantic.atoms import atoms
from shopwright.serving.semantic.catalog import metric
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
    TimeView,
    rebuilt,
    walk,
)

PREFIX = "Calculation_"
_LINE, _ORDER = "item_id", "transaction_id"
_STEPS_OF_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}
_MOVED: Mapping[type, Mapping[str, tuple[str, int]]] = {
    PriorPeriod: {one: (one, 1) for one in ("day", "week", "month", "quarter", "year")},
    PriorYear: {one: (one, steps) for one, steps in _STEPS_OF_A_YEAR.items()},
}
"""By which part of a date and how many steps back a form looks, for each period."""


class NotInTableau(ShopwrightError):
    """No calculation of Tableau's says what the expression does."""


def calculation(expression: Expression, axis: str | None = None) -> str:
    """The formula of a metric, which may name others. Forms of time need the period they are
    shown by as `axis`. Raises NotInTableau."""
    return _formula(expression, frozenset(), axis)


def is_table_calculation(expression: Expression) -> bool:
    """Whether it sees the rows of a sheet instead of the data."""
    return any(isinstance(one, TimeView) for one in walk(expression))


def _formula(
    expression: Expression, conditions: frozenset[tuple[str, bool]], axis: str | None
) -> str:
    match expression:
        case Sum(column):
            return f"ZN(SUM({_filtered(column, conditions)}))"
        case Count():
            return f"COUNT({_filtered(_LINE, conditions)})"
        case CountDistinct(column, at_least):
            return _distinct(column, at_least, conditions)
        case Filter(of, where):
            return _formula(_unnamed(of), conditions | where, axis)
        case Name(name):
            if conditions:
                return _formula(metric(name).expanded, conditions, axis)
            return f"[{PREFIX}{name}]"
        case Negative(of):
            return f"-({_formula(of, conditions, axis)})"
        case Add(left, right) | Difference(left, right):
            sign = "+" if isinstance(expression, Add) else "-"
            one, other = (_operand(part, conditions, axis) for part in (left, right))
            return f"({one} {sign} {other})"
        case Ratio(left, right):
            one, other = (_operand(part, conditions, axis) for part in (left, right))
            return f"IF {other} = 0 THEN NULL ELSE {one} / {other} END"
        case PriorPeriod(of) | PriorYear(of):
            return _earlier(type(expression), _formula(of, conditions, axis), axis)
        case RunningTotal(of):
            return f"RUNNING_SUM({_formula(_additive(of), conditions, axis)})"
        case Share(of):
            inner = _operand(of, conditions, axis)
            return f"{inner} / TOTAL({inner})"
    raise AssertionError(expression)


def _operand(
    expression: Expression, conditions: frozenset[tuple[str, bool]], axis: str | None
) -> str:
    """In parentheses where it is a decision, so that it can stand beside an operator."""
    text = _formula(expression, conditions, axis)
    return f"({text})" if text.startswith("IF ") else text


def _filtered(column: str, conditions: frozenset[tuple[str, bool]]) -> str:
    """The column on the lines that meet the conditions, and null on others."""
    if not conditions:
        return f"[{column}]"
    met = " AND ".join(
        f"[{name}]" if value else f"NOT [{name}]" for name, value in sorted(conditions)
    )
    return f"IF {met} THEN [{column}] END"


def _distinct(column: str, at_least: int, conditions: frozenset[tuple[str, bool]]) -> str:
    if at_least == 1:
        return f"COUNTD({_filtered(column, conditions)})"
    orders = f"COUNTD({_filtered(_ORDER, conditions)})"
    return f"ZN(SUM({{INCLUDE [{column}] : IF {orders} >= {at_least} THEN 1 ELSE 0 END}}))"


def _earlier(form: type, inner: str, axis: str | None) -> str:
    """The value some rows before, if that row is the one meant: periods without a sale are no
    row of a sheet, and an earlier one would stand in for them."""
    steps = _MOVED[form].get(axis or "")
    if steps is None:
        raise NotInTableau(f"{form.__name__} has no number of rows by {axis or 'no period'}.")
    part, back = steps
    period = f"MIN(DATETRUNC('{part}', [day]))"
    there = f"LOOKUP({period}, -{back}) = DATEADD('{part}', -{back}, {period})"
    return f"IF {there} THEN LOOKUP({inner}, -{back}) END"


def _additive(expression: Expression) -> Expression:
    if not all(atom.is_additive for atom, _ in atoms(_unnamed(expression))) or any(
        isinstance(one, Ratio) for one in walk(_unnamed(expression))
    ):
        raise NotInTableau("A running total of what cannot be added up has no table calculation.")
    return expression


def _unnamed(expression: Expression) -> Expression:
    """Without names: what they stand for instead."""
    if isinstance(expression, Name):
        return metric(expression.name).expanded
    return rebuilt(expression, _unnamed)
