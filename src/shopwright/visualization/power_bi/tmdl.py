"""TMDL, the text form of a semantic model: what it is made of, and how each part is written."""

import re
import uuid
from dataclasses import dataclass, field

NAMESPACE = uuid.UUID("6f0f2b3e-5a55-5b0c-9c3b-0d6b8c6d5f10")
"""Of every identifier: the same name has the same one in every build."""
COMPATIBILITY_LEVEL = 1702


def identifier(name: str) -> str:
    """The uuid of a name."""
    return str(uuid.uuid5(NAMESPACE, name))


@dataclass(frozen=True)
class Column:
    """A column: from `source`, a column of the table's query, or computed by `expression`.

    `is_inner`: nothing shows it or sorts by it, so no list of its values is kept for pivot tables.
    """

    name: str
    data_type: str
    source: str | None = None
    expression: str | None = None
    format: str | None = None
    sort_by: str | None = None
    description: str = ""
    data_category: str | None = None
    is_hidden: bool = False
    is_inner: bool = False
    is_key: bool = False
    is_date: bool = False


@dataclass(frozen=True)
class Measure:
    """A measure: a name for a formula in DAX."""

    name: str
    expression: str
    format: str
    folder: str = ""
    description: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class Hierarchy:
    """A way down: its levels are columns of the table, from the outermost."""

    name: str
    levels: tuple[tuple[str, str], ...]

    def level_of(self, column: str) -> str:
        """The name of the level that a column is."""
        return next(name for name, one in self.levels if one == column)


