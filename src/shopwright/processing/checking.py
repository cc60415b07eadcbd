"""From staging to checked: rows are typed, held against the rules and compared, bad ones set aside.

A checked table has the columns of its SELECT, and
  rejected_by, waits_for, warned_by   names of the broken rules by severity, null if there are none
  outcome     accepted, duplicate, rejected or waiting
  is_latest   whether the row holds the newest state of its key: what production takes
"""

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.processing.rules import CONFLICT, Rule, rules
from shopwright.processing.transforms import Transform
from shopwright.processing.writing import FEW_ROWS, assignments

OUTCOMES = ("accepted", "duplicate", "rejected", "waiting")
JUDGEMENT = ["is_latest", "outcome", "rejected_by"]

_BOOKKEEPING = ("_row", "_file", "delivery_key", "updated_at", "rejected_by", "waits_for")
_NOT_CONTENT = (
    *_BOOKKEEPING,
    "warned_by",
    "outcome",
    "is_latest",
    "is_customer_known",
    "is_product_known",
)


def check(connection: Connection, transform: Transform) -> int:
    """Makes `checked.<table>` from the staged rows. Gives the number of rows."""
    name = sql.Identifier("checked", transform.table)
    broken = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(_broken_rules(rules(transform.table), severity), column)
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
    rows = connection.execute(
        sql.SQL(
            "create table {name} as"
            " select typed.*, {broken}, 'accepted' as outcome, true as is_latest"
            " from ({select} offset bigint '0') as typed"
        ).format(name=name, broken=broken, select=sql.SQL(transform.select))
    ).rowcount
    connection.execute(
        sql.SQL(
            "update {} set is_latest = false,"
            " outcome = case when rejected_by is null then 'waiting' else 'rejected' end"
            " where rejected_by is not null or waits_for is not null"
        ).format(name)
    )
    _find_repetitions(connection, transform.table, rows)
    if rows >= FEW_ROWS:
        connection.execute(sql.SQL("analyze {}").format(name))
    return rows


def _broken_rules(candidates: tuple[Rule, ...], severity: str) -> sql.Composable:
    """An array of the broken rules' names, built only for rows that break one."""
    chosen = [rule for rule in candidates if rule.severity == severity]
    if not chosen:
        return sql.SQL("cast(null as text[])")
    predicates = [sql.SQL(f"({rule.predicate})") for rule in chosen]
    return sql.SQL("case when {any} then array_remove(array[{names}], null) end").format(
        any=sql.SQL(" or ").join(predicates),
        names=sql.SQL(", ").join(
            sql.SQL("case when {} then {} end").format(predicate, sql.Literal(rule.name))
            for rule, predicate in zip(chosen, predicates, strict=True)
        ),
    )


def _find_repetitions(connection: Connection, table: str, rows: int) -> None:
    """Among rows with the same key: which repeats, which contradicts, which is the newest.

    A row that says again what an earlier one said is a duplicate. One that says something else
    of the same key and moment, in the same delivery, contradicts it: which is right cannot be
    known, so the first stays. Otherwise they are states, and the newest is the latest.
    """
    key = sql.Identifier(contract()[table].key)
    name = sql.Identifier("checked", table)
    repeated = connection.execute(
        sql.SQL(
            "create temp table repeated_keys on commit drop as"
            " select {key} as key, row_number() over () as key_number"
            " from {name} where outcome <> 'rejected' group by {key} having count(*) > 1"
        ).format(key=key, name=name)
    ).rowcount
    if repeated:
        _compare_rows(connection, table, rows)
    connection.execute("drop table repeated_keys")


