"""Where the model's rows come from, as queries in M: PostgreSQL, or the files of an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shopwright.serving.analyses import Analysis
from shopwright.visualization.power_bi.tmdl import Parameter, m_text

M_TYPES = {
    "int64": "Int64.Type", "decimal": "Currency.Type", "double": "type number",
    "string": "type text", "boolean": "type logical", "dateTime": "type datetime",
    "date": "type date",
}  # fmt: skip
Types = Mapping[str, str]
"""The type of each column to read, as M_TYPES names them."""


class Source(Protocol):
    """Gives queries in M, and the parameters that they read."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the user of the project sets."""
        ...

    def table(self, table: str, types: Types) -> list[str]:
        """Steps that end with these columns of a warehouse table, as `Rows`."""
        ...

    def select(self, select: Analysis, statement: str, types: Types) -> list[str] | None:
        """Steps that end with the rows of a named SELECT, or None where there are none."""
        ...


@dataclass(frozen=True)
class PostgresSource:
    """The database itself, which the project connects to."""

    server: str
    database: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Server and database."""
        return (
            Parameter("PgServer", self.server, "PostgreSQL's address and port, such as db:5432"),
            Parameter("PgDatabase", self.database, "The database that holds the warehouse"),
        )

    def table(self, table: str, types: Types) -> list[str]:
        """Navigates to the table; the choice of columns is made by PostgreSQL."""
        return [
            _CONNECTED,
            f'Data = Source{{[Schema="warehouse",Item="{table}"]}}[Data]',
            f"Rows = Table.SelectColumns(Data, {_list(types)})",
        ]

    def select(self, select: Analysis, statement: str, types: Types) -> list[str]:
        """Sends the SELECT itself."""
        return [_CONNECTED, f"Rows = Value.NativeQuery(Source, {m_text(statement)})"]


_CONNECTED = (
    "Source = PostgreSQL.Database(PgServer, PgDatabase, [CreateNavigationProperties=false])"
)


@dataclass(frozen=True)
class FilesSource:
    """The Parquet files that `shopwright export` writes into a folder."""

    folder: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The folder."""
        sentence = "The folder of the exported files, with a slash or backslash at its end"
        return (Parameter("Folder", self.folder, sentence),)

    def table(self, table: str, types: Types) -> list[str]:
        """Reads the file, and says which type each column has."""
        typed = ", ".join(f'{{"{name}", {M_TYPES[kind]}}}' for name, kind in types.items())
        return [
            f'Source = Parquet.Document(File.Contents(Folder & "{table}.parquet"))',
            f"Data = Table.SelectColumns(Source, {_list(types)})",
            f'Rows = Table.TransformColumnTypes(Data, {{{typed}}}, "en-US")',
        ]

    def select(self, select: Analysis, statement: str, types: Types) -> list[str] | None:
        """Analyses are exported, with the defaults of their parameters; records of runs are not."""
        if select.schemas != {"warehouse"}:
            return None
        return self.table(select.name, types)


def query(steps: Sequence[str]) -> str:
    """A `let` of steps, each `name = expression`; the last one is the result."""
    lines = [f"    {step}," for step in steps[:-1]] + [f"    {steps[-1]}"]
    return "\n".join(["let", *lines, "in", f"    {steps[-1].partition(' = ')[0]}"])


def without_nulls(steps: list[str], columns: Sequence[str], word: str = "Unknown") -> list[str]:
    """With the word that SQL says where something is null, so that every line finds its row."""
    last, names = steps[-1].partition(" = ")[0], _list(columns)
    replaced = f'Table.ReplaceValue({last}, null, "{word}", Replacer.ReplaceValue, {names})'
    return [*steps, f"Filled = {replaced}"]


def with_newest(steps: list[str], entity: str, key: str, name: str = "") -> list[str]:
    """With the number of the newest version beside every version, which is found by that number.

    M tells capitals from small letters, DAX does not: it is to count `newest_key`, a number. A
    column `name` gives what the newest version is called, as `product`.
    """
    renamed = {entity: "_entity", key: "newest_key"} | ({name: "_name"} if name else {})
    pairs = ", ".join(f'{{"{old}", "{new}"}}' for old, new in renamed.items())
    newest = "Table.SelectRows(Rows, each [is_current])"
    found = [
        f"Current = Table.SelectColumns({newest}, {_list(renamed)})",
        f"Newest = Table.RenameColumns(Current, {{{pairs}}})",
        *(_names_told_apart() if name else ()),
    ]
    last = found[-1].partition(" = ")[0]
    return [*steps, *found, *_joined(last, "Rows", entity, "Versions")]


def _names_told_apart() -> list[str]:
    """Names, with the number behind those that two share, whatever their capitals."""
    return [
        'Upper = Table.AddColumn(Newest, "_upper", each Text.Upper([_name]), type text)',
        'Sharing = Table.Group(Upper, {"_upper"},'
        ' {{"_sharing", each Table.RowCount(_), Int64.Type}})',
        'Renamed = Table.RenameColumns(Sharing, {{"_upper", "_shared"}})',
        'Counted = Table.Join(Upper, {"_upper"}, Renamed, {"_shared"}, JoinKind.Inner)',
        'Named = Table.AddColumn(Counted, "product", each if [_sharing] > 1'
        ' then [_name] & " (" & [_entity] & ")" else [_name], type text)',
        'Told = Table.SelectColumns(Named, {"_entity", "newest_key", "product"})',
    ]


def with_values(steps: list[str], entity: str, other: list[str], names: Sequence[str]) -> list[str]:
    """With columns of another table, which has a row for each number or none."""
    last = steps[-1].partition(" = ")[0]
    inner = f"let {', '.join(other)} in {other[-1].partition(' = ')[0]}"
    kept = _list([entity, *names])
    return [
        *steps,
        f"Values = Table.RenameColumns(Table.SelectColumns({inner}, {kept}),"
        f' {{{{"{entity}", "_entity"}}}})',
        *_joined("Values", last, entity, "Valued"),
    ]


def _joined(table: str, to: str, entity: str, name: str) -> list[str]:
    join = f'Table.Join({to}, {{"{entity}"}}, {table}, {{"_entity"}}, JoinKind.LeftOuter)'
    return [f'{name} = Table.RemoveColumns({join}, {{"_entity"}})']


def distinct(steps: list[str], column: str) -> list[str]:
    """The values of a column of texts, each once; capitals do not count, as they do not in DAX."""
    last = steps[-1].partition(" = ")[0]
    by = f'{{"{column}", Comparer.OrdinalIgnoreCase}}'
    return [*steps, f"Values = Table.Distinct({last}, {by})"]


def written_out(columns: Mapping[str, str], rows: Sequence[Sequence[str | int]]) -> str:
    """A table of a few rows that stands in the model itself."""
    kinds = ", ".join(f"{name} = {M_TYPES[kind]}" for name, kind in columns.items())
    values = ", ".join(
        "{" + ", ".join(m_text(one) if isinstance(one, str) else str(one) for one in row) + "}"
        for row in rows
    )
    return f"#table(type table [{kinds}], {{{values}}})"


def _list(names: Sequence[str] | Types) -> str:
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"
