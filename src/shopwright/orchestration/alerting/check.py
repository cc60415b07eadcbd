"""The look at a workspace: what is wrong now, what is over, and who is told of it."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import sqlalchemy.exc
from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.orchestration import log_lines
from shopwright.orchestration.alerting import (
    data_causes,
    database_book,
    delivery_causes,
    disk_causes,
    file_book,
    run_causes,
)
from shopwright.orchestration.alerting.book import Alert, Book, Manner, Notice, revise
from shopwright.orchestration.alerting.cause import DATABASE_UNREACHABLE, DISK_FULL, Cause
from shopwright.orchestration.alerting.delivery import channels_of, send_due
from shopwright.orchestration.record import is_at_work
from shopwright.storage.database import (
    Database,
    DatabaseTooOld,
    DatabaseUnreachable,
    open_database,
)
from shopwright.storage.database_errors import error_without_data
from shopwright.storage.disk_space import DiskFull
from shopwright.storage.migrations import migrate
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed

_ALERT_LOCK = 5_318_008_0003
_OF_THE_DATABASE = (
    DiskFull,
    DatabaseUnreachable,
    DatabaseTooOld,
    EmbeddedServerFailed,
    DataFolderUnusable,
    psycopg.OperationalError,
    sqlalchemy.exc.DBAPIError,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a look found: alerts that opened or closed by it, those open, and the notices tried."""

    opened: list[Alert]
    closed: list[Alert]
    open: list[Alert]
    tried: list[Notice]


