"""Whether two databases hold the same warehouse, surrogate key numbers aside."""

from collections.abc import Iterator

from psycopg import Connection
from sqlalchemy import Column, Table

from shopwright.storage.tables import metadata

LINEAGE = ("delivery_key",)
"""Which delivery said it may differ: the same row may come in several."""


def fingerprint(connection: Connection) -> dict[str, tuple[int, int]]:
    """For each table of production and warehouse, its number of rows and a hash of their content.

    A surrogate key is replaced by the business key that it stands for.
    """
    result = {}
    for table in _tables():
        row = connection.execute(
            f"select count(*), coalesce(sum(hashtextextended({_natural(table)}, 0)), 0)::text"
            f" from {table.fullname}{_joins(table)}"  # type: ignore[arg-type]
        ).fetchone()
        assert row is not None
        result[table.fullname] = (row[0], int(float(row[1])) if "." in row[1] else int(row[1]))
    return result


def _tables() -> Iterator[Table]:
    for table in metadata.sorted_tables:
        if table.schema in ("production", "warehouse"):
            yield table


def _surrogate(table: Table) -> Column | None:
    return next((column for column in table.columns if column.identity is not None), None)


def _natural(table: Table, alias: str | None = None) -> str:
    """An SQL text of the row without surrogate keys."""
    alias = alias or table.fullname
    parts = []
    for column in table.columns:
        if column.identity is not None or column.name in LINEAGE:
            continue
        target = next((key.column.table for key in column.foreign_keys), None)
        if target is not None and _surrogate(target) is not None:
            parts.append(_natural(target, f"{alias.split('.')[-1]}_{column.name}"))
        else:
            parts.append(f"coalesce(cast({alias}.{column.name} as text), '~')")
    return "concat_ws('|', " + ", ".join(parts) + ")"


def _joins(table: Table, alias: str | None = None) -> str:
    alias = alias or table.fullname
    text = ""
    for column in table.columns:
        target = next((key.column.table for key in column.foreign_keys), None)
        if target is not None and (key := _surrogate(target)) is not None:
            name = f"{alias.split('.')[-1]}_{column.name}"
            text += f" left join {target.fullname} as {name}"
            text += f" on {alias}.{column.name} = {name}.{key.name}"
            text += _joins(target, name)
    return text
