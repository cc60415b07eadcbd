"""Rows that say what earlier runs have published already, so that a row's outcome does not hang
on how deliveries are batched.

A state is what production keeps of a row. The current one of a key stands in production; those it
has overtaken are remembered in `ops.overtaken_states`, as hashes. `checking.py` compares the rows
of a batch with each other.
"""

import re

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.processing.checking import content_hash
from shopwright.processing.temporary import make_temporary
from shopwright.processing.transforms import Transform
from shopwright.processing.writing import Target, append_in_parallel
from shopwright.storage.tables import metadata

_LATEST = re.compile(r"where (\w+)\.is_latest$")
"""How the SELECT of a delivered table ends: production takes a key's latest row alone."""


def mark(connection: Connection, transform: Transform) -> bool:
    """Marks the rows of a batch that repeat a published state as duplicates.

    Where a moment is given, a row repeats a state that said the same of that moment; else it
    repeats the state before it. Call it before the states are written. Gives whether any key has
    more than one state: then call `remember` after.
    """
    table = transform.table
    key = sql.Identifier(contract()[table].key)
    if not _find_delivered(connection, transform):
        return False
    _find_known(connection, transform)
    connection.execute(
        sql.SQL("""
            with states as (
                select key, updated_at, delivery_key, state_hash, has_moment, false as is_known
                from delivered_states
                where key in (select key from known_states)
                union all
                select key, updated_at, delivery_key, state_hash, false, true
                from known_states
            ),
            compared as (
                select states.*,
                    bool_or(is_known) over (partition by key, updated_at, state_hash) as was_known,
                    lag(state_hash) over (
                        partition by key order by updated_at, delivery_key, is_known desc
                    ) as hash_before
                from states
            )
            update {checked} as checked_row set outcome = 'duplicate'
            from compared
            where not is_known and outcome = 'accepted' and checked_row.{key} = compared.key
                and checked_row.updated_at = compared.updated_at
                and checked_row.delivery_key = compared.delivery_key
                and case
                    when compared.has_moment then was_known else hash_before = state_hash
                end
        """).format(checked=sql.Identifier("checked", table), key=key)
    )
    return True


def remember(connection: Connection, transform: Transform) -> None:
    """Keeps the states, known or delivered now, that are not the current ones of their keys.

    A state that lasts, as a later row without a moment says, is kept by production alone.
    """
    connection.execute(
        sql.SQL("""
            with states as (
                select key, updated_at, delivery_key, state_hash, true as has_moment
                from known_states
                where is_current
                union all
                select key, updated_at, delivery_key, state_hash, has_moment
                from delivered_states
            ),
            compared as (
                select states.*,
                    states.updated_at = existing.updated_at
                    and states.delivery_key = existing.delivery_key as is_current
                from states
                inner join {production} as existing on states.key = existing.{key}
            )
            insert into ops.overtaken_states
            select distinct on (key, updated_at, state_hash)
                {table}, hashtextextended(key, 0), updated_at, state_hash, delivery_key
            from compared
            where not exists (
                select from compared as current_state
                where current_state.is_current and current_state.key = compared.key
                    and current_state.state_hash = compared.state_hash
                    and (
                        current_state.updated_at = compared.updated_at
                        or not current_state.has_moment
                    )
            )
            on conflict do nothing
        """).format(
            production=sql.Identifier("production", transform.table),
            key=sql.Identifier(contract()[transform.table].key),
            table=sql.Literal(transform.table),
        )
    )
    connection.execute("drop table known_states, delivered_states")


def remember_first(connection: Connection, transform: Transform) -> None:
    """The same after a first load: what was accepted and is not the latest of its key."""
    overtaken = (
        f"(select * from checked.{transform.table} where outcome = 'accepted' and not is_latest)"
    )
    select = sql.SQL(
        "select distinct on (key_hash, updated_at, state_hash) *"
        " from (select {table} as table_name,"
        "  hashtextextended(states.{key}, 0) as key_hash,"
        "  states.updated_at, {state_hash} as state_hash, states.delivery_key"
        "  from ({select}) as states) as overtaken"
    ).format(
        table=sql.Literal(transform.table),
        key=sql.Identifier(contract()[transform.table].key),
        state_hash=_state_hash(connection, Target.of(transform), "states"),
        select=sql.SQL(_all_rows(transform, overtaken)),
    )
    target = Target(metadata.tables["ops.overtaken_states"])
    append_in_parallel(connection, target, select.as_string(connection))
    connection.execute("analyze ops.overtaken_states")