@dataclass(frozen=True)
class Table:
    """A table: its columns, and `query`, the M that gives its rows."""

    name: str
    columns: tuple[Column, ...]
    query: str
    description: str = ""
    measures: tuple[Measure, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    is_dates: bool = False
    is_hidden: bool = False

    def column(self, name: str) -> Column:
        """The column of a name."""
        return next(one for one in self.columns if one.name == name)


@dataclass(frozen=True)
class Relationship:
    """From the table with many rows to the one with one row for each value."""

    from_table: str
    from_column: str
    to_table: str
    to_column: str

    @property
    def name(self) -> str:
        """Its identifier."""
        ends = (self.from_table, self.from_column, self.to_table, self.to_column)
        return identifier("relationship/" + "/".join(ends))


@dataclass(frozen=True)
class Parameter:
    """What a user of the project sets: where the data is."""

    name: str
    value: str
    description: str


@dataclass(frozen=True)
class Model:
    """A semantic model."""

    name: str
    tables: tuple[Table, ...]
    relationships: tuple[Relationship, ...]
    parameters: tuple[Parameter, ...] = field(default_factory=tuple)

    def table(self, name: str) -> Table:
        """The table of a name."""
        return next(one for one in self.tables if one.name == name)


def quoted(name: str) -> str:
    """A name as TMDL wants it: in quotes unless it is a plain word."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else "'" + name.replace("'", "''") + "'"


def database_tmdl(model: Model) -> str:
    """`database.tmdl`."""
    return f"database {quoted(model.name)}\n\tcompatibilityLevel: {COMPATIBILITY_LEVEL}\n"


def model_tmdl(tables: list[str]) -> str:
    """`model.tmdl`, which names every table."""
    references = "".join(f"ref table {quoted(name)}\n" for name in tables)
    return (
        "model Model\n"
        "\tculture: en-US\n"
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3\n"
        "\tdiscourageImplicitMeasures\n"
        "\tsourceQueryCulture: en-US\n"
        "\tdataAccessOptions\n\t\tlegacyRedirects\n\t\treturnErrorValuesAsNull\n\n"
        "annotation __PBI_TimeIntelligenceEnabled = 0\n\n"  # no hidden date table per column
        f"{references}"
    )


def expressions_tmdl(parameters: tuple[Parameter, ...]) -> str:
    """`expressions.tmdl`: the parameters."""
    return "\n".join(
        f"/// {one.description}\n"
        f"expression {quoted(one.name)} = {m_text(one.value)} meta"
        ' [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n'
        f"\tlineageTag: {identifier('parameter/' + one.name)}\n\n"
        "\tannotation PBI_ResultType = Text\n"
        for one in parameters
    )


def m_text(value: str) -> str:
    """A text in M."""
    return '"' + value.replace('"', '""') + '"'


def relationships_tmdl(relationships: tuple[Relationship, ...]) -> str:
    """`relationships.tmdl`."""
    return "\n".join(
        f"relationship {one.name}\n"
        f"\tfromColumn: {quoted(one.from_table)}.{quoted(one.from_column)}\n"
        f"\ttoColumn: {quoted(one.to_table)}.{quoted(one.to_column)}\n"
        for one in relationships
    )


def table_tmdl(table: Table) -> str:
    """`tables/<name>.tmdl`."""
    head = [*_described(table.description), f"table {quoted(table.name)}"]
    head += _indented(
        ["isHidden"] * table.is_hidden
        + ["dataCategory: Time"] * table.is_dates
        + [f"lineageTag: {identifier('table/' + table.name)}"]
    )
    parts = [head]
    parts += [_indented(_measure(one)) for one in table.measures]
    parts += [_indented(_column(table, one)) for one in table.columns]
    parts += [_indented(_hierarchy(table, one)) for one in table.hierarchies]
    parts.append(_indented(_partition(table)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _indented(lines: list[str], depth: int = 1) -> list[str]:
    return ["\t" * depth + line if line else "" for line in lines]


def _described(text: str) -> list[str]:
    return [f"/// {text}"] if text else []


def _assigned(head: str, expression: str) -> list[str]:
    """`head = expression`, below it where that has more than one line."""
    lines = expression.split("\n")
    if len(lines) == 1:
        return [f"{head} = {expression}"]
    return [f"{head} =", *_indented(lines, 2)]


def _measure(one: Measure) -> list[str]:
    properties = [f"formatString: {one.format}"]
    properties += ["isHidden"] * one.is_hidden
    properties += [f"displayFolder: {one.folder}"] if one.folder else []
    properties.append(f"lineageTag: {identifier('measure/' + one.name)}")
    return [
        *_described(one.description),
        *_assigned(f"measure {quoted(one.name)}", one.expression),
        *_indented(properties),
    ]


def _column(table: Table, one: Column) -> list[str]:
    head = f"column {quoted(one.name)}"
    lines = _assigned(head, one.expression) if one.expression else [head]
    properties = [f"dataType: {one.data_type}"]
    properties += ["isHidden"] * one.is_hidden
    properties += ["isAvailableInMdx: false"] * one.is_inner
    properties += ["isKey"] * one.is_key
    properties += [f"formatString: {one.format}"] if one.format else []
    properties += [f"dataCategory: {one.data_category}"] if one.data_category else []
    properties.append(f"lineageTag: {identifier(f'column/{table.name}/{one.name}')}")
    properties.append("summarizeBy: none")
    properties += [f"sourceColumn: {one.source}"] if one.source else []
    properties += [f"sortByColumn: {quoted(one.sort_by)}"] if one.sort_by else []
    if one.is_date:
        properties += ["", "annotation UnderlyingDateTimeDataType = Date"]
    return [*_described(one.description), *lines, *_indented(properties)]


def _hierarchy(table: Table, one: Hierarchy) -> list[str]:
    lines = [f"hierarchy {quoted(one.name)}"]
    lines.append(f"\tlineageTag: {identifier(f'hierarchy/{table.name}/{one.name}')}")
    for name, column in one.levels:
        tag = identifier(f"level/{table.name}/{one.name}/{name}")
        lines += ["", f"\tlevel {quoted(name)}", f"\t\tlineageTag: {tag}"]
        lines.append(f"\t\tcolumn: {quoted(column)}")
    return lines


def _partition(table: Table) -> list[str]:
    head = f"partition {quoted(table.name)} = m"
    query = _indented(table.query.split("\n"), 2)
    return [head, "\tmode: import", "\tsource =", *[f"\t{line}" for line in query]]
