"""The expression tree of a metric's formula, small enough for SQL, DAX and Tableau alike."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shopwright.config.errors import did_you_mean

SUMMABLE = (
    "quantity",
    "gross_amount",
    "discount_amount",
    "net_amount",
    "tax_amount",
    "cost_amount",
    "profit_amount",
    "shipping_amount",
)
"""Columns of the facts; shipping belongs to an order, all else to a line."""

COUNTABLE = ("transaction_id", "customer_id", "product_id")
CONDITIONS = ("is_return", "is_guest", "is_first_day")
"""What a formula may filter by: a return's line, a guest's, one of the customer's first day."""


@dataclass(frozen=True)
class Sum:
    """The sum of a column of the facts; nothing at all sums up to 0."""

    column: str


@dataclass(frozen=True)
class Count:
    """The number of lines."""


@dataclass(frozen=True)
class CountDistinct:
    """The number of different values of a key. With `at_least`, of those with as many orders."""

    column: str
    at_least: int = 1


Measure = Sum | Count | CountDistinct


@dataclass(frozen=True)
class Filter:
    """A formula over the lines alone for which every condition has the value given."""

    of: "Expression"
    where: frozenset[tuple[str, bool]]


@dataclass(frozen=True)
class Negative:
    """The formula with the other sign."""

    of: "Expression"


@dataclass(frozen=True)
class Add:
    """The sum of two formulas."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Difference:
    """The first formula less the second."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Ratio:
    """The first formula divided by the second; null where that is zero."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class PriorPeriod:
    """The formula for the period before; null where nothing happened in it."""

    of: "Expression"


@dataclass(frozen=True)
class PriorYear:
    """The formula for the same period a year before; null where nothing happened in it."""

    of: "Expression"


@dataclass(frozen=True)
class RunningTotal:
    """The formula for all that happened from the first period shown to this one."""

    of: "Expression"


@dataclass(frozen=True)
class Share:
    """The formula divided by itself for all rows of the same period."""

    of: "Expression"


@dataclass(frozen=True)
class Name:
    """Another metric; in the file of a form, `metric` is the one that takes the form."""

    name: str


TimeView = PriorPeriod | PriorYear | RunningTotal | Share
Expression = (
    Measure | Filter | Negative | Add | Difference | Ratio | Name
    | PriorPeriod | PriorYear | RunningTotal | Share
)  # fmt: skip

_ONE: dict[str, Callable[[Expression], Expression]] = {
    "negative": Negative,
    "prior_period": PriorPeriod,
    "prior_year": PriorYear,
    "running_total": RunningTotal,
    "share": Share,
}
_TWO: dict[str, Callable[[Expression, Expression], Expression]] = {
    "add": Add,
    "difference": Difference,
    "ratio": Ratio,
}
_MEASURES = ("sum", "count", "count_distinct")
OPERATIONS = (*_MEASURES, "filter", *_ONE, *_TWO)


class FormulaInvalid(ValueError):
    """A formula holds what it may not. `path` leads to it through the file's keys."""

    def __init__(self, problem: str, path: tuple[str | int, ...]) -> None:
        super().__init__(problem)
        self.path = path


def parse(given: Any, path: tuple[str | int, ...] = ()) -> Expression:
    """The tree of a formula as YAML gives it. Raises FormulaInvalid."""
    if isinstance(given, str):
        return Name(given)
    if not isinstance(given, Mapping) or not given:
        raise FormulaInvalid(f"{given!r} is neither a metric's name nor an operation", path)
    operation = next(iter(given))
    if operation not in OPERATIONS:
        near = did_you_mean(str(operation), OPERATIONS)
        raise FormulaInvalid(f"unknown operation {operation!r}{near}", (*path, operation))
    options = {"filter": {"where"}, "count_distinct": {"at_least"}}.get(operation, set())
    for key in given.keys() - {operation} - options:
        near = did_you_mean(str(key), options)
        raise FormulaInvalid(f"{operation} takes no {key!r}{near}", (*path, key))
    return _operation(operation, given, path)


def _operation(operation: str, given: Mapping[str, Any], path: tuple[str | int, ...]) -> Expression:
    argument, inner = given[operation], (*path, operation)
    if operation == "sum":
        return Sum(_known(argument, SUMMABLE, "column", inner))
    if operation == "count":
        _known(argument, ("lines",), "thing to count", inner)
        return Count()
    if operation == "count_distinct":
        least = given.get("at_least", 1)
        if type(least) is not int or least < 1:
            raise FormulaInvalid(f"at_least: {least!r} is not a number from 1", (*path, "at_least"))
        return CountDistinct(_known(argument, COUNTABLE, "key", inner), least)
    if operation == "filter":
        return Filter(parse(argument, inner), _conditions(given.get("where"), path))
    if operation in _ONE:
        return _ONE[operation](parse(argument, inner))
    if not isinstance(argument, list) or len(argument) != 2:
        raise FormulaInvalid(f"{operation} takes a list of two formulas", inner)
    left, right = (parse(one, (*inner, place)) for place, one in enumerate(argument))
    return _TWO[operation](left, right)


def _conditions(given: Any, path: tuple[str | int, ...]) -> frozenset[tuple[str, bool]]:
    if not isinstance(given, Mapping) or not given:
        raise FormulaInvalid("filter needs `where: {<condition>: true or false}`", path)
    for name, value in given.items():
        _known(name, CONDITIONS, "condition", (*path, "where", name))
        if not isinstance(value, bool):
            raise FormulaInvalid(
                f"{name}: {value!r} is neither true nor false", (*path, "where", name)
            )
    return frozenset(given.items())


def _known(value: Any, known: tuple[str, ...], what: str, path: tuple[str | int, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise FormulaInvalid(f"unknown {what} {value!r}{did_you_mean(str(value), known)}", path)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The formulas directly inside one."""
    if isinstance(expression, Add | Difference | Ratio):
        return expression.left, expression.right
    if isinstance(expression, Filter | Negative | TimeView):
        return (expression.of,)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The formula and all inside it."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def rebuilt(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The formula with `change` made to each formula directly inside it."""
    if isinstance(expression, Add | Difference | Ratio):
        return type(expression)(change(expression.left), change(expression.right))
    if isinstance(expression, Filter):
        return Filter(change(expression.of), expression.where)
    if isinstance(expression, Negative | TimeView):
        return type(expression)(change(expression.of))
    return expression
