"""From staging to checked: rows are typed, held against the rules and compared, bad ones set aside.

A checked table has the columns of its SELECT but for those that only rules read, and before them,
where reading them costs least,
  is_latest    whether the row holds the newest state of its key: what production takes
  outcome      accepted, duplicate, rejected or waiting
  has_moment   whether the row itself says when its state began
  rejected_by, waits_for, warned_by   names of the broken rules by severity, null if there are none
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.processing import predicates
from shopwright.processing.rules import CONFLICT, Rule
from shopwright.processing.temporary import FEW_ROWS
from shopwright.processing.transforms import Transform
from shopwright.processing.writing import assignments, names

JUDGEMENT = ["is_latest", "outcome", "rejected_by"]

_READS_A_VALUE = re.compile(r"\bchecked\.as_(?=(amount|rate|date|timestamp)\()")
_ADDED = ("is_latest", "outcome", "has_moment", "rejected_by", "waits_for", "warned_by")
_BOOKKEEPING = ("_row", "_file", "delivery_key", "updated_at")
_READ_BY_RULES_ALONE = (
    "is_customer_known",
    "is_product_known",
    "customer_registration_date",
    # what production does not keep: the discount's amount follows from the one, the rest is checked
    "discount_percentage",
    "given_discount_amount",
    "line_total",
)


def _is_kept(column: str) -> bool:
    """Whether anything but the rules reads the column; they know the others before they go. Those
    added stand in the table already."""
    return column not in (*_ADDED, *_READ_BY_RULES_ALONE) and not column.endswith("_text")


@dataclass(frozen=True)
class Checked:
    """A checked table: its columns and rows, whether any is rejected or waits, whether any broke a
    rule or contradicts another, whether any key comes twice."""

    columns: list[str]
    rows: int
    is_flawed: bool
    breaks_rules: bool
    has_repeated_keys: bool = False


def check(connection: Connection, transform: Transform, rules: Sequence[Rule]) -> Checked:
    """Makes `checked.<table>` from the staged rows, held against the rules of the table; every row
    that breaks none is the latest of its key as yet. Raises PredicateFailed."""
    name = sql.Identifier("checked", transform.table)
    columns, rows = read(connection, transform, rules)
    found = connection.execute(
        sql.SQL(
            "select coalesce(bool_or(rejected_by is not null or waits_for is not null), false),"
            " coalesce(bool_or(warned_by is not null), false) from {}"
        ).format(name)
    ).fetchone()
    assert found is not None
    is_flawed, is_odd = found
    if is_flawed:
        connection.execute(
            sql.SQL(
                "update {} set is_latest = false,"
                " outcome = case when rejected_by is null then 'waiting' else 'rejected' end"
                " where rejected_by is not null or waits_for is not null"
            ).format(name)
        )
    return Checked(columns, rows, is_flawed, is_flawed or is_odd)


def read(
    connection: Connection, transform: Transform, rules: Sequence[Rule]
) -> tuple[list[str], int]:
    """Makes `checked.<table>` with the names of the broken rules. Gives its columns and rows.
    Raises PredicateFailed."""
    broken = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(_broken_rules(rules, severity), column)
        for severity, column in (
            ("reject", sql.Identifier("rejected_by")),
            ("wait", sql.Identifier("waits_for")),
            ("warn", sql.Identifier("warned_by")),
        )
    )
    # Not unlogged: if the postmaster is killed while a transaction makes an unlogged table, it may
    # not recover. With `wal_level = minimal` a table made and filled here is not logged anyway.
    # `offset` keeps the planner from pasting each cast into every rule that uses its result;
    # written as a bigint constant, it leaves the whole query parallel: a plain 0 does not.
    columns = _kept_columns(connection, transform.select)
    statement = sql.SQL(
        "create table {name} as select true as is_latest, 'accepted' as outcome,"
        " has_moment, {broken}, {columns} from ({select} offset bigint '0') as typed"
    )
    parts = {
        "name": sql.Identifier("checked", transform.table),
        "broken": broken,
        "columns": names(columns),
    }
    rows = _made_hopefully(connection, transform, statement, parts)
    if rows is None:
        try:
            with connection.transaction():
                made = connection.execute(
                    statement.format(**parts, select=sql.SQL(transform.select))
                )
        except psycopg.DataError as error:
            raise predicates.failed(connection, transform.select, rules, error) from error
        rows = made.rowcount
    return columns, rows


def _made_hopefully(
    connection: Connection, transform: Transform, statement: sql.SQL, parts: dict[str, Any]
) -> int | None:
    """Makes the table as if every text were a value, which saves a sixth of the time. None where
    one is not; then the server's log may hold the text, so it is not tried where texts may be
    personal."""
    if any(column.personal for column in contract()[transform.table].columns.values()):
        return None
    select = _READS_A_VALUE.sub("checked.to_", transform.select)
    try:
        with connection.transaction():
            return connection.execute(statement.format(**parts, select=sql.SQL(select))).rowcount
    except psycopg.DataError:
        return None


def _kept_columns(connection: Connection, select: str) -> list[str]:
    found = connection.execute(f"select * from ({select}) as typed limit 0".encode()).description
    assert found is not None
    kept = [column for column in found if _is_kept(column.name)]
    # a column behind texts costs three times as much to read, and later steps read dates and keys
    kept.sort(key=lambda column: column.internal_size is None)
    return [column.name for column in kept]


def _broken_rules(candidates: Sequence[Rule], severity: str) -> sql.Composable:
    """An array of the broken rules' names, built only for rows that break one."""
    chosen = [rule for rule in candidates if rule.severity == severity]
    if not chosen:
        return sql.SQL("cast(null as text[])")
    predicates = [sql.SQL(f"({rule.predicate}\n)") for rule in chosen]
    # a predicate of the workspace's own may end in a comment: hence the new line
    return sql.SQL("case when {any} then array_remove(array[{names}], null) end").format(
        any=sql.SQL(" or ").join(predicates),
        names=sql.SQL(", ").join(
            sql.SQL("case when {} then {} end").format(predicate, sql.Literal(rule.name))
            for rule, predicate in zip(chosen, predicates, strict=True)
        ),
    )


