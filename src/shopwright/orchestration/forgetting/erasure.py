"""Erasing a person from the database: every schema, within the caller's transaction."""

from psycopg import Connection, sql

from shopwright.orchestration.forgetting.malformed_lines import erase_from_lines
from shopwright.orchestration.forgetting.pseudonyms import (
    CUSTOMER_ID,
    anonymise_staged_rows,
    kept_columns,
    tables_of_customers,
)
from shopwright.orchestration.forgetting.traces import Traces
from shopwright.processing import writing
from shopwright.processing.transforms import transforms
from shopwright.processing.writing import Target
from shopwright.storage.tables import metadata

_PERSONAL = "first_name, last_name, email, phone, birth_date, address"
_NAMELESS = ", ".join(
    f"cast(null as {'date' if name == 'birth_date' else 'text'}) as {name}"
    for name in _PERSONAL.split(", ")
)


def erase(connection: Connection, traces: Traces, pseudonym: str) -> dict[str, int]:
    """Puts the pseudonym in place of the person. Gives the rows that were changed, by table.

    Sales, and the versions that facts point at, stay as they are but for the number. Segment, age
    group, gender, city, state, country and the day of registration stay: they name nobody alone.
    """
    changed = _erase_from_production(connection, traces.customer_id, pseudonym)
    for table in metadata.tables.values():
        if table.schema == "warehouse" and CUSTOMER_ID in table.columns:
            changed[table.fullname] = connection.execute(
                sql.SQL("update {} set customer_id = %s where customer_id = %s").format(
                    sql.Identifier("warehouse", table.name)
                ),
                [pseudonym, traces.customer_id],
            ).rowcount
    changed["staging"] = anonymise_staged_rows(connection)
    changed["staging"] += _erase_words_from_staging(connection, traces.single_words)
    for name in ("rejected_rows", "warning_samples"):
        changed[f"quality.{name}"] = _erase_from_kept_rows(connection, name, traces, pseudonym)
    changed["quality.malformed_lines"] = erase_from_lines(connection, traces)
    changed["ops.runs"] = _erase_from_errors(connection, traces)
    return {table: rows for table, rows in changed.items() if rows}


def _erase_from_production(
    connection: Connection, customer_id: str, pseudonym: str
) -> dict[str, int]:
    parts = {"id": customer_id, "pseudonym": pseudonym}
    connection.execute(
        """
        create temp table places_left on commit drop as
        select location_id from production.customers where customer_id = %(id)s
        union select location_id from production.customer_history where customer_id = %(id)s
        """,
        parts,
    )
    # what the person's rows would have been had they come without what is personal
    connection.execute(
        f"""
        create temp table nameless_states on commit drop as
        select %(pseudonym)s as customer_id, updated_at, {_NAMELESS},
            registration_date, age_group, gender, segment,
            coalesce(country, '') as country, coalesce(state, '') as state,
            coalesce(city, '') as city, '' as postal_code, delivery_key,
            cast(null as text[]) as rejected_by, cast(null as text[]) as waits_for,
            true as is_latest
        from production.customer_history
        left join production.locations using (location_id)
        where customer_id = %(id)s
        """,
        parts,
    )
    connection.execute(
        "insert into production.locations (country, state, city, postal_code)"
        " select distinct country, state, city, postal_code from nameless_states"
        " where concat(country, state, city) <> '' on conflict do nothing"
    )
    by_name = {transform.table: transform for transform in transforms("production")}
    history = by_name["customer_history"]
    changed = {
        "production.customer_history": connection.execute(
            "delete from production.customer_history where customer_id = %(id)s", parts
        ).rowcount
    }
    instead = {"checked.customers": "nameless_states"}
    writing.append(connection, Target.of(history), history.narrowed(instead))
    connection.execute(
        "delete from nameless_states where ctid <> (select ctid from nameless_states"
        " order by updated_at desc, delivery_key desc limit 1)"
    )
    customers = by_name["customers"]
    writing.append(connection, Target.of(customers), customers.narrowed(instead))
    changed["production.transactions"] = connection.execute(
        "update production.transactions set customer_id = %(pseudonym)s where customer_id = %(id)s",
        parts,
    ).rowcount
    changed["production.customers"] = connection.execute(
        "delete from production.customers where customer_id = %(id)s", parts
    ).rowcount
    changed["production.locations"] = connection.execute(
        """
        delete from production.locations as place using places_left
        where place.location_id = places_left.location_id
            and not exists (select from production.customers as one
                where one.location_id = place.location_id)
            and not exists (select from production.customer_history as one
                where one.location_id = place.location_id)
            and not exists (select from production.transactions as one
                where one.shipping_location_id = place.location_id)
        """
    ).rowcount
    return changed


def _erase_words_from_staging(connection: Connection, words: list[str]) -> int:
    """Fields that hold the person's e-mail or the like in rows without their number."""
    changed = 0
    for table, column in connection.execute(
        "select relname, attname from pg_attribute inner join pg_class on attrelid = pg_class.oid"
        " where relnamespace = to_regnamespace('staging') and relname = any(%s)"
        " and atttypid = 'text'::regtype and not attisdropped",
        [tables_of_customers()],
    ).fetchall():
        changed += connection.execute(
            sql.SQL(
                "update staging.{table} set {column} = null where exists ("
                "select from unnest(%s::text[]) as word where strpos(lower({column}), word) > 0)"
            ).format(table=sql.Identifier(table), column=sql.Identifier(column)),
            [[word.lower() for word in words]],
        ).rowcount
    return changed


def _erase_from_kept_rows(connection: Connection, name: str, traces: Traces, pseudonym: str) -> int:
    """Rows that are kept whole: the person's own, and others that hold their e-mail or the like."""
    changed = 0
    hash_too = key_too = ""
    if name == "rejected_rows":
        hash_too = ", row_hash = md5(concat({data}, rejected_row_id))"
        key_too = (
            ", row_key = case when table_name = 'customers' then %(pseudonym)s else row_key end"
        )
    for table in tables_of_customers():
        data = """(
            select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(row_data)
            where key = any(%(kept)s)
        ) || jsonb_build_object('customer_id', %(pseudonym)s::text)"""
        changed += connection.execute(
            f"update quality.{name} set row_data = {data}{hash_too.replace('{data}', data)}"
            f"{key_too} where table_name = %(table)s and trim(row_data ->> 'customer_id') = %(id)s",
            {
                "kept": kept_columns(table),
                "pseudonym": pseudonym,
                "table": table,
                "id": traces.customer_id,
            },
        ).rowcount
        holds = "exists (select from unnest(%(words)s::text[]) as word where strpos({}, word) > 0)"
        data = f"""(
            select coalesce(jsonb_object_agg(key, value), '{{}}')
            from jsonb_each_text(row_data)
            where not {holds.format("lower(value)")}
        )"""
        changed += connection.execute(
            f"update quality.{name} set row_data = {data}{hash_too.replace('{data}', data)}"
            f" where table_name = %(table)s and {holds.format('lower(row_data::text)')}",
            {"table": table, "words": [word.lower() for word in traces.single_words]},
        ).rowcount
    return changed


def _erase_from_errors(connection: Connection, traces: Traces) -> int:
    return sum(
        connection.execute(
            "update ops.runs set error = 'It named a person who was forgotten since.'"
            " where not exists (select from unnest(%s::text[]) as word"
            " where strpos(lower(error), word) = 0) and error is not null",
            [[word.lower() for word in trace.words]],
        ).rowcount
        for trace in traces.found
    )
