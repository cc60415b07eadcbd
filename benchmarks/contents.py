"""What a load left in the database, so that two loads can be compared: a benchmark against a
script that writes something else would be worthless."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection, sql
from sqlalchemy import Numeric, Table

from shopwright.storage.tables import metadata

SCHEMAS = ("production", "warehouse")


@dataclass(frozen=True)
class Contents:
    """Rows and sums of each table, and the definitions of columns, constraints and indexes."""

    row_counts: dict[str, int]
    sums: dict[str, str]
    definitions: frozenset[str]

    def differences(self, other: "Contents") -> list[str]:
        """What is not the same in the other, each as a line for people."""
        lines = []
        for what in ("row_counts", "sums"):
            mine, theirs = getattr(self, what), getattr(other, what)
            for name in sorted(mine.keys() | theirs.keys()):
                if mine.get(name) != theirs.get(name):
                    lines.append(f"{name}: {mine.get(name)} and {theirs.get(name)}")
        lines += sorted(f"only the first: {line}" for line in self.definitions - other.definitions)
        lines += sorted(f"only the second: {line}" for line in other.definitions - self.definitions)
        return lines


def read_contents(connection: Connection) -> Contents:
    """Of `production` and `warehouse`. The sums are of every column that counts or measures."""
    row_counts, sums = {}, {}
    for table in _tables():
        columns = _measures(table)
        wanted = [sql.SQL("sum({})").format(sql.Identifier(column)) for column in columns]
        found = connection.execute(
            sql.SQL("select {} from {}").format(
                sql.SQL(", ").join([sql.SQL("count(*)"), *wanted]),
                sql.Identifier(str(table.schema), table.name),
            )
        ).fetchone()
        assert found is not None
        row_counts[table.fullname] = found[0]
        for column, value in zip(columns, found[1:], strict=True):
            sums[f"{table.fullname}.{column}"] = str(value)
    return Contents(row_counts, sums, frozenset(_definitions(connection)))


def _tables() -> Iterator[Table]:
    for table in metadata.sorted_tables:
        if table.schema in SCHEMAS:
            yield table


def _measures(table: Table) -> list[str]:
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, Numeric) or column.name.endswith(("_count", "_score"))
    ]


def _definitions(connection: Connection) -> Iterator[str]:
    """Columns, constraints and indexes, in words that are the same for the same definition."""
    for query in (
        """
        select concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod),
            collname, case when attnotnull then 'not null' end, nullif(attidentity, ''))
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid
        left join pg_collation on pg_collation.oid = attcollation
        where relkind = 'r' and attnum > 0 and relnamespace = any(%s::regnamespace[])
        """,
        """
        select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        from pg_constraint
        where contype <> 'n' and connamespace = any(%s::regnamespace[])
        """,
        "select indexdef from pg_indexes where schemaname::text = any(%s)",
    ):
        for (line,) in connection.execute(query, [list(SCHEMAS)]):
            yield line