def _compare_rows(connection: Connection, table: str, rows: int) -> None:
    """Judges the rows of `repeated_keys`, some of the table's `rows`."""
    name = sql.Identifier("checked", table)
    columns = [
        row[0]
        for row in connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " order by attnum",
            [f"checked.{table}"],
        )
    ]
    parts = {
        "key": sql.Identifier(contract()[table].key),
        "name": name,
        "content": _content_hash(connection, [c for c in columns if c not in _NOT_CONTENT]),
        "conflict": sql.Literal(CONFLICT.name),
    }
    connection.execute("analyze repeated_keys")
    judged = connection.execute(
        sql.SQL("""
            create temp table judged on commit drop as
            with candidates as (
                select checked_row.ctid as row_id, key_number, updated_at, delivery_key, _file,
                    _row, outcome, {content} as content
                from {name} as checked_row
                inner join repeated_keys on checked_row.{key} = repeated_keys.key
                where outcome <> 'rejected'
            ),
            compared as (
                select candidates.*,
                    content <> first_value(content) over (
                        partition by key_number, updated_at, delivery_key order by _file, _row
                    ) as contradicts
                from candidates
            ),
            ranked as (
                select row_id, contradicts,
                    row_number() over (
                        partition by key_number, content order by delivery_key, _file, _row
                    ) > 1 as repeats,
                    lead(_row) over (
                        partition by key_number order by updated_at, delivery_key, _file, _row
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
        connection.execute(
            sql.SQL(
                "update {name} as checked_row set {judgement} from judged"
                " where checked_row.ctid = judged.row_id"
            ).format(**parts, judgement=assignments(JUDGEMENT, "judged"))
        )
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
                        "case when judged.row_id is null then checked_row.{0} else judged.{0} end"
                        " as {0}"
                        if column in JUDGEMENT
                        else "checked_row.{0}"
                    ).format(sql.Identifier(column))
                    for column in columns
                ),
            )
        )
    connection.execute("drop table judged")


def _content_hash(connection: Connection, columns: list[str]) -> sql.Composable:
    """64 bits that tell rows of one key apart; PostgreSQL 13 cannot hash a row but as a text."""
    row = sql.SQL("row({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    if connection.info.server_version < 140_000:
        return sql.SQL("hashtextextended(cast({} as text), 0)").format(row)
    return sql.SQL("hash_record_extended({}, 0)").format(row)


def set_aside(connection: Connection, table: str, run_id: int) -> None:
    """Keeps rejected and waiting rows whole in quality.rejected_rows.

    A row that is kept there already, word for word, is a duplicate (one that waits: if it speaks
    for the same moment too, for a later repetition may be the state that counts in the end). A
    row that waited before and was tried again has its entry brought up to date.
    """
    found = connection.execute(
        sql.SQL("select exists (select from {} where outcome in ('rejected', 'waiting'))").format(
            sql.Identifier("checked", table)
        )
    ).fetchone()
    if found and found[0]:
        _keep_rows(connection, table, run_id)


def _keep_rows(connection: Connection, table: str, run_id: int) -> None:
    connection.execute(
        sql.SQL("""
            create temp table aside on commit drop as
            select checked_row.ctid as row_id, checked_row._file, checked_row._row, outcome,
                coalesce(rejected_by, '{{}}') || coalesce(waits_for, '{{}}') as broken_rules,
                files.is_new,
                case when outcome = 'waiting' then checked_row.updated_at end as waits_since,
                jsonb_strip_nulls(to_jsonb(staged) - '_file' - '_row') as row_data
            from {checked} as checked_row
            inner join {staging} as staged
                on checked_row._file = staged._file and checked_row._row = staged._row
            inner join staging.files on checked_row._file = files.file_id
            where outcome in ('rejected', 'waiting')
        """).format(
            checked=sql.Identifier("checked", table), staging=sql.Identifier("staging", table)
        )
    )
    connection.execute(
        """
        update quality.rejected_rows as entry
        set status = aside.outcome, broken_rules = aside.broken_rules
        from aside
        where not aside.is_new and entry.table_name = %(table)s
            and entry.file_id = aside._file and entry.row_number = aside._row
            and entry.status = 'waiting'
        """,
        {"table": table},
    )
    connection.execute(
        """
        insert into quality.rejected_rows
            (table_name, file_id, row_number, status, broken_rules, row_data, row_hash,
            first_run_id)
        select %(table)s, _file, _row, outcome, broken_rules, row_data,
            md5(concat(row_data, waits_since)), %(run_id)s
        from aside
        where is_new
        order by _file, _row
        on conflict (table_name, row_hash) where status in ('rejected', 'waiting') do nothing
        """,
        {"table": table, "run_id": run_id},
    )
    connection.execute(
        sql.SQL("""
            update {checked} as checked_row
            set outcome = 'duplicate'
            from aside
            where aside.is_new and checked_row.ctid = aside.row_id
                and not exists (
                    select from quality.rejected_rows as entry
                    where entry.file_id = aside._file and entry.row_number = aside._row
                        and entry.table_name = %(table)s
                )
        """).format(checked=sql.Identifier("checked", table)),
        {"table": table},
    )
    connection.execute("drop table aside")


def stage_waiting_rows(connection: Connection) -> int:
    """Puts the rows that wait for their parents back into staging, to be tried again."""
    connection.execute(
        "insert into staging.files"
        " select distinct files.file_id, files.delivery_key, deliveries.delivery_date, false"
        " from quality.rejected_rows as entry"
        " inner join ops.files on entry.file_id = files.file_id"
        " inner join ops.deliveries on files.delivery_key = deliveries.delivery_key"
        " where entry.status = 'waiting'"
    )
    count = 0
    for table in contract():
        count += connection.execute(
            sql.SQL(
                "insert into {staging} select populated.* from quality.rejected_rows as entry"
                " cross join lateral jsonb_populate_record(cast(null as {staging}),"
                "  entry.row_data || jsonb_build_object("
                "   '_file', entry.file_id, '_row', entry.row_number)) as populated"
                " where entry.status = 'waiting' and entry.table_name = {table}"
            ).format(staging=sql.Identifier("staging", table), table=sql.Literal(table))
        ).rowcount
    return count


def record_outcomes(connection: Connection, run_id: int, batch_number: int) -> None:
    """Writes what became of every row: per delivery and table, and per rule."""
    for table in contract():
        counts = _count_outcomes(connection, table)
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.delivery_tables values (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (key, table, sum(one.values()), *(one[outcome] for outcome in OUTCOMES))
                    for (key, is_new), one in counts.items()
                    if is_new
                ],
            )
            # a row tried again moves within its own delivery's account
            cursor.executemany(
                "update ops.delivery_tables set accepted_count = accepted_count + %s,"
                " duplicate_count = duplicate_count + %s, rejected_count = rejected_count + %s,"
                " waiting_count = waiting_count - %s where delivery_key = %s and table_name = %s",
                [
                    (*(moved := [one[o] for o in OUTCOMES[:3]]), sum(moved), key, table)
                    for (key, is_new), one in counts.items()
                    if not is_new
                ],
            )
        if any(not is_new for _, is_new in counts):
            _publish_waiting_rows(connection, table, run_id)
        _count_broken_rules(connection, table, run_id, batch_number)


def _count_outcomes(connection: Connection, table: str) -> dict[tuple[int, bool], dict[str, int]]:
    """How many rows of a delivery, new or tried again, had which outcome."""
    counts: dict[tuple[int, bool], dict[str, int]] = {}
    for key, is_new, outcome, count in connection.execute(
        sql.SQL("""
            with counted as (
                select _file, outcome, count(*) as row_count from {} group by _file, outcome
            )
            select delivery_key, is_new, outcome, cast(sum(row_count) as bigint)
            from counted
            inner join staging.files on counted._file = files.file_id
            group by delivery_key, is_new, outcome
        """).format(sql.Identifier("checked", table))
    ):
        counts.setdefault((key, is_new), dict.fromkeys(OUTCOMES, 0))[outcome] = count
    return counts


def _publish_waiting_rows(connection: Connection, table: str, run_id: int) -> None:
    connection.execute(
        sql.SQL("""
            update quality.rejected_rows as entry
            set status = 'published', published_run_id = {run_id}
            from {checked} as checked_row
            where entry.table_name = {table} and entry.status = 'waiting'
                and entry.file_id = checked_row._file and entry.row_number = checked_row._row
                and outcome in ('accepted', 'duplicate')
                and checked_row._file in (select file_id from staging.files where not is_new)
        """).format(
            checked=sql.Identifier("checked", table),
            table=sql.Literal(table),
            run_id=sql.Literal(run_id),
        )
    )


def _count_broken_rules(connection: Connection, table: str, run_id: int, batch_number: int) -> None:
    broken = connection.execute(
        sql.SQL("""
            select rule_name, count(*)
            from {checked} as checked_row
            cross join lateral unnest(
                coalesce(rejected_by, '{{}}') || coalesce(waits_for, '{{}}')
                || coalesce(warned_by, '{{}}')
            ) as rule_name
            where rejected_by is not null or waits_for is not null or warned_by is not null
            group by rule_name
        """).format(checked=sql.Identifier("checked", table))
    ).fetchall()
    known = {rule.name: rule for rule in (*rules(table), CONFLICT)}
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.rule_results values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (run_id, batch_number, table, name, known[name].dimension, known[name].severity, n)
                for name, n in broken
            ],
        )
