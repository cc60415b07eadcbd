"""PostgreSQL's CSV made into Parquet, type by type, without holding it in memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shopwright.serving.query import Column

if TYPE_CHECKING:
    import duckdb

_TYPES = {
    16: "BOOLEAN",
    20: "BIGINT",
    21: "SMALLINT",
    23: "INTEGER",
    700: "FLOAT",
    701: "DOUBLE",
    1082: "DATE",
    1114: "TIMESTAMP",
    1184: "TIMESTAMPTZ",
}
"""DuckDB's name of a type by PostgreSQL's number of it; all else is text."""

_NUMERIC = 1700
_MOST_DIGITS = 38
_READ = (
    "from read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"',"
    " escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = ?)"
)


def write_parquet(csv: Path, columns: Sequence[Column], file: Path) -> None:
    """Writes `file` from a CSV with a header, in which an unquoted empty field is null.

    Numerics stay decimals, digit by digit: of their declared width, else of the width found in the
    data, and only beyond 38 digits floating point numbers. Times with a zone are instants in UTC.
    """
    import duckdb  # not needed by most commands, and slow to import

    with duckdb.connect(config={"threads": 2}) as connection:
        texts = {str(number): "VARCHAR" for number in range(len(columns))}
        types = {
            str(number): _type_of(column, connection, csv, texts, number)
            for number, column in enumerate(columns)
        }
        names = ", ".join(
            f'"{number}" as {_quoted(column.name)}' for number, column in enumerate(columns)
        )
        target = str(file).replace("'", "''")
        connection.execute(
            f"copy (select {names} {_READ}) to '{target}' (format parquet, compression zstd)",
            [str(csv), types],
        )


def _type_of(
    column: Column,
    connection: "duckdb.DuckDBPyConnection",
    csv: Path,
    texts: dict[str, str],
    number: int,
) -> str:
    if column.type_oid != _NUMERIC:
        return _TYPES.get(column.type_oid, "VARCHAR")
    if column.modifier >= 0:
        precision, scale = divmod(column.modifier - 4, 1 << 16)
        if precision <= _MOST_DIGITS and scale <= precision:
            return f"DECIMAL({precision}, {scale})"
    return _width_found(connection, csv, texts, number)


def _width_found(
    connection: "duckdb.DuckDBPyConnection", csv: Path, texts: dict[str, str], number: int
) -> str:
    found = connection.execute(
        f"""
        select coalesce(max(length(split_part(ltrim(value, '-'), '.', 1))), 1),
            coalesce(max(length(split_part(value, '.', 2))), 0),
            coalesce(bool_or(regexp_matches(value, '[A-Za-z]')), false)
        from (select "{number}" as value {_READ})
        """,
        [str(csv), texts],
    ).fetchone()
    assert found is not None
    whole, scale, is_special = found
    if is_special or whole + scale > _MOST_DIGITS:
        return "DOUBLE"
    return f"DECIMAL({_MOST_DIGITS}, {scale})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
