"""Temporary tables that a run computes once and reads several times."""

from collections.abc import Sequence

from psycopg import Connection, sql

FEW_ROWS = 10_000
"""Up to which the planner guesses well enough from a temporary table's size alone."""


def make_temporary(
    connection: Connection, name: str, select: str | sql.Composable, keys: Sequence[str] = ()
) -> int:
    """A table of a SELECT's rows, until the commit; where they are many, with statistics of the
    `keys` it is joined by, else of all columns. Gives the number of rows.
    """
    table = sql.Identifier(name)
    query = sql.SQL(select) if isinstance(select, str) else select
    rows = connection.execute(
        sql.SQL("create temp table {} on commit drop as {}").format(table, query)
    ).rowcount
    if rows >= FEW_ROWS:
        of_keys = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, keys)))
        connection.execute(sql.SQL("analyze {} {}").format(table, of_keys if keys else sql.SQL("")))
    return rows
