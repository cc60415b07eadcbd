"""What the records of a run say about its tables: rows, seconds, claims, rules, scores."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg import Connection, sql

from shopwright.orchestration.record import RunResult
from shopwright.processing.scores import ALL
from shopwright.storage.database import Database

MANY_ROWS = 5_000_000
"""Rows from which on PostgreSQL's own estimate is told: to count them would take seconds."""


@dataclass
class Findings:
    """What became known in a run.

    `written` and `seconds` are of the steps named after a table, all batches together; `staged` are
    the rows of the deliveries. `claims` gives the rows that speak against each claim, `rules` those
    that broke each rule, by table and rule; `scores` a share from 0 to 1 by table and dimension of
    quality, `rows` how many a table holds now.
    """

    run_id: int = 0
    staged: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)


def findings(database: Database, result: RunResult, tables: Iterable[tuple[str, str]]) -> Findings:
    """Reads the records of a run that has ended; `tables` are those whose rows are counted."""
    found = Findings(result.run_id, {one.table: one.rows for one in result.accounts})
    for step in result.steps:
        found.written[step.name] = found.written.get(step.name, 0) + step.rows
        found.seconds[step.name] = found.seconds.get(step.name, 0.0) + step.seconds
    with database.connect() as connection:
        found.claims = dict(
            connection.execute(
                "select claim_name, sum(row_count)::bigint from quality.claim_results"
                " where run_id = %s group by claim_name",
                [result.run_id],
            ).fetchall()
        )
        found.rules = {
            (table, rule): rows
            for table, rule, rows in connection.execute(
                "select table_name, rule_name, sum(row_count)::bigint from quality.rule_results"
                " where run_id = %s group by table_name, rule_name",
                [result.run_id],
            )
        }
        found.scores = _scores(connection, result.run_id)
        found.rows = _rows(connection, tables)
    return found


def _scores(connection: Connection, run_id: int) -> dict[str, dict[str, float]]:
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for table, dimension, score in connection.execute(
        "select table_name, dimension,"
        " 1 - (sum(set_aside_count + warned_count) / sum(row_count))::double precision"
        " from quality.scores where run_id = %s group by table_name, dimension"
        " order by table_name, dimension = %s desc, dimension",
        [run_id, ALL],
    ):
        scores[table][dimension] = score
    return dict(scores)


def _rows(connection: Connection, tables: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    estimates = {
        (schema, table): int(rows)
        for schema, table, rows in connection.execute(
            "select relnamespace::regnamespace::text, relname, reltuples from pg_class"
            " where relnamespace::regnamespace::text in ('production', 'warehouse')"
        )
    }
    counted = {}
    for table in tables:
        counted[table] = estimates[table]
        if counted[table] < MANY_ROWS:
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(*table))
            row = connection.execute(query).fetchone()
            assert row is not None
            counted[table] = row[0]
    return counted
