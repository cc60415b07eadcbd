"""The figures of each visual for what a viewer has selected."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shopwright.serving.semantic import QuestionRefused
from shopwright.serving.semantic.atoms import View
from shopwright.serving.semantic.catalog import metric
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import (
    Figures,
    dimension_columns,
    metric_column,
    select_column,
)
from shopwright.visualization.key_figures import key_figures
from shopwright.visualization.pareto import pareto
from shopwright.visualization.selection import Selection, time_axis
from shopwright.visualization.warehouse import Asked
from shopwright.visualization.waterfalls import price_volume_mix, steps

_DRAWN_IN_PERIODS = ("line", "area", "combo", "stacked_bar", "bar")
_WITH_TOTALS = ("table", "matrix")


def applied(visual: Visual, selection: Selection) -> Selection:
    """What of a selection the visual can be told: its steps of drill become filters."""
    kept = {name: one for name, one in selection.values.items() if name in visual.filters}
    for depth, (name, value) in enumerate(selection.drill):
        if depth + 1 >= len(visual.drill) or name != visual.drill[depth]:
            path = " > ".join(visual.drill) or "not at all"
            raise QuestionRefused(
                f"{visual.title!r} does not go deeper into {name} here.", f"It drills: {path}."
            )
        kept[name] = (value,)
    return replace(selection, values=kept)


def figures_of(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    """What a visual shows for a selection that was `applied` to it. Raises QuestionRefused."""
    if not visual.is_of_metrics:
        return _select(visual, selection, asked)
    if visual.kind == "kpi":
        return key_figures([visual], selection, asked)[visual.name]
    if visual.bridge is not None:
        return price_volume_mix(visual, selection, asked)
    if visual.kind in ("waterfall", "funnel"):
        return steps(visual, selection, asked)
    if visual.kind == "pareto":
        return pareto(visual, selection, asked)
    return _rows(visual, selection, asked)


def _rows(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    by = [time_axis(one, selection) for one in visual.dimensions_at(len(selection.drill))]
    is_in_time = any(DIMENSIONS[one].kind == "time" for one in by)
    where = selection.filters()
    found = asked.answer(
        visual.metrics, by, where, order=_order(visual, by),
        limit=visual.limit + 1 if visual.limit else None,
        continuous=is_in_time and visual.kind in _DRAWN_IN_PERIODS,
    )  # fmt: skip
    rows = found.rows[: visual.limit]
    columns = [column for one in by for column in dimension_columns(one)]
    totals = None
    if visual.kind in _WITH_TOTALS and rows:
        whole = asked.answer(visual.metrics, (), where).rows
        totals = tuple([None] * len(columns)) + tuple(whole[0])
    notes = []
    if visual.limit and len(found.rows) > visual.limit:
        notes.append(f"Only the first {visual.limit} are shown.")
    moved = [new for old, new in zip(visual.dimensions, by, strict=False)
             if old != new and DIMENSIONS[new].kind == "time"]  # fmt: skip
    notes += [f"By {one}, as the days chosen are few." for one in moved]
    columns += [metric_column(one) for one in visual.metrics]
    is_before_all = any(
        metric(name).form == View.prior_year and all(row[place] is None for row in rows)
        for place, name in enumerate(visual.metrics, -len(visual.metrics))
    )
    if rows and is_before_all:
        notes.append("A year before nothing was sold.")
    return Figures(tuple(columns), rows, totals, tuple(notes), found.tables)


def _order(visual: Visual, by: Sequence[str]) -> list[str]:
    """As the visual says; else the largest first, except along time and other numbers."""
    if visual.sort:
        shown = {*by, *visual.metrics}
        return [one for one in visual.sort if one.removeprefix("-") in shown]
    if all(DIMENSIONS[one].kind == "text" for one in by):
        return [f"-{visual.metrics[0]}"]
    return []


def _select(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    """An analysis or a record of health."""
    given: dict[str, object] = dict(visual.parameters)
    if "date" in visual.filters:
        given |= {"first_day": selection.start, "last_day": selection.end}
    notes: tuple[str, ...] = ()
    if any(one.name == "period" for one in visual.select.parameters):
        given["period"] = time_axis("month", selection)
        if given["period"] != "month":
            notes = (f"By {given['period']}, as the days chosen are few.",)
    found = asked.select(visual.select, given)
    names = [*visual.dimensions, *visual.metrics]
    places = [found.columns.index(name) for name in names]
    rows: list[tuple[Any, ...]] = [tuple(row[place] for place in places) for row in found.rows]
    rows = rows[: visual.limit]
    columns = [
        select_column(
            name,
            "dimension" if number < len(visual.dimensions) else "metric",
            [row[number] for row in rows],
            visual.labels.get(name),
        )
        for number, name in enumerate(names)
    ]
    if "period" in given:
        columns = [
            replace(one, format=str(given["period"])) if one.name.startswith("period_") else one
            for one in columns
        ]
    return Figures(tuple(columns), rows, None, notes, found.tables)


def left_out(visual: Visual, selection: Selection) -> list[str]:
    """A sentence for the filters that the visual does not follow."""
    lacking = [
        DIMENSIONS[one].label.lower() for one in selection.values if one not in visual.filters
    ]
    notes = []
    if lacking and visual.health is None:
        notes.append(f"Not filtered by {' and '.join(lacking)}: it shows all.")
    if "date" not in visual.filters and visual.health is None:
        notes.append("Of all days: it does not follow the dates.")
    return notes
