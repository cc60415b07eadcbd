"""The model: names, types, relationships, and the sources that its queries read."""

import re
from collections.abc import Iterable, Iterator

from shopwright.storage.tables import metadata
from shopwright.storage.tables.warehouse import SCHEMA
from shopwright.visualization.power_bi.reading import (
    Faults,
    Node,
    ReadProject,
    end_of,
    twice,
    unquoted,
)
from shopwright.visualization.power_bi.star import ADDED_NAMES

DATA_TYPES = {"boolean", "dateTime", "decimal", "double", "int64", "string", "binary"}
_M_STRING = re.compile(r'"(?:[^"]|"")*"')


def names_are_unique(project: ReadProject) -> Faults:
    """Power BI compares names without regard to case; a measure is not named like a column."""
    yield from twice("table", (one.name for one in project.tables))
    every = [one.name for each in project.measures.values() for one in each]
    yield from twice("measure", every)
    tags = [tag for one in project.tables for tag in _tags(one)]
    yield from twice("lineageTag", tags)
    for table in project.tables:
        columns = [one.name for one in table.of_kind("column")]
        yield from twice(f"column of {table.name}", columns)
        lower = {one.lower() for one in columns}
        for measure in table.of_kind("measure"):
            if measure.name.lower() in lower:
                yield f"the measure {measure.name!r} is named like a column of its table"


def _tags(node: Node) -> Iterator[str]:
    if "lineageTag" in node.properties:
        yield node.properties["lineageTag"]
    for one in node.inside:
        yield from _tags(one)


def tables_are_whole(project: ReadProject) -> Faults:
    """Every table has a partition with a query, columns with types, and a `ref` in the model."""
    names = {one.name for one in project.tables}
    for name in project.references:
        if name not in names:
            yield f"model.tmdl refers to the table {name!r}, which has no file"
    yield from twice("ref table", project.references)
    for table in project.tables:
        if table.name not in project.references:
            yield f"model.tmdl does not refer to the table {table.name!r}"
        partitions = table.of_kind("partition")
        if not partitions or any("source" not in one.properties for one in partitions):
            yield f"the table {table.name!r} has no partition with a source"
        for column in table.of_kind("column"):
            if column.properties.get("dataType") not in DATA_TYPES and not column.expression:
                yield f"{table.name}[{column.name}] has no data type"
            if not column.expression and not column.properties.get("sourceColumn"):
                yield f"{table.name}[{column.name}] has neither a source nor an expression"


def columns_named_exist(project: ReadProject) -> Faults:
    """What sorts a column, and the levels of a hierarchy, are columns of the table."""
    for table in project.tables:
        columns = project.columns[table.name]
        for column in columns.values():
            by = unquoted(column.properties.get("sortByColumn", ""))
            if by and (by not in columns or by == column.name):
                yield f"{table.name}[{column.name}] is sorted by {by!r}, which is no other column"
        for hierarchy in table.of_kind("hierarchy"):
            for level in hierarchy.of_kind("level"):
                name = unquoted(level.properties.get("column", ""))
                if name not in columns:
                    yield f"level {level.name!r} of {hierarchy.name!r} has no column {name!r}"


def relationships_hold(project: ReadProject) -> Faults:
    """Both ends exist and have one type, and no two tables are joined twice."""
    pairs = []
    for one in project.relationships:
        ends = [end_of(one, side) for side in ("fromColumn", "toColumn")]
        columns = [project.columns.get(table, {}).get(name) for table, name in ends]
        said = " to ".join(f"{table}[{name}]" for table, name in ends)
        if None in columns:
            yield f"the relationship {said} has an end that does not exist"
            continue
        types = [column.properties.get("dataType") for column in columns if column]
        if types[0] != types[1]:
            yield f"the relationship {said} joins {types[0]} to {types[1]}"
        if one.properties.get("isActive") != "false":
            pairs.append(" to ".join(table for table, _ in ends))
    yield from twice("active relationship", pairs)


def dates_are_marked(project: ReadProject) -> Faults:
    """One date table, with a date as its key: time intelligence needs it."""
    marked = [one for one in project.tables if one.properties.get("dataCategory") == "Time"]
    if not marked:
        yield "no table is marked as the table of dates"
    for table in marked:
        keys = [one for one in table.of_kind("column") if "isKey" in one.properties]
        if [one.properties.get("dataType") for one in keys] != ["dateTime"]:
            yield f"{table.name} is marked as a table of dates, and its key is not one date"


def queries_find_their_source(project: ReadProject) -> Faults:
    """Tables and columns are those of the warehouse, parameters those of the project."""
    known = {one.name for one in project.expressions}
    for table in project.tables:
        for partition in table.of_kind("partition"):
            text = partition.expression
            plain = _M_STRING.sub("", text)
            for name in ("PgServer", "PgDatabase", "Folder"):
                if re.search(rf"\b{name}\b", plain) and name not in known:
                    yield f"the query of {table.name!r} reads the parameter {name}, which is none"
            for name in _warehouse_tables(text):
                if f"{SCHEMA}.{name}" not in metadata.tables:
                    yield f"the query of {table.name!r} reads {name!r}, no table of the warehouse"
            yield from _source_columns(table, _warehouse_tables(text)[:1])
            if text.count("(") != text.count(")") or text.count("{") != text.count("}"):
                yield f"the query of {table.name!r} has a bracket without its other half"


def _warehouse_tables(query: str) -> list[str]:
    found = re.findall(r'Item="(\w+)"\]', query)
    exported = re.findall(r'Folder & "(\w+)\.parquet"', query)
    return found + [one for one in exported if not _is_analysis(one)]


def _is_analysis(name: str) -> bool:
    return f"{SCHEMA}.{name}" not in metadata.tables and not name.startswith(
        ("dim_", "fact_", "agg_")
    )


def _source_columns(table: Node, names: Iterable[str]) -> Faults:
    known = [metadata.tables.get(f"{SCHEMA}.{name}") for name in names]
    columns = next((one.columns for one in known if one is not None), None)
    if columns is None:
        return
    for column in table.of_kind("column"):
        source = column.properties.get("sourceColumn")
        if source and source not in columns and source not in ADDED_NAMES:
            yield f"{table.name}[{column.name}] comes from {source!r}, no column of its query"
