"""The record of a run: the lock that lets one write at a time, and what `ops` keeps of each."""

import logging
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection

from shopwright import __version__
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.drift import ColumnChange
from shopwright.orchestration import log_lines
from shopwright.processing.examination import ClaimFailed
from shopwright.processing.publish import Step
from shopwright.processing.thresholds import TooManyRejected
from shopwright.storage.database import Database
from shopwright.storage.database_errors import error_without_data

_log = logging.getLogger(__name__)
_RUN_LOCK = 5_318_008_0002
LOCK_PATIENCE = 10.0
"""Seconds to wait for another run to end, such as one whose process was killed a moment ago."""


COMMAND_LINE = "command line"
"""What started a run, unless the caller says it was the schedule, a sensor or another."""


class RunInProgress(ShopwrightError):
    """Another run holds the lock: only one may write at a time."""


@dataclass(frozen=True)
class TableAccount:
    """What became of the rows of one table: their number is the sum of the rest."""

    table: str
    rows: int
    accepted: int
    duplicates: int
    rejected: int
    waiting: int
    malformed: int


@dataclass(frozen=True)
class Reading:
    """How many files of a table were read in an encoding and with a delimiter."""

    table: str
    encoding: str
    delimiter: str
    files: int


@dataclass
class RunResult:
    """What a run did. `seconds` is the time from the lock to the last commit.

    `batch` names the deliveries that it is at work on; of the steps, the first `published_steps`
    are of batches that were published. `refused` says by delivery why it could not be read,
    `readings` which files were not in UTF-8 with commas, `changes` which columns are not as in the
    delivery before. `archived` names the deliveries that were moved to the archive,
    `left_undone` says which housekeeping failed and why.
    """

    run_id: int = 0
    deliveries: list[str] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    batch_count: int = 0
    published_steps: int = 0
    accounts: list[TableAccount] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    changes: list[ColumnChange] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    left_undone: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """published, or nothing to do."""
        return "published" if self.deliveries else "nothing to do"


class DeliveriesRefused(ShopwrightError):
    """Deliveries that could not be read were left out; `result` is what the run did otherwise."""

    def __init__(self, errors: dict[str, ShopwrightError], result: RunResult) -> None:
        first, *others = errors.values()
        problem = "\n".join(error.problem for error in (first, *others))
        mend = f"For the first: {first.mend}" if others else first.mend
        rest = " The other deliveries are published." if result.deliveries else ""
        super().__init__(problem, f"{mend} The next run tries again.{rest}")
        self.result = result


@contextmanager
def the_lock(database: Database, patience: float = LOCK_PATIENCE) -> Iterator[None]:
    """Holds the advisory lock that lets only one run write. Raises RunInProgress."""
    with database.connect(autocommit=True) as connection:
        deadline = time.monotonic() + patience
        while not _try_lock(connection):
            if time.monotonic() > deadline:
                raise RunInProgress(
                    "Another run is at work on this database.",
                    "Wait until it has ended (`shopwright status` shows it), then run again.",
                )
            time.sleep(0.2)
        yield


def _try_lock(connection: Connection) -> bool:
    got = connection.execute("select pg_try_advisory_lock(%s)", [_RUN_LOCK]).fetchone()
    assert got is not None
    return bool(got[0])


def is_at_work(database: Database) -> bool:
    """Whether a run holds the lock at this moment."""
    try:
        with the_lock(database, patience=0):
            return False
    except RunInProgress:
        return True


@contextmanager
def run_record(
    database: Database,
    command: str,
    started_by: str = COMMAND_LINE,
    result: RunResult | None = None,
) -> Iterator[RunResult]:
    """Keeps the record of a run in `ops`, whatever its outcome. Call it under the lock.

    Log lines that are written meanwhile name the run. An error that ends it is told what the run
    had published before.
    """
    result = result or RunResult()
    with database.connect(autocommit=True) as connection:
        connection.execute("update ops.runs set outcome = 'interrupted' where outcome = 'running'")
        got = connection.execute(
            "insert into ops.runs (started_at, outcome, command, version, started_by,"
            " server_version, python_version)"
            " values (now(), 'running', %s, %s, %s, %s, %s) returning run_id",
            [
                command,
                __version__,
                started_by,
                f"{database.server_version // 10_000}.{database.server_version % 10_000}",
                platform.python_version(),
            ],
        ).fetchone()
        assert got is not None
        result.run_id = got[0]
    error: BaseException | None = None
    with log_lines.of_run(result.run_id):
        _log.info("run started", extra={"command": command, "started_by": started_by})
        try:
            yield result
        except BaseException as caught:
            error = caught
            _add_what_stays(error, result)
            raise
        finally:
            outcome = _outcome(result, error, command)
            _log_end(result, outcome, error)
            # where the database is gone, that is the error to tell, and the next run closes the
            # record
            with suppress(psycopg.Error, ShopwrightError) if error else nullcontext():
                _close_record(database, result, outcome, error)


