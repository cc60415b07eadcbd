"""The semantic model: the star, the measures, and a table for each analysis that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shopwright.visualization.definitions import Visual
from shopwright.visualization.power_bi.measures import (
    formats,
    metric_measures,
    metrics_table,
    running_share,
    steps_of,
)
from shopwright.visualization.power_bi.selects import (
    LIVE,
    Select,
    is_live,
    live_column,
    live_measures,
    select_measures,
    select_relationships,
    select_table,
)
from shopwright.visualization.power_bi.sources import Source
from shopwright.visualization.power_bi.star import star_relationships, star_tables
from shopwright.visualization.power_bi.tmdl import Measure, Model, Table


def semantic_model(
    name: str,
    currency: str,
    visuals: Mapping[str, Visual],
    selects: Mapping[str, Select],
    source: Source,
) -> Model:
    """The model that the visuals, by their ids, can be drawn from."""
    star = [_with_live_columns(one, list(visuals.values())) for one in star_tables(source)]
    measures = metric_measures(currency)
    steps: list[Table] = []
    for visual_id, visual in visuals.items():
        if is_live(visual):
            measures += live_measures(visual, formats(currency))
        elif visual.kind == "pareto":
            measures.append(running_share(visual, currency))
        elif visual.is_of_metrics and visual.kind in ("waterfall", "funnel"):
            made = steps_of(visual, visual_id.replace(".", "_"), currency)
            measures.append(made.measure)
            steps.append(made.table)
    shown = _select_tables(list(visuals.values()), selects, source, currency)
    relationships = star_relationships()
    for select in selects.values():
        if select.table in {one.name for one in shown}:
            relationships += select_relationships(select)
    tables = (metrics_table(measures), *star, *steps, *shown)
    return Model(name, tables, tuple(relationships), source.parameters)


def _with_live_columns(table: Table, visuals: Sequence[Visual]) -> Table:
    live = [
        live_column(one)
        for one in visuals
        if is_live(one) and LIVE[one.analysis or ""].table == table.name
    ]
    return replace(table, columns=(*table.columns, *live)) if live else table


def _select_tables(
    visuals: Sequence[Visual], selects: Mapping[str, Select], source: Source, currency: str
) -> list[Table]:
    found = []
    for select in selects.values():
        measures: list[Measure] = []
        for visual in visuals:
            if not visual.is_of_metrics and visual.select is select.select:
                measures += select_measures(visual, select, formats(currency))
        table = select_table(select, source, measures)
        if table is not None:
            found.append(table)
    return found
