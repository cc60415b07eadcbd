"""Every measure in every cell of a grouping: what a DAX engine says, and what SQL says.

`DIFFERENCES` explains, measure by measure, where the two may differ; all else must be equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from tests.acceptance.power_bi.dax_engine import Loaded

from shopwright.serving.semantic import Filters, answer
from shopwright.serving.semantic.catalog import Metric, forms, metrics
from shopwright.serving.semantic.dimensions import PRODUCT_DIMENSIONS
from shopwright.serving.semantic.expressions import (
    Expression,
    Ratio,
    Share,
    Sum,
    walk,
)
from shopwright.visualization.power_bi.dax import forms_of, measure_name
from shopwright.visualization.power_bi.fields import FIELDS

FOUR_PLACES = 0.00005 + 1e-9
"""Half of the last of four decimal places: a fixed decimal divided by a count has no more."""
EIGHT_PLACES = 0.000000005 + 1e-12
"""Half of the last place to which SQL rounds a ratio."""

DIFFERENCES = {
    "nothing": "Sums, counts and shares of nothing: 0 in SQL, BLANK in DAX: no row is shown.",
    "four places": "A fixed decimal divided by a count has four decimal places in DAX, eight in"
    " SQL; `has_four_places` tells which metrics that holds for.",
    "29 February": "By day, the year before 29 February is 28 February in DAX; SQL says null.",
}  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """How many figures were compared, and how many of them were something."""

    cells: int
    figures: int
    known: int


def every_metric() -> list[Metric]:
    """All metrics and all forms that the model has."""
    found = []
    for one in metrics().values():
        found += [one, *(form.of(one) for form in forms_of(one, forms()))]
    return found


def askable(by: Sequence[str], where: Filters, wanted: Sequence[Metric]) -> list[Metric]:
    """Those that SQL answers by these dimensions."""
    has_axis = any(one in ("day", "week", "month", "quarter", "year") for one in by)
    has_days = where.start is not None and where.end is not None
    lines = PRODUCT_DIMENSIONS & {*by, *where.values}
    return [
        one
        for one in wanted
        if not (lines and Sum("shipping_amount") in set(walk(one.expanded)))
        and (has_axis or one.form != "running_total")
        and (has_axis or has_days or not (one.form or "").startswith("prior"))
    ]


def compare(
    loaded: Loaded,
    connection: psycopg.Connection,
    by: Sequence[str],
    where: Filters,
    wanted: Sequence[Metric],
    *,
    most_cells: int = 1000,
) -> Compared:
    """Compares the metrics in the cells of a grouping. Raises AssertionError at a difference."""
    asked = askable(by, where, wanted)
    rows = answer(connection, [one.name for one in asked], by, where).rows
    keys = len(by)
    chosen = slicers(loaded, where)
    step = max(1, -(-len(rows) // most_cells))
    figures = known = 0
    for row in rows[::step]:
        cell = {_column(name): _cell(name, value) for name, value in zip(by, row, strict=False)}
        found = loaded.figures([measure_name(one) for one in asked], cell, chosen)
        for one, expected in zip(asked, row[keys:], strict=True):
            said = found[measure_name(one)]
            figures += 1
            known += expected is not None and expected != 0
            assert is_same(one, said, expected), (measure_name(one), cell, where, said, expected)
    return Compared(len(rows[::step]), figures, known)


def is_same(metric: Metric, said: Any, expected: Any) -> bool:
    """Whether both say the same, but for the DIFFERENCES."""
    if said is None or expected is None:
        nothing_is_nothing = metric.form == "share" or not is_nullable(metric.expanded)
        if metric.form == "share" and expected is None:
            return said is None
        return said is expected or (nothing_is_nothing and not said and not expected)
    return abs(float(said) - float(expected)) <= _tolerance(metric, float(expected))


def is_nullable(expression: Expression) -> bool:
    """Whether SQL tells null from 0."""
    return any(type(one).__name__ in ("Ratio", "PriorPeriod", "PriorYear", "Share")
               for one in walk(expression))  # fmt: skip


def _tolerance(metric: Metric, expected: float) -> float:
    ratios = [one for one in walk(metric.expanded) if isinstance(one, Ratio | Share)]
    if not ratios:
        return 1e-12 * abs(expected)  # sums are exact; what is compared is a float of them
    base = metrics()[metric.base or metric.name]
    if has_four_places(base.expanded):
        if metric.unit == "rate":  # growth of a figure with four places
            return 0.001 * max(1.0, abs(expected))
        return 2 * FOUR_PLACES if metric.form else FOUR_PLACES
    if isinstance(base.expanded, Ratio) and metric.unit == "rate" and base.unit != "rate":
        return 1e-7 * max(1.0, abs(expected))  # growth of a figure that SQL rounded to eight
    return 2 * EIGHT_PLACES if metric.form else EIGHT_PLACES


def has_four_places(expression: Expression) -> bool:
    """Whether a sum of amounts or units is divided by a count."""
    if not isinstance(expression, Ratio):
        return False
    above, below = (
        any(isinstance(one, Sum) for one in walk(side))
        for side in (expression.left, expression.right)
    )
    return above and not below


def slicers(loaded: Loaded, where: Filters) -> dict[str, list[Any]]:
    chosen: dict[str, list[Any]] = {}
    if where.start is not None or where.end is not None:
        dates = loaded.tables[FIELDS["day"].table]
        place = dates["columns"].index(FIELDS["day"].column)
        first, last = where.start or date.min, where.end or date.max
        chosen[_column("day")] = [
            row[place] for row in dates["rows"] if first <= row[place].date() <= last
        ]
    for name, values in where.values.items():
        chosen[_column(name)] = list(values)
    return chosen


def _column(name: str) -> str:
    field = FIELDS[name]
    return f"{field.table}.{field.column}"


def _cell(name: str, value: Any) -> Any:
    if name == "year":
        return value.year
    if name == "quarter":
        return f"{value.year} Q{(value.month + 2) // 3}"
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value
