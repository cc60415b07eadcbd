"""What became of every row: rejected and waiting ones kept whole, and accounts of all."""

from collections.abc import Collection

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import Rule

SAMPLES = 5
OUTCOMES = ("accepted", "duplicate", "rejected", "waiting")


def set_aside(connection: Connection, table: str, run_id: int) -> None:
    """Keeps rejected and waiting rows whole in quality.rejected_rows.

    A row that is kept there already, word for word, is a duplicate (one that waits: if it speaks
    for the same moment too, for a later repetition may be the state that counts in the end). A
    row that waited before and was tried again has its entry brought up to date.
    """
    connection.execute(
        sql.SQL("""
            create temp table aside on commit drop as
            select checked_row.ctid as row_id, checked_row._file, checked_row._row, outcome,
                coalesce(rejected_by, '{{}}') || coalesce(waits_for, '{{}}') as broken_rules,
                files.is_new,
                case when outcome = 'waiting' then checked_row.updated_at end as waits_since,
                checked_row.{key} as row_key,
                jsonb_strip_nulls(to_jsonb(staged) - '_place') as row_data
            from {checked} as checked_row
            inner join staging.files on checked_row._file = files.file_id
            inner join {staging} as staged
                on files.first_place - files.first_row + checked_row._row = staged._place
            where outcome in ('rejected', 'waiting')
        """).format(
            checked=sql.Identifier("checked", table),
            staging=sql.Identifier("staging", table),
            key=sql.Identifier(contract()[table].key),
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
            (table_name, file_id, row_number, status, row_key, broken_rules, row_data, row_hash,
            first_run_id)
        select %(table)s, _file, _row, outcome, row_key, broken_rules, row_data,
            md5(concat(row_data, waits_since)), %(run_id)s
        from aside
        where is_new
        order by _file, _row
        on conflict (table_name, row_hash) where status <> 'published' do nothing
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
        # below the places of all that was copied
        """
        insert into staging.files
        select files.file_id, files.delivery_key, delivery_date, false, files.table_name,
            - sum(max(row_number) + 1) over (order by files.file_id desc), 0
        from quality.rejected_rows as entry
        inner join ops.files using (file_id)
        inner join ops.deliveries using (delivery_key)
        where status = 'waiting'
        group by files.file_id, delivery_date
        """
    )
    count = 0
    for table in contract():
        count += connection.execute(
            sql.SQL(
                "insert into {staging} select populated.* from quality.rejected_rows as entry"
                " inner join staging.files using (file_id)"
                " cross join lateral jsonb_populate_record(cast(null as {staging}),"
                "  entry.row_data || jsonb_build_object('_place', first_place + row_number)"
                " ) as populated"
                " where entry.status = 'waiting' and entry.table_name = {table}"
            ).format(staging=sql.Identifier("staging", table), table=sql.Literal(table))
        ).rowcount
    return count


def record_outcomes(
    connection: Connection,
    run_id: int,
    batch_number: int,
    rulebook: Rulebook,
    breaking_rules: Collection[str],
) -> None:
    """Writes what became of every row: per delivery and table, and per rule, of the tables
    `breaking_rules`."""
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
        _resolve(connection, table, run_id)
        if table in breaking_rules:
            _count_broken_rules(connection, table, run_id, batch_number, rulebook.known(table))
    _count_malformed_lines(connection)


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


def _count_malformed_lines(connection: Connection) -> None:
    connection.execute(
        "insert into ops.delivery_tables"
        " select delivery_key, table_name, sum(malformed_count), 0, 0, 0, 0, sum(malformed_count)"
        " from ops.files"
        " inner join staging.files as staged using (file_id, delivery_key, table_name)"
        " where malformed_count > 0 and is_new group by delivery_key, table_name"
        " on conflict (delivery_key, table_name) do update"
        " set row_count = delivery_tables.row_count + excluded.malformed_count,"
        " malformed_count = excluded.malformed_count"
    )


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


def _resolve(connection: Connection, table: str, run_id: int) -> None:
    """A rejected row is resolved once production holds a state of its key from a later delivery.

    All that are open are looked up by production's key: few enough beside a delivery, and whatever
    the planner believes of their number, it finds no slow way.
    """
    connection.execute(
        sql.SQL("""
            update quality.rejected_rows as entry
            set status = 'resolved', resolved_run_id = {run_id}
            from ops.files, {production} as published
            where entry.table_name = {table} and entry.status = 'rejected'
                and entry.file_id = files.file_id and entry.row_key = published.{key}
                and published.delivery_key > files.delivery_key
        """).format(
            run_id=sql.Literal(run_id),
            table=sql.Literal(table),
            key=sql.Identifier(contract()[table].key),
            production=sql.Identifier("production", table),
        )
    )


def _count_broken_rules(
    connection: Connection, table: str, run_id: int, batch_number: int, known: dict[str, Rule]
) -> None:
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
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.rule_results values (%s, %s, %s, %s, %s, %s, %s, null)",
            [
                (run_id, batch_number, table, name, known[name].dimension, known[name].severity, n)
                for name, n in broken
            ],
        )


def keep_warning_samples(connection: Connection, run_id: int, batch_number: int) -> None:
    """Keeps a few rows for each rule that warned, as nothing else tells them from other rows."""
    for table, names in connection.execute(
        "select table_name, array_agg(rule_name) from quality.rule_results"
        " where run_id = %s and batch_number = %s and severity = 'warn' group by table_name",
        [run_id, batch_number],
    ).fetchall():
        connection.execute(
            sql.SQL("""
                insert into quality.warning_samples
                select {run_id}, {batch_number}, {table}, rule_name, chosen._file, chosen._row,
                    jsonb_strip_nulls(to_jsonb(staged) - '_place')
                from unnest(cast({names} as text[])) as rule_name
                cross join lateral (
                    select _file, _row from {checked}
                    where warned_by @> array[rule_name] and outcome = 'accepted'
                    limit {samples}
                ) as chosen
                inner join staging.files on chosen._file = files.file_id
                inner join {staging} as staged
                    on files.first_place - files.first_row + chosen._row = staged._place
            """).format(
                run_id=sql.Literal(run_id),
                batch_number=sql.Literal(batch_number),
                table=sql.Literal(table),
                names=sql.Literal(names),
                samples=sql.Literal(SAMPLES),
                checked=sql.Identifier("checked", table),
                staging=sql.Identifier("staging", table),
            )
        )
