"""A type 2 dimension: the versions of the touched business keys are brought up to date."""

from psycopg import Connection, sql

from shopwright.processing.writing import (
    FEW_ROWS,
    Target,
    append,
    assignments,
    differing,
    matching,
    names,
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
    rows = connection.execute(
        sql.SQL("create temp table incoming on commit drop as select {} from ({}) as rows").format(
            names(target.columns), sql.SQL(select)
        )
    ).rowcount
    if rows >= FEW_ROWS:
        connection.execute(sql.SQL("analyze incoming ({})").format(names(target.key)))
