"""The tables of the schema `staging`, emptied for each batch, or made anew for other columns.

They hold the contract's columns, whatever else the files bring, and `_place`, which numbers the
rows of all files of a table. The views `located_...` say what a place means: `_file` (ops.files),
`_row`, the line of the file in which the row begins, the header being line 1, and `_delivery_key`
and `_delivery_date`. So neither has to be said to COPY, which can read many small files at once.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping

import psycopg
from psycopg import sql

from shopwright.config.errors import ShopwrightError
from shopwright.ingestion import malformed
from shopwright.ingestion.contract import contract

MUCH_TO_DELETE = 64 << 20
"""Bytes of a batch's staging tables from which on deleting them is left to a thread."""
LOCATED = "located_"
"""Before the name of a staged table: the view of its rows that says where each was delivered."""
PLACE = "cast(_place as double precision)"
"""A place as `width_bucket` finds it among others in a third of the time."""


def make(connection: psycopg.Connection, columns: Mapping[str, Iterable[str]]) -> bool:
    """Makes empty tables, with the columns of a batch's files as well. Gives whether large ones of
    the batch before are left for `drop_old`.

    A comment on the schema tells what they were made by: where that is the same, emptying them
    takes a sixth of the time.
    """
    definition = _definition(columns).as_string(connection)
    mark = f"Made by statements of SHA-256 {hashlib.sha256(definition.encode()).hexdigest()}."
    connection.execute("drop schema if exists staging_before cascade")
    found = connection.execute(
        "select coalesce(sum(pg_total_relation_size(oid)), 0),"
        " obj_description(to_regnamespace('staging'), 'pg_namespace') from pg_class"
        " where relkind = 'r' and relnamespace = to_regnamespace('staging')"
    ).fetchone()
    assert found is not None
    is_large, made_by = bool(found[0] > MUCH_TO_DELETE), found[1]
    if made_by == mark and not is_large:
        tables = ", ".join(f"staging.{name}" for name in (*contract(), "files", "malformed_lines"))
        connection.execute(f"truncate {tables}".encode())
        return False
    if is_large:
        connection.execute("alter schema staging rename to staging_before")
    connection.execute("drop schema if exists staging cascade; create schema staging")
    connection.execute(definition.encode())
    connection.execute(f"comment on schema staging is '{mark}'".encode())
    return is_large


def drop_old(connect: Callable[[], psycopg.Connection]) -> None:
    """Drops large tables that are in nobody's way. Where this fails, the next batch does it."""
    with contextlib.suppress(psycopg.Error, ShopwrightError), connect() as connection:
        connection.execute("drop schema if exists staging_before cascade")


def _definition(more: Mapping[str, Iterable[str]]) -> sql.Composable:
    """The statements that make tables, sequences and views."""
    statements: list[sql.Composable] = [
        sql.SQL(
            "create unlogged table staging.files ("
            "file_id integer primary key, delivery_key bigint, delivery_date date, is_new boolean,"
            " table_name text, first_place bigint, first_row bigint)"
        ),
        sql.SQL(malformed.TABLE),
    ]
    for table in contract().values():
        columns = dict.fromkeys([*table.columns, *more.get(table.name, ())])
        statements.append(
            sql.SQL(
                # checking that a place is not null would cost a hundredth of the time
                "create sequence staging.{sequence} cache 1000;"
                "create unlogged table staging.{table}"
                " (_place bigint default nextval({regclass}), {columns});"
                "create view staging.{view} as"
                " select files.file_id as _file,"
                "  staged._place - files.first_place + files.first_row as _row, staged._place,"
                "  files.delivery_key as _delivery_key,"
                "  files.delivery_date as _delivery_date, {names}"
                " from staging.{table} as staged inner join staging.files as files"
                "  on files.file_id = {ids}[width_bucket({place}, {first_places})]"
            ).format(
                table=sql.Identifier(table.name),
                ids=_by_place("file_id", table.name),
                first_places=_by_place("cast(first_place as double precision)", table.name),
                place=sql.SQL(PLACE),
                view=sql.Identifier(f"{LOCATED}{table.name}"),
                sequence=sql.Identifier(f"{table.name}_place"),
                regclass=sql.Literal(f"staging.{table.name}_place"),
                names=sql.SQL(", ").join(sql.Identifier("staged", column) for column in columns),
                columns=sql.SQL(", ").join(
                    sql.SQL("{} text").format(sql.Identifier(column)) for column in columns
                ),
            )
        )
    return sql.SQL(";").join(statements)


def _by_place(expression: str, table: str) -> sql.Composed:
    """What is so of each file of the table, as the rows of one follow on those of another."""
    return sql.SQL(
        "(select array_agg({} order by first_place, file_id) from staging.files"
        " where table_name = {})"
    ).format(sql.SQL(expression), sql.Literal(table))
