"""Few make most: values from the largest down, and what part of the whole they have reached."""

from decimal import Decimal

from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import Column, Figures, dimension_columns, metric_column
from shopwright.visualization.selection import Selection
from shopwright.visualization.warehouse import Asked

THRESHOLD = Decimal("0.8")
_DIGITS = 8
_SHARE = Column("running_share", "Running share", "metric", "rate", "percent", "rate")


def pareto(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    """The largest positive values of the first metric, with their running share of all of them."""
    by = visual.dimensions_at(len(selection.drill))
    (name,) = visual.metrics
    found = asked.answer([name], by, selection.filters(), order=[f"-{name}"])
    positive = [row for row in found.rows if row[-1] is not None and row[-1] > 0]
    total = sum((Decimal(row[-1]) for row in positive), Decimal(0))
    rows, running, needed = [], Decimal(0), 0
    for row in positive:
        needed += running < THRESHOLD * total
        running += row[-1]
        rows.append((*row, round(running / total, _DIGITS)))
    columns = [column for one in by for column in dimension_columns(one)]
    metric = metric_column(name)
    notes = []
    if rows:
        notes.append(f"{needed:,} of {len(rows):,} make {THRESHOLD:.0%} of {metric.label.lower()}.")
    if visual.limit and len(rows) > visual.limit:
        notes.append(f"The first {visual.limit} are shown; shares are of all.")
    return Figures(
        (*columns, metric, _SHARE), rows[: visual.limit], None, tuple(notes), found.tables
    )
