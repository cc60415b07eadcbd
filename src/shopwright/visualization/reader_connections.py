"""A few connections to the warehouse that can read as the reader, and do nothing else."""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from shopwright.config.errors import ShopwrightError
from shopwright.storage.database import Database
from shopwright.storage.embedded import APPLICATION_NAME
from shopwright.storage.roles import READER

STATEMENT_SECONDS = 30
_MOST_CONNECTIONS = 4
_WAIT_SECONDS = 60


class ReaderRefused(ShopwrightError):
    """The database does not let the dashboard read as the role without personal data."""


def reader_connections(database: Database) -> ConnectionPool:
    """An open pool. Raises ReaderRefused.

    The embedded server lets the reader in by itself. On another one the role is taken on after
    the connection was made; a user who may not take it on is not let through as who he is.
    """
    given: dict[str, Any] = conninfo_to_dict(database.url)
    if database.server is not None:
        given["user"] = READER
    options = [
        str(given.get("options") or ""),
        f"-c TimeZone={database.timezone}",
        f"-c statement_timeout={STATEMENT_SECONDS}s",
        "-c default_transaction_read_only=on",
        "-c default_transaction_isolation=repeatable\\ read",
    ]
    given |= {"options": " ".join(options).strip(), "application_name": APPLICATION_NAME}
    conninfo = make_conninfo(**given)
    _try(conninfo)
    return ConnectionPool(
        conninfo, min_size=1, max_size=_MOST_CONNECTIONS, configure=_become_reader,
        timeout=_WAIT_SECONDS, open=True, kwargs={"prepare_threshold": None},
    )  # fmt: skip


def _try(conninfo: str) -> None:
    """Sees that it works before a pool tries again and again."""
    try:
        with psycopg.connect(conninfo) as connection:
            _become_reader(connection)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
        raise ReaderRefused(
            f"The database's user may not read as {READER}, the role that sees no personal data.",
            f"An administrator can change that: create role {READER}; grant {READER} to the user "
            "in the database's URL.",
        ) from None
    except psycopg.OperationalError as error:
        if READER not in str(error):
            raise
        raise ReaderRefused(
            f"There is no role {READER} yet: nothing was published.",
            "Publish the warehouse with `shopwright run`.",
        ) from None


def _become_reader(connection: psycopg.Connection) -> None:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(READER)))
    connection.commit()
