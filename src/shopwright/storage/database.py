"""The database of a workspace: the embedded server's, or the one its URL names."""

import contextlib
import re
from types import TracebackType
from typing import Any, Self

import psycopg
import sqlalchemy
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.storage.disk_space import disk_full
from shopwright.storage.embedded import APPLICATION_NAME, EmbeddedServer
from shopwright.storage.server_settings import DEFAULT_PORT

OLDEST_SERVER = 13
DATABASE_NAME = "shopwright"
"""On the embedded server; another server's URL names its own."""
_LOOKS_FOR_ITS_CLIENT = "client_connection_check_interval=1000"  # milliseconds
"""A killed run must not keep its locks until its statement ends."""


class DatabaseUnreachable(ShopwrightError):
    """No connection could be made to the database that the settings name."""


class NotListening(ShopwrightError):
    """The database is to be reached over the network, where it cannot be or does not say how."""

    exit_code = 2


class DatabaseTooOld(ShopwrightError):
    """The server is older than the oldest PostgreSQL that Shopwright works on."""


class _Connection(psycopg.Connection[Any]):
    """A connection whose block can be interrupted in the midst of a statement.

    A signal may come after psycopg sent the statement and before it waits for the answer. Psycopg
    cancels the statement then, but a rollback would be refused, so the connection is closed.
    """

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind and self.info.transaction_status == TransactionStatus.ACTIVE:
            self.close()
        super().__exit__(kind, error, trace)


