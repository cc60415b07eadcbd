"""Reading the quality report from the database: scores, rules broken, rows set aside, claims."""

from dataclasses import replace
from typing import Any

from psycopg import Connection

from shopwright.config.workspace import Workspace
from shopwright.ingestion.drift import ColumnChange
from shopwright.processing.outcomes import SAMPLES
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import Rule
from shopwright.processing.watching import unit_of
from shopwright.serving.quality.advice import advice, advice_for_line
from shopwright.serving.quality.report import (
    SEVERITY_ORDER,
    Account,
    BrokenRule,
    Claim,
    DeliveryQuality,
    MalformedLines,
    QualityReport,
    Sample,
    Score,
)
from shopwright.serving.quality.samples import shown_columns, shown_values
from shopwright.storage.database import Database

MOST_SHOWN = 50


def read_report(workspace: Workspace, database: Database) -> QualityReport:
    """Reads all of it at one moment. A database without a run gives a report without deliveries."""
    with database.connect() as connection:
        connection.execute("set transaction isolation level repeatable read read only")
        [made_at] = _row(connection, "select now()")
        shop = workspace.settings.shop.name
        if not _exists(connection, "quality.scores"):
            return QualityReport(shop, made_at, [], [], 0, [], None, [], [], 0)
        return QualityReport(
            shop=shop,
            made_at=made_at,
            deliveries=_deliveries(connection),
            broken_rules=_broken_rules(connection, Rulebook.of_workspace(workspace)),
            open_rows=_row(
                connection,
                "select count(*) from quality.rejected_rows"
                " where status in ('rejected', 'waiting')",
            )[0],
            claims=_claims(connection),
            failure=_failure(connection),
            malformed=_malformed(connection),
            changes=_changes(connection),
            change_count=_row(connection, "select count(*) from quality.column_changes")[0],
        )


def _deliveries(connection: Connection) -> list[DeliveryQuality]:
    scores: dict[int, dict[tuple[str, str], Score]] = {}
    for key, table, dimension, *counts in connection.execute(
        "select delivery_key, table_name, dimension, row_count, set_aside_count, warned_count"
        " from quality.scores"
    ):
        scores.setdefault(key, {})[table, dimension] = Score(*counts)
    accounts: dict[int, dict[str, Account]] = {}
    for key, table, *counts in connection.execute(
        "select delivery_key, table_name, row_count, accepted_count, duplicate_count,"
        " rejected_count, waiting_count, malformed_count from ops.delivery_tables"
    ):
        accounts.setdefault(key, {})[table] = Account(*counts)
    return [
        DeliveryQuality(name, day, revision, scores.get(key, {}), accounts.get(key, {}))
        for key, name, day, revision in connection.execute(
            "select delivery_key, delivery_name, delivery_date,"
            " row_number() over (partition by delivery_name order by delivery_key)"
            " from ops.deliveries order by delivery_key"
        )
    ]


def _broken_rules(connection: Connection, rulebook: Rulebook) -> list[BrokenRule]:
    """Rows set aside are counted where they are kept, each once, however often it was retried.

    A rule is told as severe as it was when the rows broke it; one that is no more, by its name.
    """
    found = connection.execute(
        """
        select table_name, rule_name, 'reject', count(*),
            count(*) filter (where status in ('rejected', 'waiting'))
        from quality.rejected_rows cross join lateral unnest(broken_rules) as rule_name
        group by table_name, rule_name
        union all
        select table_name, rule_name, 'warn', cast(sum(row_count) as bigint), 0
        from quality.rule_results where severity = 'warn'
        group by table_name, rule_name
        """
    ).fetchall()
    made = []
    for table, name, severity, rows, open_rows in found:
        rule = _rule(rulebook, table, name)
        if not (severity == "reject" and rule.severity == "wait"):
            rule = replace(rule, severity=severity)
        made.append(_broken_rule(connection, table, rule, rows, open_rows))
    return sorted(
        made, key=lambda one: (SEVERITY_ORDER[one.severity], -one.rows, one.table, one.name)
    )


def _rule(rulebook: Rulebook, table: str, name: str) -> Rule:
    """The rule of that name; one that looks at more than a row is told as those that look at one.
    A rule that is no more has no sentence but its name."""
    for one in rulebook.watches_of(table):
        if one.name == name:
            return Rule(name, one.dimension, "warn", one.sentence, "")
    known = rulebook.known(table).get(name)
    return known or Rule(name, "validity", "reject", name.replace("_", " "), "")


