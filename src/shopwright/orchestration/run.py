"""A run: everything pending is staged and published, batch by batch, under one lock."""

import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion import drift, ledger, malformed
from shopwright.ingestion.archive import find_archived
from shopwright.ingestion.deliveries import Delivery, DeliveryInvalid, readable_deliveries
from shopwright.ingestion.encodings import UTF_8
from shopwright.ingestion.staging import StagedFile, stage
from shopwright.orchestration.forgetting.malformed_lines import hide_staged_lines
from shopwright.orchestration.forgetting.pseudonyms import anonymise_staged_rows
from shopwright.orchestration.housekeeping import keep_house
from shopwright.orchestration.pending import pending
from shopwright.orchestration.record import (
    COMMAND_LINE,
    DeliveriesRefused,
    Reading,
    RunResult,
    run_record,
    span,
    the_lock,
)
from shopwright.processing.predicates import refuse_bad_predicates
from shopwright.processing.publish import Publication, Step, timed
from shopwright.processing.rulebook import Rulebook
from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate

_log = logging.getLogger(__name__)
Days = tuple[date, date]
"""The first and the last of some days."""

Report = Callable[[str, int, int], None]
"""Is told what goes on: a phrase, how much of it is done, of how much (0: unknown)."""


def run(
    workspace: Workspace,
    database: Database,
    *,
    one_by_one: bool = False,
    started_by: str = COMMAND_LINE,
    has_arrived: Callable[[Path], bool] = lambda _: True,
    again: Days | None = None,
    report: Report = lambda *_: None,
    result: RunResult | None = None,
) -> RunResult:
    """Publishes every pending delivery of the workspace whose folder has arrived, and keeps house.

    One in the archive is pending if the ledger does not know it, as where the database is new.
    All pending ones in one transaction, as far as `[run] batch_rows` allows; `one_by_one` each in
    one of its own: the warehouse ends the same. `again` publishes the deliveries of these days and
    no others, also where they were published before: for files that are read otherwise since their
    settings changed, or for rows that somebody removed from production. A delivery that cannot be
    read is left out, and when all others are published, DeliveriesRefused is raised. Raises
    RunInProgress, RulesInvalid, SettingsInvalid, DeliveryInvalid where none can be read,
    TooManyRejected, PredicateFailed or ClaimFailed; what was published before such an error stays,
    all else is as it was. Who wants to know what that was gives an empty `result` to be filled in.
    """
    migrate(database)
    command = "back-fill" if again else "run"
    with the_lock(database), run_record(database, command, started_by, result) as result:
        started = time.perf_counter()
        rulebook = Rulebook.of_workspace(workspace)
        found, unreadable = readable_deliveries(workspace.deliveries, has_arrived)
        archived, unreadable_in_archive = find_archived(workspace.archive)
        refused: dict[str, ShopwrightError] = {**unreadable, **unreadable_in_archive}
        budget = 1 if one_by_one else workspace.settings.run.batch_rows
        # one connection throughout: a new one would learn the tables again for every batch
        with database.connect(prepare_threshold=None) as connection:
            refuse_bad_predicates(connection, rulebook)
            if again:
                waiting = _of_days([*(one.delivery for one in archived), *found], *again)
            else:
                waiting = pending(connection, found, archived)
            for batch in ledger.batches(waiting, budget):
                result.batch = [one.name for one in batch]
                phrase = _phrase(result.batch, len(waiting))

                def tell(what: str, done: int, of: int, phrase: str = phrase) -> None:
                    report(f"{phrase}: {what}", done, of)

                refused |= publish_batch(
                    workspace, database, connection, batch, result, tell, rulebook
                )
            result.batch = []
            result.seconds = time.perf_counter() - started
            keep_house(workspace, connection, result, report)
        if refused:
            result.refused = {name: str(error) for name, error in refused.items()}
            raise DeliveriesRefused(refused, result)
    return result


def rebuild(
    database: Database,
    *,
    started_by: str = COMMAND_LINE,
    report: Report = lambda *_: None,
) -> RunResult:
    """Derives the warehouse anew from production, in one transaction that readers do not notice.

    The steps give the rows that were wrong and are right now: none, unless somebody changed the
    warehouse by hand. Raises RunInProgress or ClaimFailed.
    """
    migrate(database)
    with the_lock(database), run_record(database, "rebuild", started_by) as result:
        started = time.perf_counter()
        with database.connect() as connection:
            publication = Publication(
                connection,
                result.run_id,
                report=_told(lambda what: report(what, 0, 0)),
                steps=result.steps,
            )
            publication.rebuild()
        result.seconds = time.perf_counter() - started
    return result


