"""The quality scores: of each delivery and table, the share of rows without a flaw, by dimension.

A score is 1 - (rows with a flaw / rows delivered). A row has a flaw in a dimension if it breaks a
rule of it, whatever its severity; it counts once, however many it breaks. A row that waits counts,
and stays counted when its parent arrives: its delivery came before what it refers to. A dimension
that no rule of the table belongs to has no score: nobody looked. A line that is no row counts as
delivered, and has a flaw of validity.
"""

from collections.abc import Collection, Sequence

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import CONFLICT, DIMENSIONS, Rule

ALL = "all"
"""Stands for all dimensions together: rows that break no rule at all."""

VALIDITY = "validity"


def record_scores(
    connection: Connection,
    run_id: int,
    batch_number: int,
    rulebook: Rulebook,
    breaking_rules: Collection[str],
) -> int:
    """Writes the scores of the batch's deliveries; call it when the outcomes are recorded.

    One pass over each checked table with `breaking_rules`, of which only rows with a flaw are
    looked at closely. Gives the number of scores.
    """
    return sum(
        _record_table(
            connection,
            table,
            run_id,
            batch_number,
            rulebook.in_force(table),
            has_flaws=table in breaking_rules,
        )
        for table in contract()
    )


def _record_table(
    connection: Connection,
    table: str,
    run_id: int,
    batch_number: int,
    rules: Sequence[Rule],
    *,
    has_flaws: bool,
) -> int:
    names = rule_names(rules)
    return connection.execute(
        sql.SQL("""
            with dimensions (dimension, rule_names) as (values {dimensions}),
            flawed_rows as (
                select _file, waits_for, warned_by,
                    coalesce(rejected_by, '{{}}') || coalesce(waits_for, '{{}}') as set_aside_by
                from {checked}
                where {has_flaws}
                    and (rejected_by is not null or waits_for is not null or warned_by is not null)
            ),
            flaws as (
                select files.delivery_key, dimension,
                    count(*) filter (where set_aside_by && rule_names) as set_aside_count,
                    count(*) filter (
                        where warned_by && rule_names and not set_aside_by && rule_names
                    ) as warned_count
                from flawed_rows
                inner join staging.files on flawed_rows._file = files.file_id and files.is_new
                cross join dimensions
                group by files.delivery_key, dimension
            )
            insert into quality.scores
            select {run_id}, {batch_number}, delivered.delivery_key, {table}, dimension,
                delivered.row_count, coalesce(set_aside_count, 0) + no_rows,
                coalesce(warned_count, 0),
                1 - cast(coalesce(set_aside_count + warned_count, 0) + no_rows as double precision)
                    / delivered.row_count
            from ops.delivery_tables as delivered
            cross join dimensions
            left join flaws using (delivery_key, dimension)
            cross join lateral (
                select case
                    when dimension in ({validity}, {all}) then delivered.malformed_count else 0
                end as no_rows
            ) as malformed
            where delivered.table_name = {table} and delivered.row_count > 0
                and delivered.delivery_key in (
                    select delivery_key from staging.files where is_new
                )
        """).format(
            dimensions=sql.SQL(", ").join(
                sql.SQL("({}, cast({} as text[]))").format(sql.Literal(one), sql.Literal(found))
                for one, found in names.items()
            ),
            checked=sql.Identifier("checked", table),
            has_flaws=sql.Literal(has_flaws),
            table=sql.Literal(table),
            validity=sql.Literal(VALIDITY),
            all=sql.Literal(ALL),
            run_id=sql.Literal(run_id),
            batch_number=sql.Literal(batch_number),
        )
    ).rowcount


def rule_names(rules: Sequence[Rule]) -> dict[str, list[str]]:
    """The names of a table's rules by dimension, and of all of them."""
    found = [*rules, CONFLICT]
    by_dimension = {
        dimension: [rule.name for rule in found if rule.dimension == dimension]
        for dimension in DIMENSIONS
    }
    some = {dimension: names for dimension, names in by_dimension.items() if names}
    return {**some, ALL: [rule.name for rule in found]}