def _broken_rule(
    connection: Connection, table: str, rule: Rule, rows: int, open_rows: int
) -> BrokenRule:
    columns = shown_columns(table, rule)
    return BrokenRule(
        table,
        rule.name,
        rule.dimension,
        rule.severity,
        rule.sentence,
        rule.mend or advice(rule),
        rows,
        open_rows,
        columns,
        _samples(connection, table, rule, columns),
        unit_of(table, rule.name),
        _examples(connection, table, rule),
    )


def _samples(connection: Connection, table: str, rule: Rule, columns: list[str]) -> list[Sample]:
    """The newest rows; of those set aside, the ones that still are."""
    query = (
        """
        select file_id, row_number, row_data from quality.warning_samples
        where table_name = %(table)s and rule_name = %(rule)s
        order by run_id desc, batch_number desc, file_id desc, row_number
        """
        if rule.severity == "warn"
        else """
        select file_id, row_number, row_data from quality.rejected_rows
        where table_name = %(table)s and broken_rules @> array[%(rule)s]
        order by status = 'published', file_id desc, row_number
        """
    )
    return [
        Sample(f"{delivery}/{file}, line {number:,}", shown_values(table, columns, data))
        for delivery, file, number, data in connection.execute(
            f"""
            select delivery_name, file_name, row_number, row_data
            from ({query} limit {SAMPLES}) as samples
            inner join ops.files using (file_id) inner join ops.deliveries using (delivery_key)
            """,
            {"table": table, "rule": rule.name},
        )
    ]


def _examples(connection: Connection, table: str, rule: Rule) -> tuple[str, ...]:
    """The newest days, orders or whatever a rule that looks at many rows together has found."""
    return tuple(
        example
        for (example,) in connection.execute(
            """
            select example from quality.rule_results
            cross join lateral unnest(examples) with ordinality as told (example, place)
            where table_name = %s and rule_name = %s
            group by example order by max(run_id) desc, max(batch_number) desc, min(place)
            limit %s
            """,
            [table, rule.name, SAMPLES],
        )
    )


def _claims(connection: Connection) -> list[Claim]:
    return [
        Claim(name.replace("_", " "), holds, times)
        for name, holds, times in connection.execute(
            "select claim_name, bool_and(holds), count(*) from quality.claim_results"
            " group by claim_name order by claim_name"
        )
    ]


def _failure(connection: Connection) -> str | None:
    """What the newest run failed of."""
    rows = connection.execute(
        "select outcome, error from ops.runs where outcome <> 'running'"
        " order by run_id desc limit 1"
    ).fetchall()
    return str(rows[0][1] or "").split("\n")[0] if rows and rows[0][0] == "failed" else None


def _malformed(connection: Connection) -> list[MalformedLines]:
    """By table and reason; what stands in the lines may be personal and is not shown."""
    return [
        MalformedLines(table, reason, advice_for_line(reason), count, places)
        for table, reason, count, places in connection.execute(
            """
            select table_name, kind, count(*),
                (array_agg(
                    concat(delivery_name, '/', file_name, ', line ', line_number)
                    order by delivery_key desc, file_id, line_number
                ))[:%s]
            from (
                select *, regexp_replace(reason, ' to line \\d+|; .*', '', 'g') as kind
                from quality.malformed_lines
            ) as malformed
            inner join ops.files using (file_id) inner join ops.deliveries using (delivery_key)
            group by table_name, kind
            order by count(*) desc, table_name, kind
            limit %s
            """,
            [SAMPLES, MOST_SHOWN],
        )
    ]


def _changes(connection: Connection) -> list[ColumnChange]:
    """The newest first."""
    return [
        ColumnChange(*row)
        for row in connection.execute(
            "select delivery_name, table_name, change, column_name, other_name"
            " from quality.column_changes inner join ops.deliveries using (delivery_key)"
            " order by delivery_key desc, table_name, change, column_name limit %s",
            [MOST_SHOWN],
        )
    ]


def _exists(connection: Connection, table: str) -> bool:
    return bool(_row(connection, f"select to_regclass('{table}') is not null")[0])


def _row(connection: Connection, query: str) -> tuple[Any, ...]:
    found = connection.execute(query).fetchone()
    assert found is not None
    return found
