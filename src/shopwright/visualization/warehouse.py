"""What the dashboard asks: the warehouse, as the role that sees no personal data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from shopwright.config import ShopwrightError
from shopwright.serving.analyses import Analysis
from shopwright.serving.semantic import Filters, Result, answer
from shopwright.storage.database import Database
from shopwright.storage.embedded import APPLICATION_NAME
from shopwright.storage.roles import READER

_STATEMENT_SECONDS = 30
_MOST_CONNECTIONS = 4
_WAIT_SECONDS = 60
_TABLE = re.compile(r"\b(?:from|join) (?:warehouse|quality|ops)\.(\w+)")


class ReaderRefused(ShopwrightError):
    """The database does not let the dashboard read as the role without personal data."""


class NothingPublished(ShopwrightError):
    """There is no warehouse yet to show."""


@dataclass(frozen=True)
class Extent:
    """The days that the warehouse holds, and when it was published last."""

    first: date
    last: date
    published_at: datetime


class Asked(Protocol):
    """Whatever can answer for the warehouse."""

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
    ) -> Result: ...  # fmt: skip

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result: ...


class Warehouse:
    """The published warehouse behind a few connections of the reader. `with` closes them."""

    def __init__(self, database: Database) -> None:
        """Connects. Raises ReaderRefused, or NothingPublished before the first run."""
        self._pool = _pool(database)
        try:
            self._pool.open()
            self.extent()
        except PoolTimeout:
            self.close()
            raise ReaderRefused(
                f"Nobody can connect as {READER}, the role that sees no personal data.",
                f"An administrator can change that: create role {READER} login; grant {READER} "
                "to the user in the database's URL. Before the first `shopwright run` there is "
                "nothing to show.",
            ) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    @contextmanager
    def _reading(self) -> Iterator[psycopg.Connection]:
        with self._pool.connection() as connection:
            yield connection

    def stamp(self) -> tuple[Any, ...]:
        """What changes with every publication, and with every run that ends."""
        with self._reading() as connection:
            found = connection.execute(
                "select (select max(run_id) from ops.runs where finished_at is not null),"
                " (select max(published_at) from ops.deliveries),"
                " (select count(*) from ops.deliveries)"
            ).fetchone()
        assert found is not None
        return found

    def extent(self) -> Extent:
        """The days with a sale or return. Raises NothingPublished."""
        with self._reading() as connection:
            try:
                found = connection.execute(
                    "select min(business_date), max(business_date),"
                    " (select max(finished_at) from ops.runs where outcome = 'published')"
                    " from warehouse.agg_daily_sales"
                ).fetchone()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                found = None
        if found is None or found[0] is None:
            raise NothingPublished(
                "Nothing was sold in this warehouse yet.", "Publish it with `shopwright run`."
            )
        return Extent(*found)

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
    ) -> Result:  # fmt: skip
        """The figures of metrics by dimensions."""
        with self._reading() as connection:
            return answer(
                connection, metrics, by, where, order=order, limit=limit, continuous=continuous
            )

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        """The rows of a named SELECT."""
        statement, values = analysis.bound(given)
        with self._reading() as connection:
            cursor = psycopg.RawCursor(connection)
            rows = cursor.execute(statement, values or None).fetchall()
            assert cursor.description is not None
            names = tuple(one.name for one in cursor.description)
        return Result(names, rows, tuple(dict.fromkeys(_TABLE.findall(analysis.select))))


def _pool(database: Database) -> ConnectionPool:
    """Connections that can read as the reader and do nothing else.

    The embedded server lets the reader in by itself; on another one the role is taken on after
    the connection was made, and without that there is no connection.
    """
    given: dict[str, Any] = conninfo_to_dict(database.url)
    options = [
        str(given.get("options") or ""),
        f"-c TimeZone={database.timezone}",
        "-c default_transaction_read_only=on",
        f"-c statement_timeout={_STATEMENT_SECONDS}s",
        "-c default_transaction_isolation=repeatable\\ read",
    ]
    given |= {"options": " ".join(options).strip(), "application_name": APPLICATION_NAME}
    if database.server is not None:
        given["user"] = READER
    return ConnectionPool(
        make_conninfo(**given), min_size=1, max_size=_MOST_CONNECTIONS, open=False,
        configure=_become_reader, timeout=_WAIT_SECONDS, kwargs={"prepare_threshold": None},
    )  # fmt: skip


def _become_reader(connection: psycopg.Connection) -> None:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(READER)))
    connection.commit()
