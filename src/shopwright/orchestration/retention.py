"""Thinning what only serves to look back: `[retention]` says after how many days.

What a claim, an account or the recognition of repeated rows needs is never thinned: of a rejected
row that is settled its content goes, and that it was rejected stays, with its hash.
"""

from collections.abc import Iterator

from psycopg import Connection

from shopwright.config import RetentionSettings

_OLD_RUNS = """
    create temp table old_runs on commit drop as
    select run_id, started_at from ops.runs
    where started_at < now() - make_interval(days => %(fewest)s)
        and outcome <> 'running' and run_id < (select max(run_id) from ops.runs)
"""


def _older(setting: str) -> str:
    """A condition: the row's run began more days ago than the setting says."""
    return (
        "run_id in (select run_id from old_runs"
        f" where started_at < now() - make_interval(days => %({setting})s))"
    )


_OF_RUN = (
    ("ops.steps", "run_days"),
    ("quality.claim_results", "run_days"),
    ("quality.warning_samples", "sample_days"),
    ("quality.scores", "score_days"),
)
"""Tables whose old rows nothing but a look back needs, and the setting that says what is old.
Results of rules stay: how often each was broken in all is counted from them."""
_CONTENT_OF_SETTLED_ROWS = """
    update quality.rejected_rows as entry set row_data = '{}'
    from old_runs
    where old_runs.run_id = coalesce(resolved_run_id, published_run_id, first_run_id)
        and started_at < now() - make_interval(days => %(rejected_days)s)
        and status in ('resolved', 'published', 'dismissed') and row_data <> '{}'
"""
_CONTENT_OF_LINES = f"""
    update quality.malformed_lines set raw = ''
    where raw <> '' and {_older("rejected_days")}
"""
_OVER = """
    select alert_id from ops.alerts
    where state = 'closed' and closed_at < now() - make_interval(days => %(run_days)s)
"""
"""Alerts that are over; open and dismissed ones stay, however old."""
_NEEDING_RUNS = """
    select cast(cast(conrelid as regclass) as text), attname from pg_constraint
    inner join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and confrelid = 'ops.runs'::regclass
        and conrelid not in ('ops.steps'::regclass, 'ops.refused_deliveries'::regclass)
        and confdeltype in ('a', 'r')
    order by 1, 2
"""
"""The columns that a run may not be missing from."""


def thin(connection: Connection, settings: RetentionSettings) -> dict[str, int]:
    """Thins what is older than the settings say. Gives the rows concerned, by table. Commits.

    In the first run of a day; where nothing is that old, it costs a look at the oldest run.
    """
    days = {name: value for name, value in settings.model_dump().items() if name.endswith("_days")}
    fewest = min(value for value in days.values() if value is not None)
    thinned: dict[str, int] = {}
    if _is_due(connection, fewest):
        connection.execute(_OLD_RUNS, {"fewest": fewest})
        for table, statement in _statements(connection, days):
            count = connection.execute(statement, days).rowcount
            if count:
                thinned[table] = count
    connection.commit()
    return thinned


def _is_due(connection: Connection, days: int) -> bool:
    found = connection.execute(
        """
        select
            (select started_at from ops.runs order by run_id limit 1)
            < now() - make_interval(days => %s),
            (select started_at from ops.runs order by run_id desc offset 1 limit 1)
            < date_trunc('day', now())
        """,
        [days],
    ).fetchone()
    return found == (True, True)


def _statements(connection: Connection, days: dict[str, int | None]) -> Iterator[tuple[str, str]]:
    for table, setting in _OF_RUN:
        if days[setting] is not None:
            yield table, f"delete from {table} where {_older(setting)}"
    yield "quality.rejected_rows", _CONTENT_OF_SETTLED_ROWS
    yield "quality.malformed_lines", _CONTENT_OF_LINES
    for table in ("ops.notifications", "ops.alerts"):
        yield table, f"delete from {table} where alert_id in ({_OVER})"
    useless = " and ".join(
        f"run_id not in (select {column} from {table} where {column} is not null)"
        for table, column in connection.execute(_NEEDING_RUNS).fetchall()
    )
    useless = f"{useless} and {_older('run_days')}"
    refusals = "ops.refused_deliveries"
    chosen = f"select run_id from ops.runs where {useless}"
    yield refusals, f"delete from {refusals} where run_id in ({chosen})"
    yield "ops.runs", f"delete from ops.runs where {useless}"
