"""The data sources of analyses and of the pipeline's records: each SELECT as it stands, a table."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import Column, select_column
from shopwright.visualization.tableau.fields import (
    DataSource,
    DataType,
    Field,
    Formatted,
    number_format,
)
from shopwright.visualization.tableau.identities import source_id

_SAMPLES: dict[int, tuple[DataType, Any]] = {
    16: ("boolean", True), 20: ("integer", 1), 21: ("integer", 1), 23: ("integer", 1),
    700: ("real", Decimal(1)), 701: ("real", Decimal(1)), 1082: ("date", date(2024, 1, 1)),
    1114: ("datetime", datetime(2024, 1, 1, tzinfo=UTC)),
    1184: ("datetime", datetime(2024, 1, 1, tzinfo=UTC)), 1700: ("real", Decimal(1)),
}  # fmt: skip
"""By PostgreSQL's number of a type: Tableau's name of it, and a value of it; all else is text."""

_FORMATS: dict[str, Formatted] = {"amount": "amount", "percent": "percent", "integer": "integer",
                                  "decimal": "decimal"}  # fmt: skip


def record_sources(
    visuals: Iterable[Visual], connection: psycopg.Connection, currency: str
) -> dict[str, DataSource]:
    """The sources by the SELECTs that visuals show, each SELECT once."""
    showing: dict[str, list[Visual]] = {}
    for visual in visuals:
        if not visual.is_of_metrics:
            showing.setdefault(statement(visual), []).append(visual)
    found: dict[str, DataSource] = {}
    names: set[str] = set()
    for select, those in showing.items():
        name = those[0].select.name
        name = name if name not in names else f"{name}_{len(names)}"
        names.add(name)
        caption = name.replace("_", " ").capitalize()
        shown = f"select {', '.join(_shown(those))}\nfrom (\n{select}\n) as answer"
        columns = _columns(shown, those, connection, currency)
        found[select] = DataSource(name, caption, source_id(name), shown, columns)
    return found


def statement(visual: Visual) -> str:
    """The SELECT that a visual shows, its values written into it and no longer than it shows."""
    text = visual.select.written_out(visual.parameters)
    return f"select * from (\n{text}\n) as answer limit {visual.limit}" if visual.limit else text


def _shown(visuals: Sequence[Visual]) -> list[str]:
    """The columns that any of the visuals shows, in the order of the SELECT."""
    wanted = {name for one in visuals for name in (*one.dimensions, *one.metrics)}
    return [name for name in visuals[0].select.columns if name in wanted]


def _columns(
    select: str, visuals: Sequence[Visual], connection: psycopg.Connection, currency: str
) -> tuple[Field, ...]:
    statement = sql.SQL("select * from ({}) as answer limit 0").format(sql.SQL(select))
    result = connection.execute(statement).pgresult
    assert result is not None
    labels = {name: label for one in visuals for name, label in one.labels.items()}
    measures = {name for one in visuals for name in one.metrics}
    fields = []
    for number in range(result.nfields):
        name = (result.fname(number) or b"").decode()
        datatype, sample = _SAMPLES.get(result.ftype(number), ("string", "text"))
        shown = select_column(name, "metric", [sample], labels.get(name))
        is_measure = name in measures and datatype in ("integer", "real")
        fields.append(_field(shown, datatype, is_measure, currency))
    return tuple(fields)


def _field(shown: Column, datatype: DataType, is_measure: bool, currency: str) -> Field:
    form = _FORMATS.get(shown.format) if is_measure else None
    return Field(
        shown.name,
        shown.label,
        datatype,
        is_measure,
        format=number_format(form, currency) if form else None,
        derivation=_derivation(shown, datatype) if is_measure else "None",
    )


def _derivation(shown: Column, datatype: DataType) -> str:
    """A row is one mark, so any gives the value; where marks are taken together, rates do not
    add up."""
    return "Avg" if shown.type == "rate" or datatype not in ("integer", "real") else "Sum"
