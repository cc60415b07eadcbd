"""A type 2 dimension: whose versions may differ, and how they are brought up to date."""

from psycopg import Connection, sql

from shopwright.processing.temporary import make_temporary
from shopwright.processing.writing import (
    Target,
    append,
    assignments,
    differing,
    matching,
    names,
)


def find_changed_histories(connection: Connection, entity: str) -> None:
    """Fills three tables for a dimension with versions: <entity>s_with_changes, the business keys
    whose versions may differ; changed_<entity>_histories, their states; old_dim_<entity>, their
    versions as they were.

    A state that says what the state before it said changes no version: a shop that delivers all
    its products every day costs only what has changed.
    """
    key = f"{entity}_id"
    make_temporary(
        connection,
        f"{entity}s_with_changes",
        f"""
        select distinct written.{key}
        from compared_{entity}_history as written
        left join lateral (
            select history.state_hash
            from production.{entity}_history as history
            where history.{key} = written.{key} and history.updated_at < written.updated_at
            order by history.updated_at desc, history.delivery_key desc, history.state_hash
            limit 1
        ) as before on true
        where written.is_written
            and (
                before.state_hash is distinct from written.state_hash
                or exists (
                    select from production.{entity}_history as rival
                    where rival.{key} = written.{key} and rival.updated_at = written.updated_at
                        and rival.state_hash <> written.state_hash
                )
            )
        """,
    )
    make_temporary(
        connection,
        f"changed_{entity}_histories",
        f"select history.* from production.{entity}_history as history"
        f" where history.{key} in (select {key} from {entity}s_with_changes)",
    )
    make_temporary(
        connection,
        f"old_dim_{entity}",
        f"select versions.* from warehouse.dim_{entity} as versions"
        f" where versions.{key} in (select {key} from {entity}s_with_changes)",
    )


def write_versions(
    connection: Connection,
    target: Target,
    business_key: str,
    select: str,
    scope: sql.Composable,
) -> int:
    """A type 2 dimension's versions of the business keys in `scope` (a condition on `existing`).

    Existing versions are matched by business key and `valid_from` and keep their surrogate key.
    Those that are no more are deleted, though facts still point at them: the caller has deferred
    the foreign keys and re-derives the facts. Leaves the temporary table `changed_<table>`:
    business key and interval of every version that is new, says something else or is no more.
    Gives the number of rows written.
    """
    _create_incoming(connection, target, select)
    table = target.table.name
    surrogate = f"{table.removeprefix('dim_')}_key"
    attributes = [c for c in target.content if c not in ("valid_to", "is_current")]
    parts = {
        "target": target.name,
        "surrogate": sql.Identifier(surrogate),
        "business_key": sql.Identifier(business_key),
        "match": matching(target.key, "existing", "incoming"),
        "scope": scope,
        "vanished": sql.Identifier(f"vanished_{table}"),
        "changed": sql.Identifier(f"changed_{table}"),
        "differs": differing(attributes, "existing", "incoming"),
    }
    connection.execute(
        sql.SQL(
            "create temp table {vanished} on commit drop as select {surrogate}, {business_key},"
            " valid_from, valid_to from {target} as existing where {scope} and {surrogate} <> 0"
            " and not exists (select from incoming where {match})"
        ).format(**parts)
    )
    connection.execute(
        sql.SQL(
            "create temp table {changed} on commit drop as"
            " select incoming.{business_key}, incoming.valid_from, incoming.valid_to"
            " from incoming left join {target} as existing on {match}"
            " where existing is null or {differs}"
            " union all select {business_key}, valid_from, valid_to from {vanished}"
        ).format(**parts)
    )
    deleted = connection.execute(
        sql.SQL(
            "delete from {target} where {surrogate} in (select {surrogate} from {vanished})"
        ).format(**parts)
    ).rowcount
    # a version may become current only after the one that was it no longer is
    connection.execute(
        sql.SQL(
            "update {target} as existing set is_current = false from incoming"
            " where {match} and existing.is_current and not incoming.is_current"
        ).format(**parts)
    )
    updated = connection.execute(
        sql.SQL(
            "update {target} as existing set {assignments} from incoming where {match} and {any}"
        ).format(
            **parts,
            assignments=assignments(target.content, "incoming"),
            any=differing(target.content, "existing", "incoming"),
        )
    ).rowcount
    return deleted + updated + append(connection, target, "select * from incoming")


def _create_incoming(connection: Connection, target: Target, select: str) -> None:
    """The SELECT's rows as the temporary table `incoming`, to be compared with what exists."""
    connection.execute("drop table if exists incoming")
    make_temporary(
        connection,
        "incoming",
        sql.SQL("select {} from ({}) as rows").format(names(target.columns), sql.SQL(select)),
        target.key,
    )