def retry(
    workspace: Workspace,
    database: Database,
    rejected_row_ids: list[int],
    *,
    started_by: str = COMMAND_LINE,
    report: Report = lambda *_: None,
) -> RunResult:
    """Judges rejected rows again, and those that wait, by the rules as they are now, and publishes
    what passes. Raises RunInProgress, RulesInvalid, SettingsInvalid, PredicateFailed or
    ClaimFailed."""
    migrate(database)
    with the_lock(database), run_record(database, "retry", started_by) as result:
        started = time.perf_counter()
        with database.connect(prepare_threshold=None) as connection:
            rulebook = Rulebook.of_workspace(workspace)
            refuse_bad_predicates(connection, rulebook)
            publish_batch(
                workspace, database, connection, [], result, report, rulebook, rejected_row_ids
            )
        result.seconds = time.perf_counter() - started
    return result


def publish_batch(
    workspace: Workspace,
    database: Database,
    connection: Connection,
    batch: list[Delivery],
    result: RunResult,
    tell: Callable[[str, int, int], None],
    rulebook: Rulebook,
    retried_rows: Sequence[int] = (),
) -> dict[str, ShopwrightError]:
    """Stages a batch and publishes it in one transaction; adds to the result what was done.

    Gives by name the deliveries that could not be read, and why: the others are published.
    """
    staged, refused = ledger.number(connection, batch, workspace.settings)
    with timed(result.steps, "staging") as rows:
        copied = itertools.count(1)
        tell("staging", 0, len(staged))
        stage(
            connection,
            database.connect,
            staged,
            lambda _: tell("staging", next(copied), len(staged)),
        )
        refused |= {one.delivery.name: one.problem for one in staged if one.problem}
        staged = [one for one in staged if one.delivery.name not in refused]
        rows.append(sum(one.row_count for one in staged))
    if not staged and not retried_rows:
        connection.rollback()
        return refused
    shop = workspace.settings.shop
    connection.execute(
        "select set_config('shopwright.currency', %s, true),"
        " set_config('shopwright.opened', %s, true)",
        [shop.currency, str(shop.opened or "")],
    )
    ledger.record(connection, result.run_id, staged)
    anonymise_staged_rows(connection)
    hide_staged_lines(connection)
    malformed.keep(connection, result.run_id)
    with timed(result.steps, "quality.column_changes") as rows_written:
        changes = drift.record(connection, result.run_id, staged)
        rows_written.append(len(changes))
    publication = Publication(
        connection,
        result.run_id,
        result.batch_count + 1,
        sum(rows),
        _told(lambda what: tell(what, 0, 0)),
        workspace.settings.quality,
        rulebook,
        list(retried_rows),
        result.steps,
    )
    publication.publish()
    with timed(result.steps, "commit"):
        connection.commit()
    result.batch_count += 1
    result.published_steps = len(result.steps)
    result.deliveries += [one.name for one in batch if one.name not in refused]
    result.changes += changes
    _add_readings(result, staged)
    for change in changes:
        _log.warning("column changed", extra={"what": change.sentence})
    _log.info(
        "batch published",
        extra={"batch": result.batch_count, "deliveries": len(batch), "rows": sum(rows)},
    )
    return refused


def _told(tell: Callable[[str], None]) -> Callable[[Step], None]:
    """Tells a finished step to whoever looks on, and to the log."""

    def both(step: Step) -> None:
        _log.debug(
            "step", extra={"step": step.name, "rows": step.rows, "seconds": round(step.seconds, 4)}
        )
        tell(step.name)

    return both


def _add_readings(result: RunResult, staged: list[StagedFile]) -> None:
    counts = Counter(
        {(one.table, one.encoding, one.delimiter): one.files for one in result.readings}
    )
    counts.update(
        (one.file.table, one.header.encoding, one.header.delimiter)
        for one in staged
        if (one.header.encoding, one.header.delimiter) != (UTF_8, ",")
    )
    result.readings = [Reading(*read, files) for read, files in counts.items()]


def _of_days(deliveries: list[Delivery], first: date, last: date) -> list[Delivery]:
    found = [one for one in deliveries if first <= one.delivery_date <= last]
    if not found:
        raise DeliveryInvalid(
            f"There is no delivery of a day from {first} to {last}.",
            "Name days that there are deliveries of, the first before the last.",
        )
    return sorted(found, key=lambda delivery: delivery.delivery_date)


def _phrase(batch: list[str], of: int) -> str:
    return span(batch) + ("" if len(batch) in (1, of) else f" of {of}")