def find_states(connection: Connection, table: str, checked: Checked) -> Checked:
    """Among rows with the same key: which repeats, which contradicts, which is the newest.

    A row that says something else of the same key and moment as another one of its delivery
    contradicts it: which is right cannot be known, so the first stays. Otherwise they are states,
    and the newest is the latest. A state is a duplicate if an earlier row says the same of the
    same moment; where no moment is given, if the state before it says the same.
    `repetitions.py` compares with what earlier runs have published.
    """
    key = sql.Identifier(contract()[table].key)
    name = sql.Identifier("checked", table)
    # Not temporary: what reads a temporary table is not parallel. Nearly every key is a group of
    # its own, and sorting those takes two thirds of the time of a hash table. Keys of 64 bits sort
    # faster than texts; should two texts share one, their rows are compared for nothing.
    connection.execute("set local enable_hashagg = off")
    repeated = connection.execute(
        sql.SQL(
            "create table checked.repeated_keys as"
            " select hashtextextended({key}, 0) as key_hash"
            " from {name} where outcome <> 'rejected' group by key_hash having count(*) > 1"
        ).format(key=key, name=name)
    ).rowcount
    connection.execute("set local enable_hashagg = on")
    has_conflicts = repeated > 0 and _compare_rows(connection, table, checked.columns, checked.rows)
    connection.execute("drop table checked.repeated_keys")
    if checked.rows >= FEW_ROWS:
        connection.execute(sql.SQL("analyze {}").format(name))
    return replace(
        checked,
        is_flawed=checked.is_flawed or has_conflicts,
        breaks_rules=checked.breaks_rules or has_conflicts,
        has_repeated_keys=repeated > 0,
    )


