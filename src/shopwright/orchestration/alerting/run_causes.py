"""What the records of runs tell: that one failed or was killed, or refused what it could not read.

One cause for each failure: a run that failed by a claim is a claim that failed, and no failed run
besides. It is over once a run has ended well. A rebuild, a back-fill or a retry that did ends only
what another of its kind had failed of: what the run was to publish is still pending.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import Connection

from shopwright.orchestration.alerting.book import Alert
from shopwright.orchestration.alerting.cause import (
    CLAIM_FAILED,
    DATABASE_UNREACHABLE,
    DELIVERY_REFUSED,
    DISK_FULL,
    OF_A_RUN,
    RUN_FAILED,
    RUN_INTERRUPTED,
    THRESHOLD_PASSED,
    Cause,
)

MOST_NAMES = 5
_KINDS = {"ClaimFailed": CLAIM_FAILED, "TooManyRejected": THRESHOLD_PASSED, "DiskFull": DISK_FULL}
_MENDS = {CLAIM_FAILED: "shopwright rebuild && shopwright run"}


@dataclass(frozen=True)
class _Run:
    run_id: int
    outcome: str
    command: str
    was_stopped: bool
    error: str | None
    error_kind: str | None
    rows: int | None
    delivery: str | None


def find(
    connection: Connection, alerts: Sequence[Alert], is_at_work: Callable[[], bool]
) -> Iterator[Cause]:
    """The causes that the newest run gives; while one is at work, those that were open.

    `is_at_work` tells whether one holds the lock at the moment it is called.
    """
    open_alerts = [one for one in alerts if one.state != "closed" and one.cause.kind in OF_A_RUN]
    run = _newest(connection)
    if run is None or (run.outcome == "running" and not _is_left(connection, run, is_at_work)):
        yield from (one.cause for one in open_alerts)
        yield from _refused_as_before(alerts)
        return
    if run.outcome in ("published", "nothing to do"):
        yield from _of_other_commands(connection, open_alerts, run.command)
        yield from _refused(connection)
        return
    is_killed = run.outcome in ("running", "interrupted") and not run.was_stopped
    explaining = _explaining(alerts) if is_killed else []
    found = None if explaining else _failure(run)
    kept = {one.cause.key: one.cause for one in (*open_alerts, *explaining)}
    yield from (kept | ({found.key: found} if found else {})).values()
    yield from _refused(connection)


def _newest(connection: Connection) -> _Run | None:
    row = connection.execute(
        "select run_id, outcome, command, finished_at is not null, error, error_kind,"
        " error_row_count, error_delivery_name from ops.runs order by run_id desc limit 1"
    ).fetchone()
    return _Run(*row) if row else None


def _is_left(connection: Connection, run: _Run, is_at_work: Callable[[], bool]) -> bool:
    """Whether nobody is at work on a run that has no end: it may have ended at this moment."""
    return not is_at_work() and _newest(connection) == run


def _of_other_commands(
    connection: Connection, alerts: Sequence[Alert], command: str
) -> Iterator[Cause]:
    """What a command that ended well does not end: a run ends all."""
    if command == "run":
        return
    others = "select run_id from ops.runs where run_id = any(%s) and command <> %s"
    numbers = [one.cause.run_id for one in alerts if one.cause.run_id is not None]
    kept = {number for (number,) in connection.execute(others, [numbers, command])}
    yield from (one.cause for one in alerts if one.cause.run_id in kept)


def _explaining(alerts: Iterable[Alert]) -> list[Alert]:
    """Alerts that say already why a run has no end: its disk was full, or its database lost."""
    return [
        one
        for one in alerts
        if one.state != "closed" and one.cause.kind in (DISK_FULL, DATABASE_UNREACHABLE)
    ]


def _failure(run: _Run) -> Cause | None:
    if run.outcome in ("running", "interrupted"):
        return None if run.was_stopped else _interrupted(run)  # whoever stopped it knows
    if run.error_kind == "DeliveriesRefused":
        return None
    kind = _KINDS.get(run.error_kind or "", RUN_FAILED)
    return Cause(
        kind,
        run.error or "The run failed and left no word.",
        show=f"shopwright logs {run.run_id}",
        mend=_MENDS.get(kind, "shopwright run"),
        detail=(run.error_kind or "") if kind == RUN_FAILED else "",
        run_id=run.run_id,
        delivery=run.delivery,
        rows=run.rows,
    )


def _interrupted(run: _Run) -> Cause:
    return Cause(
        RUN_INTERRUPTED,
        f"Run {run.run_id} was killed, or its machine went down: it has no end on record. Nothing "
        "unfinished was published; the next run makes it good.",
        show=f"shopwright logs {run.run_id}",
        mend="shopwright run",
        run_id=run.run_id,
    )


def _refused_as_before(alerts: Iterable[Alert]) -> Iterator[Cause]:
    for one in alerts:
        if one.state != "closed" and one.cause.kind == DELIVERY_REFUSED:
            yield one.cause


def _refused(connection: Connection) -> Iterator[Cause]:
    """Deliveries that the newest run which looked could not read.

    Those that came broken together, in the same run, are one cause.
    """
    rows = connection.execute(
        """
        with newest as (
            select max(run_id) as run_id from ops.runs
            where command = 'run'
                and (outcome in ('published', 'nothing to do') or error_kind = 'DeliveriesRefused')
        ),

        refused as (
            select delivery_name, problem
            from ops.refused_deliveries inner join newest using (run_id)
        )

        select first_run_id, array_agg(delivery_name order by delivery_name),
            (array_agg(problem order by delivery_name))[1]
        from (
            select refused.delivery_name, refused.problem, min(earlier.run_id) as first_run_id
            from refused
            inner join ops.refused_deliveries as earlier using (delivery_name)
            where earlier.run_id > coalesce((
                select max(published.run_id) from ops.deliveries as published
                where published.delivery_name = refused.delivery_name
            ), 0)
            group by refused.delivery_name, refused.problem
        ) as first_refused
        group by first_run_id
        order by first_run_id
        """
    ).fetchall()
    for run_id, names, problem in rows:
        others = f"\nSo are {_some(names[1:])}." if len(names) > 1 else ""
        yield Cause(
            DELIVERY_REFUSED,
            f"A delivery could not be read and was left out: {problem}{others}",
            show=f"shopwright logs {run_id}",
            mend="shopwright run",
            detail=f"first in run {run_id}",
            run_id=run_id,
            delivery=_some(names),
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
