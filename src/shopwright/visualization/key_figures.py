"""Key figures: a metric beside the period before and the year before, and its way there."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shopwright.serving.semantic.atoms import View
from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import Figures, dimension_columns, json_value, metric_column
from shopwright.visualization.selection import Selection, time_axis
from shopwright.visualization.warehouse import Asked

_VIEWS = (View.prior_period, View.prior_year)


def key_figures(
    visuals: Sequence[Visual], selection: Selection, asked: Asked
) -> dict[str, Figures]:
    """The key figures of one selection, all with two questions, by their visuals' names."""
    metrics = [visual.metrics[0] for visual in visuals]
    where = selection.filters()
    wanted = [*metrics, *(f"{one}_{view}" for one in metrics for view in _VIEWS)]
    values = asked.answer(wanted, (), where)
    axis = time_axis("month", selection)
    way = asked.answer(metrics, [axis], where, continuous=True)
    tables = tuple(dict.fromkeys((*values.tables, *way.tables)))
    now = values.dicts()[0]
    found = {}
    for visual in visuals:
        name = visual.metrics[0]
        place = way.columns.index(name)
        comparison: dict[str, Any] = {
            str(view): _beside(now[name], now[f"{name}_{view}"], selection.before(view))
            for view in _VIEWS
        }
        column = metric_column(name)
        rows = [(row[0], row[place]) for row in way.rows]
        sparkline = Figures((*dimension_columns(axis), column), rows)
        found[visual.name] = Figures(
            (column,), [(now[name],)], None, (), tables, comparison, sparkline
        )
    return found


def _beside(now: Any, before: Any, days: tuple[date, date]) -> dict[str, Any] | None:
    """A value of other days, and how far it is from there to the one of now."""
    if before is None:
        return None
    change = growth = None
    if now is not None:
        change = now - before
        growth = round(Decimal(change) / Decimal(before), 8) if before else None
    start, end = days
    return {
        "from": start.isoformat(), "to": end.isoformat(), "value": json_value(before),
        "change": json_value(change), "growth": json_value(growth),
    }  # fmt: skip