def _outcome(result: RunResult, error: BaseException | None, command: str) -> str:
    if error is None:
        return result.outcome if command in ("run", "back-fill") else "published"
    if isinstance(error, DeliveriesRefused) and result.deliveries:
        return result.outcome
    return "failed" if isinstance(error, Exception) else "interrupted"


def _log_end(result: RunResult, outcome: str, error: BaseException | None) -> None:
    for name, problem in result.refused.items():
        _log.warning("delivery refused", extra={"delivery": name, "problem": problem})
    if error is not None:
        fields = {"outcome": outcome, "kind": error_kind(error), "error": error_without_data(error)}
        _log.error("run ended", extra=fields)
    else:
        figures = {"deliveries": len(result.deliveries), "seconds": round(result.seconds, 3)}
        _log.info("run ended", extra={"outcome": outcome, **figures})


def error_kind(error: BaseException) -> str:
    """A name for errors of one kind, whichever library they came from."""
    if isinstance(error, psycopg.errors.DiskFull):
        return "DiskFull"
    if isinstance(error, psycopg.OperationalError):
        return "ConnectionLost"
    if isinstance(error, psycopg.Error):
        return "DatabaseError"
    return type(error).__name__


def peak_memory() -> int:
    """Bytes that this process has held at most so far; PostgreSQL's processes are others."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _close_record(
    database: Database, result: RunResult, outcome: str, error: BaseException | None
) -> None:
    told = error_without_data(error) if error else None
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "update ops.runs set finished_at = now(), outcome = %s, error = %s, error_kind = %s,"
            " error_row_count = %s, error_delivery_name = %s, peak_memory_bytes = %s"
            " where run_id = %s",
            [
                outcome,
                told or None,
                error_kind(error) if error else None,
                error.rows if isinstance(error, TooManyRejected | ClaimFailed) else None,
                _delivery_of(error, result),
                peak_memory(),
                result.run_id,
            ],
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.refused_deliveries values (%s, %s, %s)",
                [(result.run_id, *refusal) for refusal in result.refused.items()],
            )
            cursor.executemany(
                "insert into ops.steps values (%s, %s, %s, %s, %s)",
                [
                    (result.run_id, number, step.name, step.rows, step.seconds)
                    for number, step in enumerate(result.steps, 1)
                ],
            )
        result.accounts = accounts_of(connection, result.run_id)


def _add_what_stays(error: BaseException, result: RunResult) -> None:
    """Says with an error that it is not about deliveries which the run published before."""
    if result.batch and result.deliveries:
        error.add_note(
            f"This is about {span(result.batch)} alone. Before that, the same run published "
            f"{span(result.deliveries)}."
        )


def _delivery_of(error: BaseException | None, result: RunResult) -> str | None:
    """The delivery that an error is about, or those that were to be published together."""
    if isinstance(error, TooManyRejected):
        return error.delivery
    return span(result.batch) if error and result.batch else None


def span(names: list[str]) -> str:
    """The first and the last name, or the only one."""
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def accounts_of(connection: Connection, run_id: int) -> list[TableAccount]:
    """What became of the rows of the deliveries that a run published, by table."""
    return [
        TableAccount(*row)
        for row in connection.execute(
            "select table_name, sum(row_count)::bigint, sum(accepted_count)::bigint,"
            " sum(duplicate_count)::bigint, sum(rejected_count)::bigint,"
            " sum(waiting_count)::bigint, sum(malformed_count)::bigint"
            " from ops.delivery_tables inner join ops.deliveries using (delivery_key)"
            " where run_id = %s group by table_name"
            " order by array_position("
            "array['customers', 'products', 'transactions', 'transaction_items'], table_name)",
            [run_id],
        )
    ]
