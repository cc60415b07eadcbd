"""The reader role: dashboards and BI tools see the warehouse and how it fares, no personal data."""

import psycopg

READER = "shopwright_reader"
READABLE = {
    "warehouse": "all tables in schema warehouse",
    "quality": "quality.rule_results, quality.claim_results, quality.scores,"
    " quality.open_rejections",
    "ops": "all tables in schema ops",
}

_LACKS_SOMETHING = """
    select exists (
        select from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where relkind in ('r', 'p', 'v')
            and (
                nspname in ('warehouse', 'ops')
                or nspname = 'quality'
                and relname in ('rule_results', 'claim_results', 'scores', 'open_rejections')
            )
            and not (
                has_schema_privilege(%(reader)s, nspname, 'usage')
                and has_table_privilege(%(reader)s, pg_class.oid, 'select')
            )
    )
"""


def grant_reader(connection: psycopg.Connection) -> None:
    """Makes the reader role where it is missing and grants it what it may see.

    A server whose owner may not make roles is left as it is: its administrator makes the role.
    """
    if not make_reader(connection):
        return
    found = connection.execute(_LACKS_SOMETHING, {"reader": READER}).fetchone()
    if found is None or not found[0]:
        return  # before 18, a grant beside a run that alters the same table fails
    for schema, objects in READABLE.items():
        connection.execute(f"grant usage on schema {schema} to {READER}")
        connection.execute(f"grant select on {objects} to {READER}")


def make_reader(connection: psycopg.Connection) -> bool:
    """Makes the reader role where it is missing, and lets the owner act as it, as the dashboard
    does. False where the owner may not."""
    if connection.execute("select from pg_roles where rolname = %s", [READER]).rowcount:
        return True
    try:
        with connection.transaction():
            connection.execute(f"create role {READER} login")
            is_superuser = connection.execute("select current_setting('is_superuser')").fetchone()
            if is_superuser != ("on",):  # who may act as anybody
                connection.execute(f"grant {READER} to current_user")
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.DuplicateObject:
        pass  # another process made it since the look
    return True