class Database:
    """One PostgreSQL database that answered. Leaving the `with` block closes it.

    An error that leaves the block because the database's disk is full becomes a DiskFull.
    `url` is in libpq's form; `server_version` is PostgreSQL's number, such as 180004 for 18.4;
    `server` is the embedded server, or None. Sessions run in the shop's time zone.
    """

    def __init__(
        self, url: str, *, timezone: str = "UTC", server: EmbeddedServer | None = None
    ) -> None:
        """Connects once to see that the server answers and is new enough.

        Raises DatabaseUnreachable or DatabaseTooOld.
        """
        self.url = libpq_url(url)
        self.timezone = timezone
        self.server = server
        self._engine: sqlalchemy.Engine | None = None
        self._options = ""
        with self.connect(autocommit=True) as connection:
            self.server_version = connection.info.server_version
            if server is None:  # the embedded one's settings say it for all its clients
                # unknown before 14, refused on Windows
                with contextlib.suppress(errors.UndefinedObject, errors.InvalidParameterValue):
                    connection.execute(f"set {_LOOKS_FOR_ITS_CLIENT}")
                    self._options = f"-c {_LOOKS_FOR_ITS_CLIENT}"
        if self.server_version // 10_000 < OLDEST_SERVER:
            raise DatabaseTooOld(
                f"{address(self.url)} is PostgreSQL {self.server_version // 10_000}.",
                f"Shopwright needs {OLDEST_SERVER} or newer.",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        told = disk_full(error, self.server) if error else None
        # What the block died of is to be told, not that the server then could not be stopped.
        with contextlib.suppress(ShopwrightError) if error else contextlib.nullcontext():
            self.close()
        if told:
            raise told from error

    def close(self) -> None:
        """Closes the engine's connections and leaves the embedded server, which may then stop."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self.server is not None:
            self.server.stop()

    def connect(self, **kwargs: Any) -> psycopg.Connection:
        """A new connection; `kwargs` go to psycopg (`autocommit`, `row_factory`, `user`, ...).

        Raises DatabaseUnreachable, or DiskFull.
        """
        try:
            given = conninfo_to_dict(self.url)
            # Set as the session begins, so that neither rollback nor `reset` undoes it.
            zone = f"-c TimeZone={self.timezone}"
            options = " ".join(filter(None, [self._options, str(given.get("options") or ""), zone]))
            defaults = {"connect_timeout": 10, "application_name": APPLICATION_NAME, **given}
            return _Connection.connect(**{**defaults, "options": options, **kwargs})
        except psycopg.OperationalError as error:
            raise disk_full(error, self.server) or _unreachable(self.url, str(error)) from None

    def tcp_address(self) -> tuple[str, int, str]:
        """Host, port and database as a tool on this machine reaches it. Raises NotListening."""
        given = conninfo_to_dict(self.url)
        name = str(given.get("dbname") or given.get("user") or "")
        if self.server is None:
            host = str(given.get("host") or given.get("hostaddr") or "localhost")
            host = "localhost" if host.startswith("/") else host
            return host, int(given.get("port") or DEFAULT_PORT), name
        if self.server.listen is None:
            raise NotListening(
                "The embedded database is reached by its socket alone, which BI tools do not know.",
                'Write listen = "127.0.0.1:5432" under [database], and give the reader a password '
                "with `shopwright reader-password`.",
            )
        listen = self.server.listen
        host = "localhost" if listen.host in ("0.0.0.0", "::") else listen.host
        return host, listen.port, name

    def engine(self) -> sqlalchemy.Engine:
        """The SQLAlchemy engine of this database, the same at every call, on `connect()`."""
        if self._engine is None:
            self._engine = sqlalchemy.create_engine(
                "postgresql+psycopg://", creator=lambda: self.connect()
            )
        return self._engine


def open_database(workspace: Workspace) -> Database:
    """The workspace's database, embedded unless its settings name a URL; made where it is missing.

    Raises DatabaseUnreachable, DatabaseTooOld, NotListening, or the embedded server's errors.
    """
    timezone, settings = workspace.settings.shop.timezone, workspace.settings.database
    if settings.url is not None:
        if settings.listen is not None:
            raise NotListening(
                "listen belongs to the embedded database, and url names another server.",
                "Take one of the two out of [database].",
            )
        return Database(settings.url, timezone=timezone)
    server = EmbeddedServer(workspace.data_folder, listen=settings.listen)
    try:
        create_database(server.start(), DATABASE_NAME)
        return Database(server.url(DATABASE_NAME), timezone=timezone, server=server)
    except BaseException as error:
        told = disk_full(error, server)
        with contextlib.suppress(ShopwrightError):
            server.stop()
        if told:
            raise told from error
        raise


def create_database(server_url: str, name: str, *, template: str | None = None) -> bool:
    """Makes a database on the server that `server_url` leads to; False where it exists already."""
    statement = sql.SQL("create database {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" template {}").format(sql.Identifier(template))
    with psycopg.connect(server_url, autocommit=True, application_name=APPLICATION_NAME) as server:
        if server.execute("select from pg_database where datname = %s", [name]).rowcount:
            return False
        try:
            server.execute(statement)
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return False  # another process made it since the look
    return True


def libpq_url(url: str) -> str:
    """The URL without SQLAlchemy's `+psycopg`. Raises DatabaseUnreachable if it is not a URL."""
    url = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql://", url)
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Neither the URL nor libpq's message is repeated: both may hold the password.
        raise DatabaseUnreachable(
            "The database's URL cannot be understood.",
            "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with characters such as @ : / % "
            "in the password percent-encoded.",
        ) from None
    return url


def address(url: str) -> str:
    """Host, port and database of a URL, never the password: for messages."""
    given = conninfo_to_dict(url)
    host = given.get("host") or given.get("hostaddr") or "the local socket"
    name = given.get("dbname") or given.get("user") or "of the user's name"
    return f"database {name} at {host}, port {given.get('port') or 5432}"


def _unreachable(url: str, message: str) -> DatabaseUnreachable:
    given = conninfo_to_dict(url)
    password = str(given.get("password") or "")
    reason = message.replace(password, "***") if password else message
    if "does not exist" in message and "database" in message:
        mend = f"Make it with `createdb {given.get('dbname') or ''}` on that server."
    elif "authentication failed" in message or "no password" in message:
        mend = "Check the user and password in the URL, or ~/.pgpass."
    else:
        mend = (
            "Check that the server runs and lets this machine in, and that the URL is right: url "
            "under [database], or the environment variable SHOPWRIGHT_DATABASE_URL."
        )
    return DatabaseUnreachable(f"Cannot reach {address(url)}: {reason.strip()}", mend)