def _compare_rows(connection: Connection, table: str, columns: list[str], rows: int) -> bool:
    """Judges the rows of `repeated_keys`, some of the table's `rows`. Gives whether any row
    contradicts another one."""
    name = sql.Identifier("checked", table)
    parts = {
        "key": sql.Identifier(contract()[table].key),
        "name": name,
        "content": content_hash(connection, [c for c in columns if c not in _BOOKKEEPING]),
        "conflict": sql.Literal(CONFLICT.name),
    }
    connection.execute("analyze checked.repeated_keys")
    judged = connection.execute(
        sql.SQL("""
            create temp table judged on commit drop as
            with candidates as (
                select checked_row.ctid as row_id, key_hash, checked_row.{key} as key, updated_at,
                    delivery_key, _file, _row, outcome, {content} as content, has_moment
                from {name} as checked_row
                inner join checked.repeated_keys
                    on hashtextextended(checked_row.{key}, 0) = repeated_keys.key_hash
                where outcome <> 'rejected'
                offset bigint '0' -- so that all cores hash the content, once a row
            ),
            compared as (
                select candidates.*,
                    content <> first_value(content) over (
                        partition by key_hash, key, updated_at, delivery_key order by _file, _row
                    ) as contradicts
                from candidates
            ),
            ranked as (
                select row_id, contradicts,
                    case
                        when has_moment then row_number() over (
                            partition by key_hash, key, content, updated_at
                            order by delivery_key, _file, _row
                        ) > 1
                        else coalesce(content = lag(content) over (
                            partition by key_hash, key
                            order by updated_at, delivery_key, _file, _row
                        ), false)
                    end as repeats,
                    lead(_row) over (
                        partition by key_hash, key order by updated_at, delivery_key, _file, _row
                    ) is null as is_latest
                from compared
                where outcome = 'accepted' and not contradicts
                union all
                select row_id, contradicts, false, false
                from compared
                where contradicts
            )
            select row_id, is_latest,
                case
                    when contradicts then 'rejected' when repeats then 'duplicate' else 'accepted'
                end as outcome,
                case when contradicts then array[{conflict}] end as rejected_by
            from ranked
            where contradicts or repeats or not is_latest
        """).format(**parts)
    ).rowcount
    if judged * 4 < rows:
        # row by row by its place, as the planner would read the whole table instead
        connection.execute("set local enable_hashjoin = off; set local enable_mergejoin = off")
        connection.execute(
            sql.SQL(
                "update {name} as checked_row set {judgement} from judged"
                " where checked_row.ctid = judged.row_id"
            ).format(**parts, judgement=assignments(JUDGEMENT, "judged"))
        )
        connection.execute("set local enable_hashjoin = on; set local enable_mergejoin = on")
    else:  # to write the table anew is three times as fast as to update most of it
        connection.execute(
            sql.SQL(
                "create table checked.judged_rows as select {columns} from {name} as checked_row"
                " left join judged on checked_row.ctid = judged.row_id;"
                "drop table {name}; alter table checked.judged_rows rename to {table}"
            ).format(
                **parts,
                table=sql.Identifier(table),
                columns=sql.SQL(", ").join(
                    sql.SQL(
                        "coalesce(judged.{0}, checked_row.{0}) as {0}"
                        if column in JUDGEMENT
                        else "checked_row.{0}"
                    ).format(sql.Identifier(column))
                    for column in (*_ADDED, *columns)
                ),
            )
        )
    found = connection.execute(
        "select exists (select from judged where outcome = 'rejected')"
    ).fetchone()
    assert found is not None
    connection.execute("drop table judged")
    return bool(found[0])


def content_hash(
    connection: Connection, columns: list[str], alias: str | None = None
) -> sql.Composable:
    """64 bits that tell rows of one key apart; PostgreSQL 13 cannot hash a row but as a text."""
    row = sql.SQL("row({})").format(names(columns, alias))
    if connection.info.server_version < 140_000:
        return sql.SQL("hashtextextended(cast({} as text), 0)").format(row)
    return sql.SQL("hash_record_extended({}, 0)").format(row)