def _all_rows(transform: Transform, relation: str) -> str:
    """The SELECT of a delivered table over other rows than the latest of each key."""
    return _LATEST.sub("", transform.narrowed({f"checked.{transform.table}": relation}))


def _find_delivered(connection: Connection, transform: Transform) -> int:
    """Fills `delivered_states` with what production would keep of the rows whose key is known, or
    comes more than once, if there are any. Gives the number of states."""
    target = Target.of(transform)
    parts = {
        "checked": sql.Identifier("checked", transform.table),
        "production": target.name,
        "key": sql.Identifier(contract()[transform.table].key),
        "state_hash": _state_hash(connection, target, "states"),
    }
    found = connection.execute(
        sql.SQL(
            "create temp table delivered_rows on commit drop as select * from {checked}"
            " as checked_row where rejected_by is null and waits_for is null and (not is_latest"
            "  or exists (select from {production} as known where known.{key} = checked_row.{key}))"
        ).format(**parts)
    ).rowcount
    if not found:
        connection.execute("drop table delivered_rows")
        return 0
    all_rows = _all_rows(transform, "delivered_rows")
    rows = make_temporary(
        connection,
        "delivered_states",
        sql.SQL(
            "select distinct states.{key} as key, states.updated_at, states.delivery_key,"
            "  {state_hash} as state_hash, delivered_rows.has_moment"
            " from ({select}) as states"
            " inner join delivered_rows using ({key}, updated_at, delivery_key)"
        ).format(**parts, select=sql.SQL(all_rows)),
    )
    connection.execute("drop table delivered_rows")
    return rows


def _find_known(connection: Connection, transform: Transform) -> None:
    """Fills `known_states` with states that earlier runs have accepted of the same keys: the
    current ones, and of those overtaken the ones that a delivered state can repeat: of the same
    moment, or the last before, where it is no later than the current one. All of them would be a
    delivery's products times their history.
    """
    make_temporary(
        connection,
        "known_states",
        sql.SQL("""
            with currents as materialized (
                select key, existing.updated_at, existing.delivery_key, {state_hash} as state_hash
                from (select distinct key from delivered_states) as keys
                inner join {production} as existing on key = existing.{key}
            ),
            moments as materialized (
                select distinct key, hashtextextended(key, 0) as key_hash,
                    delivered_states.updated_at
                from delivered_states
                inner join currents using (key)
                where delivered_states.updated_at <= currents.updated_at
            )
            select key, updated_at, delivery_key, state_hash, true as is_current from currents
            union
            select key, overtaken.updated_at, overtaken.delivery_key, overtaken.state_hash, false
            from moments
            inner join ops.overtaken_states as overtaken
                on overtaken.table_name = {table} and overtaken.key_hash = moments.key_hash
                and overtaken.updated_at = moments.updated_at
            union
            select key, overtaken.updated_at, overtaken.delivery_key, overtaken.state_hash, false
            from moments
            cross join lateral (
                select * from ops.overtaken_states as earlier
                where earlier.table_name = {table} and earlier.key_hash = moments.key_hash
                    and earlier.updated_at < moments.updated_at
                order by earlier.updated_at desc, earlier.delivery_key desc
                limit 1
            ) as overtaken
        """).format(
            production=sql.Identifier("production", transform.table),
            key=sql.Identifier(contract()[transform.table].key),
            table=sql.Literal(transform.table),
            state_hash=_state_hash(connection, Target.of(transform), "existing"),
        ),
    )


def _state_hash(connection: Connection, target: Target, alias: str) -> sql.Composable:
    return content_hash(connection, [*target.key, *target.content], alias)
