"""The reader role: dashboards and BI tools see the warehouse and how it fares, no personal data."""

import psycopg
from psycopg import sql

from shopwright.config.errors import ShopwrightError

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


SHORTEST_PASSWORD = 12


class NoReader(ShopwrightError):
    """The reader role does not exist yet, or may not be changed by who asked."""


class PasswordUnusable(ShopwrightError):
    """A password that is too short, or holds what no tool lets one type."""

    exit_code = 2


def set_reader_password(connection: psycopg.Connection, password: str) -> None:
    """Gives the reader a password, in place of any before.

    What is sent to the server, and could be logged there, is SCRAM's proof of it alone. Raises
    PasswordUnusable or NoReader.
    """
    if len(password) < SHORTEST_PASSWORD or not password.isprintable():
        raise PasswordUnusable(
            f"The password is shorter than {SHORTEST_PASSWORD} characters, or holds one that cannot"
            " be typed.",
            "Choose a longer one, or let `shopwright reader-password` make one.",
        )
    if not connection.execute("select from pg_roles where rolname = %s", [READER]).rowcount:
        raise NoReader(
            f"There is no role {READER} yet.", "Publish a warehouse first: `shopwright run`."
        )
    proof = connection.pgconn.encrypt_password(
        password.encode(), READER.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("alter role {} password {}").format(
        sql.Identifier(READER), sql.Literal(proof)
    )
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        raise NoReader(
            f"The owner of this database may not change the role {READER}.",
            "Let the server's administrator set its password.",
        ) from None
