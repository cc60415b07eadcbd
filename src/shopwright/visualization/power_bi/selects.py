"""The named analyses and records of runs that the pages show, each a table of the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from shopwright.serving.analyses import Analysis
from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import select_column
from shopwright.visualization.power_bi.fields import DATES, FIELDS, ORDERS
from shopwright.visualization.power_bi.sources import Source, query
from shopwright.visualization.power_bi.star import model_type
from shopwright.visualization.power_bi.tmdl import Column, Measure, Relationship, Table

_TYPES = {16: "boolean", 20: "int64", 21: "int64", 23: "int64", 700: "double", 701: "double",
          1082: "date", 1114: "dateTime", 1184: "dateTime", 1700: "double"}  # fmt: skip
"""Types by PostgreSQL's number of them; all else is a text. A rate has more than four places."""
ANALYSIS_PREFIX, HEALTH_PREFIX = "Analysis ", "Health "
_ADDED_UP = ("_count", "seconds")


@dataclass(frozen=True)
class Select:
    """A SELECT that visuals show: what it is told, and the type of each of its columns."""

    select: Analysis
    statement: str
    types: Mapping[str, str]
    is_health: bool

    @property
    def table(self) -> str:
        """What its table is called."""
        return _table_name(self.select, is_health=self.is_health)


def select_table_name(visual: Visual) -> str:
    """The table of the SELECT that a visual shows."""
    return _table_name(visual.select, is_health=visual.health is not None)


def _table_name(select: Analysis, *, is_health: bool) -> str:
    prefix = HEALTH_PREFIX if is_health else ANALYSIS_PREFIX
    return prefix + select.name.replace("_", " ")


def selects_of(
    visuals: Sequence[Visual], connection: psycopg.Connection, timezone: str
) -> dict[str, Select]:
    """The SELECTs behind visuals by their tables' names; the database tells their types."""
    found: dict[str, Select] = {}
    for visual in visuals:
        if visual.is_of_metrics or is_live(visual):
            continue
        statement = visual.select.written_out(visual.parameters)
        cursor = connection.execute(f"select * from ({statement}) as answer limit 0".encode())
        oids = {one.name: one.type_code for one in cursor.description or ()}
        local = [
            f"{name} at time zone '{timezone}' as {name}" if oid == 1184 else name
            for name, oid in oids.items()
        ]
        limits = [one.limit for one in visuals if one.limit and _is_same(one, visual)]
        text = f"select {', '.join(local)}\nfrom (\n{statement}\n) as answer"
        if limits:
            text += f"\nlimit {max(limits)}"
        types = {name: _TYPES.get(oid, "string") for name, oid in oids.items()}
        select = Select(visual.select, text, types, visual.health is not None)
        found[select.table] = select
    return found


def _is_same(one: Visual, other: Visual) -> bool:
    return (one.analysis, one.health) == (other.analysis, other.health)


def select_table(select: Select, source: Source, measures: Sequence[Measure]) -> Table | None:
    """Its table with the measures of its visuals, or None where the source does not have it."""
    steps = source.select(select.select, select.statement, select.types)
    if steps is None:
        return None
    columns = tuple(
        Column(
            name,
            model_type(kind),
            source=name,
            format=_format(name, kind),
            is_date=kind == "date",
            is_hidden=True,
        )
        for name, kind in select.types.items()
    )
    grain = f"{select.select.grain} {select.select.notes}".replace("\n", " ").strip()
    return Table(select.table, columns, query(steps), grain, tuple(measures))


def _format(name: str, kind: str) -> str | None:
    if kind == "date":
        return "mmm yyyy" if "month" in name else "yyyy-mm-dd"
    return {"dateTime": "yyyy-mm-dd hh:nn", "int64": "#,0"}.get(kind)


def select_relationships(select: Select) -> list[Relationship]:
    """What is told days follows the dates that are chosen, by the day that it shows."""
    parameters = {one.name for one in select.select.parameters}
    if not {"first_day", "last_day"} <= parameters:
        return []
    days = [name for name, kind in select.types.items() if kind == "date"]
    return [Relationship(select.table, name, DATES, FIELDS["day"].column) for name in days[:1]]


def select_label(visual: Visual, name: str, role: str = "metric") -> str:
    """What the web page calls a column of a SELECT."""
    return select_column(name, role, [], visual.labels.get(name)).label


def select_measure_name(visual: Visual, column: str) -> str:
    """The measure of a column that a visual shows: its title, and which of its figures."""
    return f"{visual.title}: {select_label(visual, column)}"


def select_measures(
    visual: Visual, select: Select, formats: Mapping[str, str]
) -> list[Measure]:  # fmt: skip
    """A row's figure where there is one row; counts and seconds are added up too."""
    return [
        Measure(
            select_measure_name(visual, name),
            f"{'SUM' if name.endswith(_ADDED_UP) else 'SELECTEDVALUE'}('{select.table}'[{name}])",
            _measure_format(name, select.types[name], formats),
            "",
            visual.sentence,
        )
        for name in visual.metrics
    ]


def _measure_format(name: str, kind: str, formats: Mapping[str, str]) -> str:
    if kind in ("date", "dateTime"):
        return "yyyy-mm-dd" if kind == "date" else "yyyy-mm-dd hh:nn"
    return formats[select_column(name, "metric", [1] if kind == "int64" else [1.5]).format]


@dataclass(frozen=True)
class Live:
    """An analysis that the star itself answers, so that it follows every choice of the viewer."""

    table: str
    column: str
    expression: str
    measures: Mapping[str, str]


_SALES = f"'{ORDERS}'[is_return] = FALSE()"
_BAND = f"IF(NOT('{ORDERS}'[is_return]), INT('{ORDERS}'[net_amount] / {{width}}) * {{width}})"
LIVE = {
    "order_values": Live(
        ORDERS,
        "Order value from",
        _BAND,
        {
            "order_count": f"CALCULATE(COUNTROWS('{ORDERS}'), {_SALES})",
            "net_amount": f"CALCULATE(SUM('{ORDERS}'[net_amount]), {_SALES})",
        },
    )
}


def is_live(visual: Visual) -> bool:
    """Whether the star answers the visual's analysis."""
    return visual.analysis in LIVE


def live_column(visual: Visual) -> Column:
    """The column of the star that the analysis groups by."""
    assert visual.analysis is not None
    live = LIVE[visual.analysis]
    expression = live.expression.format(**visual.parameters)
    return Column(
        live.column, "decimal", expression=expression, format="#,0", description=visual.sentence
    )


def live_measures(visual: Visual, formats: Mapping[str, str]) -> list[Measure]:
    """The measures of the analysis's figures."""
    assert visual.analysis is not None
    return [
        Measure(
            select_measure_name(visual, name),
            LIVE[visual.analysis].measures[name],
            _measure_format(name, "int64" if name.endswith("_count") else "double", formats),
            visual.title,
            visual.sentence,
        )
        for name in visual.metrics
    ]
