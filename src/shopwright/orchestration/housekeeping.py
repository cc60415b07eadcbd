"""What is put in order after a run has published: deliveries, staging, old records, dead rows.

Nothing of it is needed for a right warehouse, so nothing of it fails a run: what could not be done
is told, and tried again by the next one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import Connection, sql

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.orchestration.archiving import archive_published
from shopwright.orchestration.record import RunResult
from shopwright.orchestration.retention import thin
from shopwright.processing.publish import Step
from shopwright.storage.database_errors import error_without_data

Report = Callable[[str, int, int], None]

LOCK_SECONDS = 2
"""For which a table is waited for that somebody else holds."""

_WORN = """
    with measured as (
        select format('%I.%I', schemaname, stats.relname) as name,
            n_dead_tup > 1000 + 0.2 * n_live_tup
                or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup as is_worn,
            n_live_tup > 1000 + 1.1 * greatest(reltuples, 0) as has_grown
        from pg_stat_user_tables as stats
        inner join pg_class on pg_class.oid = relid
        where schemaname in ('production', 'warehouse', 'quality', 'ops')
    )
    select * from measured where is_worn or has_grown order by name
"""
"""As autovacuum measures: rows that are dead, and new ones, of which the first who reads them would
have to note that they are valid. But a table that was filled and analyzed in one transaction counts
as changed there, and has not grown since."""


def keep_house(
    workspace: Workspace, connection: Connection, result: RunResult, report: Report
) -> None:
    """Puts things in order, and adds to the result what was done and what was not."""
    settings = workspace.settings
    with _step(result, connection, "archive") as rows:
        if settings.archive.after_days is not None:
            result.archived = archive_published(
                workspace, connection, settings.archive.after_days, report
            )
            rows.append(len(result.archived))
    with _step(result, connection, "emptying staging") as rows:
        rows.append(_empty_large_staging(connection, settings.retention.staging_megabytes))
    with _step(result, connection, "retention") as rows:
        rows.append(sum(thin(connection, settings.retention).values()))
    with _step(result, connection, "vacuum") as rows:
        rows.append(_vacuum_worn_tables(connection))


@contextmanager
def _step(result: RunResult, connection: Connection, name: str) -> Iterator[list[int]]:
    """A step that may fail, and is on record where it did something."""
    try:
        started, rows = time.perf_counter(), list[int]()
        yield rows
        if sum(rows):
            result.steps.append(Step(name, sum(rows), time.perf_counter() - started))
    except (OSError, ShopwrightError, psycopg.Error) as error:
        with suppress(psycopg.Error):
            connection.rollback()
        result.left_undone[name] = error_without_data(error)


def _empty_large_staging(connection: Connection, megabytes: int) -> int:
    """Gives the number of tables emptied. The next batch empties them anyway; what a day leaves
    there may be looked at until then."""
    tables = connection.execute(
        "select relname, pg_total_relation_size(oid) from pg_class"
        " where relkind = 'r' and relnamespace = to_regnamespace('staging')"
    ).fetchall()
    if sum(size for _, size in tables) <= megabytes << 20:
        tables = []
    if tables:
        connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute(
            sql.SQL("truncate {}").format(
                sql.SQL(", ").join(sql.Identifier("staging", table) for table, _ in tables)
            )
        )
    connection.commit()
    return len(tables)


def _vacuum_worn_tables(connection: Connection) -> int:
    """Frees what rows written over have left, notes of new rows that they are valid, and looks anew
    at tables that have changed.

    The embedded server mostly runs no longer than a run, too short for its own autovacuum, which
    goes by the same measure. Readers and writers go on: no end of a table is cut off, the one thing
    for which a vacuum keeps them out. Gives the number of tables.
    """
    worn = connection.execute(_WORN).fetchall()
    connection.commit()
    connection.autocommit = True
    try:
        if worn:
            connection.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
        # First all vacuums: where commits are asynchronous, what is committed just before one keeps
        # it from marking rows for a moment, and each `analyze` commits.
        for table, is_worn, _ in worn:
            if is_worn:
                connection.execute(f"vacuum (truncate false) {table}")
        for table, _, has_grown in worn:
            if has_grown:
                connection.execute(f"analyze {table}")
    finally:
        connection.autocommit = False
    return len(worn)
