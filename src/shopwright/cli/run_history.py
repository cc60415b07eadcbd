"""What is on record of one run: what `logs` shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from shopwright.cli.overview import BrokenRule, broken_rules, is_migrated
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.drift import ColumnChange
from shopwright.orchestration.record import TableAccount, accounts_of, is_at_work
from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate

EARLIER_RUNS = 5


class NoSuchRun(ShopwrightError):
    """There is no run of that number, or none at all."""

    exit_code = 2


@dataclass(frozen=True)
class RecordedStep:
    """A step of a run on record."""

    name: str
    rows: int
    seconds: float


@dataclass
class RunHistory:
    """One run: what started it, what it did, and how it ended; `stopped_at` names the delivery, or
    those together, that its error is about."""

    run_id: int
    command: str
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    started_by: str | None
    peak_memory_bytes: int | None
    version: str
    server_version: str | None
    python_version: str | None
    error: str | None
    stopped_at: str | None
    deliveries: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    accounts: list[TableAccount] = field(default_factory=list)
    steps: list[RecordedStep] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    rules: list[BrokenRule] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)


def history_of(database: Database, run_id: int | None) -> RunHistory:
    """The run of that number, or the newest. Raises NoSuchRun."""
    if is_migrated(database):
        migrate(database)
        with database.connect() as connection:
            found = _run(connection, run_id)
            if found is not None:
                if found.outcome == "running" and not is_at_work(database):
                    found.outcome = "interrupted"
                _add_what_it_did(connection, found)
                found.rules = broken_rules(database, found.run_id)
                return found
    if run_id is None:
        raise NoSuchRun("There was no run yet.", "Publish deliveries with `shopwright run`.")
    raise NoSuchRun(
        f"There is no run {run_id} on record.", "`shopwright logs` shows the newest, and others."
    )


def _run(connection: Connection, run_id: int | None) -> RunHistory | None:
    with connection.cursor(row_factory=class_row(RunHistory)) as cursor:
        return cursor.execute(
            "select run_id, command, outcome, started_at, finished_at,"
            " cast(extract(epoch from finished_at - started_at) as double precision) as seconds,"
            " started_by, peak_memory_bytes, version, server_version, python_version, error,"
            " error_delivery_name as stopped_at"
            " from ops.runs where run_id = coalesce(%s, (select max(run_id) from ops.runs))",
            [run_id],
        ).fetchone()


def _add_what_it_did(connection: Connection, run: RunHistory) -> None:
    def rows(query: str) -> list[Any]:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [run.run_id]).fetchall()

    run.deliveries = [
        row["delivery_name"]
        for row in rows("select delivery_name from ops.deliveries where run_id = %s order by 1")
    ]
    run.refused = {
        row["delivery_name"]: row["problem"]
        for row in rows("select * from ops.refused_deliveries where run_id = %s order by 2")
    }
    run.steps = [
        RecordedStep(**row)
        for row in rows(
            'select step_name as name, row_count as "rows", seconds from ops.steps'
            " where run_id = %s order by step_number"
        )
    ]
    run.changes = [
        ColumnChange(**row).sentence
        for row in rows(
            'select delivery_name as delivery, table_name as "table", change,'
            " column_name as column, other_name as other"
            " from quality.column_changes as changes"
            " inner join ops.deliveries using (delivery_key)"
            " where changes.run_id = %s order by delivery_key, table_name, column_name"
        )
    ]
    run.alerts = [
        row["said"]
        for row in rows(
            "select alert_id || ': ' || cause || ', ' || state as said from ops.alerts"
            " where run_id = %s order by alert_id"
        )
    ]
    run.earlier = [
        row["said"]
        for row in rows(
            "select run_id || ' (' || outcome || ')' as said from ops.runs where run_id < %s"
            f" order by run_id desc limit {EARLIER_RUNS}"
        )
    ]
    run.accounts = accounts_of(connection, run.run_id)