def check_alerts(
    workspace: Workspace,
    database: Database,
    *,
    now: datetime | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Look:
    """Looks at everything an alert may be about, and tells whoever is to be told.

    Call it after a run, and now and then between runs: a missing delivery starts none. `now` is an
    aware moment, in place of the clock's. Two looks at once take turns.
    """
    now = now or datetime.now(UTC)
    names = [one.name for one in channels_of(workspace)]
    _make_tables(database)
    with database.connect(autocommit=True) as connection:
        connection.execute("set lock_timeout = '60s'")
        connection.execute("select pg_advisory_lock(%s)", [_ALERT_LOCK])
        with connection.transaction():
            book = database_book.load(connection)
            _adopt(workspace, book)
            book.notices = [one for one in book.notices if one.sent_at or one.channel in names]
            open_before = {one.cause.key for one in book.alerts if one.state != "closed"}
            found = list(_causes(workspace, database, connection, book, now))
            shop = workspace.settings.shop
            manner = Manner(names, workspace.settings.alerts, shop.timezone)
            revise(book, found, manner, now)
            database_book.save(connection, book)
        look = _look(book, open_before, now)
        _log_changes(look)
        _keep_for_worse(workspace, book)
        for notice in send_due(book.unsent(), workspace, environment, now):
            database_book.record_attempt(connection, notice)
            look.tried.append(notice)
    return look


def look_at(
    workspace: Workspace,
    *,
    now: datetime | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Look:
    """As `check_alerts`, on the workspace's own database; where that is down, it is what is told.

    Raises what opening the database raises.
    """
    try:
        with open_database(workspace) as database:
            return check_alerts(workspace, database, now=now, environment=environment)
    except _OF_THE_DATABASE as error:
        _tell_without_database(workspace, error, now, environment)
        raise


@contextmanager
def watched(
    workspace: Workspace,
    *,
    now: datetime | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Database]:
    """The workspace's database for a run; when the block ends, well or not, alerts are looked at.

    Where the database cannot be opened or breaks meanwhile, that is told. Nothing that goes wrong
    with an alert fails the run.
    """
    was_told = False
    try:
        with open_database(workspace) as database:
            try:
                yield database
            except Exception as error:
                if not _is_full_disk(error):
                    was_told = _check_quietly(workspace, database, now, environment)
                raise
            _check_quietly(workspace, database, now, environment)
    except _OF_THE_DATABASE as error:
        if not was_told:
            _tell_without_database(workspace, error, now, environment)
        raise


def _check_quietly(
    workspace: Workspace,
    database: Database,
    now: datetime | None,
    environment: Mapping[str, str],
) -> bool:
    """Whether the look was possible."""
    try:
        check_alerts(workspace, database, now=now, environment=environment)
    except Exception as error:  # whatever it is, the run has ended as it has
        _log.warning("alerts could not be looked at", exc_info=error)
        return False
    return True


def _is_full_disk(error: Exception) -> bool:
    return isinstance(error, DiskFull | psycopg.errors.DiskFull)


def _make_tables(database: Database) -> None:
    with database.connect() as connection:
        found = connection.execute("select to_regclass('ops.alerts') is not null").fetchone()
    if not found or not found[0]:
        migrate(database)


def _causes(
    workspace: Workspace, database: Database, connection: Connection, book: Book, now: datetime
) -> Iterator[Cause]:
    settings = workspace.settings.alerts
    kinds = [one.kind for one in book.open_causes()]
    of_runs = list(run_causes.find(connection, book.alerts, lambda: is_at_work(database)))
    yield from of_runs
    yield from delivery_causes.find(connection, workspace, book.alerts, now)
    yield from data_causes.unusual_figures(connection)
    yield from data_causes.drifted_columns(connection)
    yield from data_causes.growing_backlog(connection, settings.backlog_rows, kinds)
    yield from disk_causes.find(workspace, [*kinds, *(one.kind for one in of_runs)])


def _look(book: Book, open_before: set[str], now: datetime) -> Look:
    is_open = [one for one in book.alerts if one.state == "open"]
    return Look(
        [one for one in is_open if one.cause.key not in open_before],
        [one for one in book.alerts if one.closed_at == now],
        is_open,
        [],
    )


def _log_changes(look: Look) -> None:
    for word, alerts in (("alert opened", look.opened), ("alert closed", look.closed)):
        for one in alerts:
            with log_lines.of_run(one.cause.run_id):
                _log.warning(word, extra={"alert": one.cause.key, "rows": one.cause.rows})


def _tell_without_database(
    workspace: Workspace,
    error: BaseException,
    now: datetime | None,
    environment: Mapping[str, str],
) -> None:
    """Opens or repeats the alert in the workspace's file, as there is no other place."""
    now = now or datetime.now(UTC)
    file = workspace.alert_file
    settings = workspace.settings
    names = [one.name for one in channels_of(workspace)]
    try:
        with file_book.locked(file):
            book = file_book.load(file)
            cause = _of_the_database(error)
            others = [one for one in book.open_causes() if one.key != cause.key]
            manner = Manner(names, settings.alerts, settings.shop.timezone)
            revise(book, [*others, cause], manner, now)
            file_book.save(file, book)
            for _ in send_due(book.unsent(), workspace, environment, now):
                file_book.save(file, book)
    except OSError as failure:
        _log.warning("the alert could not be kept", exc_info=failure)


def _of_the_database(error: BaseException) -> Cause:
    told = error_without_data(error)
    if isinstance(error, ShopwrightError):
        told = f"{error.problem}\n{error.mend}".strip()
    is_full = isinstance(error, DiskFull) or "its disk is full" in told
    return Cause(
        DISK_FULL if is_full else DATABASE_UNREACHABLE,
        told if is_full else f"The database does not answer, and no run can publish. {told}",
        show="shopwright doctor",
        mend="shopwright run",
    )


def _adopt(workspace: Workspace, book: Book) -> None:
    """Takes over what the file says, now that there is a database to keep it in."""
    if not workspace.alert_file.exists():
        return
    with file_book.locked(workspace.alert_file):
        kept = file_book.load(workspace.alert_file)
    by_key = {one.cause.key: one for one in book.alerts if one.state != "closed"}
    for alert in kept.alerts:
        known = by_key.get(alert.cause.key)
        notices = [one for one in kept.notices if one.alert is alert]
        if known is None:
            if alert.alert_id is not None and not notices:
                continue  # it was over, and nothing has happened since
            alert.alert_id = None
            book.alerts.append(alert)
            known = alert
        known.last_seen_at = max(known.last_seen_at, alert.last_seen_at)
        known.last_notified_at = alert.last_notified_at or known.last_notified_at
        known.told |= alert.told
        for notice in notices:
            notice.alert = known
            book.notices.append(notice)


def _keep_for_worse(workspace: Workspace, book: Book) -> None:
    """Leaves in the file what a run would tell again if the database were down once more."""
    kept = [
        one
        for one in book.alerts
        if one.state != "closed" and one.cause.kind in (DATABASE_UNREACHABLE, DISK_FULL)
    ]
    if kept:
        with file_book.locked(workspace.alert_file):
            file_book.save(workspace.alert_file, Book(kept, []))
    else:
        workspace.alert_file.unlink(missing_ok=True)
