"""Answering one SQL statement: read only, and without personal data unless asked as the owner."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from shopwright.config.errors import ShopwrightError
from shopwright.storage.database import Database, DatabaseUnreachable
from shopwright.storage.roles import READER

_CHUNK_ROWS = 1000
_NUMBERS = ("int2", "int4", "int8", "oid", "float4", "float8", "numeric")


class QueryFailed(ShopwrightError):
    """PostgreSQL refused the statement, or it gives no table."""


class Number(str):
    """A number exactly as PostgreSQL writes it."""


class Json(str):
    """A JSON value exactly as PostgreSQL writes it."""


@dataclass(frozen=True)
class Column:
    """A column of an answer. `modifier` is PostgreSQL's, such as a numeric's digits; -1: none."""

    name: str
    type_oid: int
    modifier: int = -1


@dataclass(frozen=True)
class Answer:
    """What a statement gives. `rows` come as they are read, so an answer may be of any length.

    Values are None, bool, Number, Json or str, and with `lists` also lists of these. `role` is the
    database role that asked.
    """

    columns: tuple[Column, ...]
    rows: Iterator[tuple[object, ...]]
    role: str


class _NumberLoader(Loader):
    def load(self, data: Buffer) -> str:
        text = bytes(data).decode()
        # NaN and Infinity are no numbers to JSON.
        return text if text.strip("-") in ("NaN", "Infinity") else Number(text)


class _JsonLoader(Loader):
    def load(self, data: Buffer) -> Json:
        return Json(bytes(data).decode())


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


@contextmanager
def ask(
    database: Database,
    statement: str,
    *,
    parameters: Sequence[Any] = (),
    as_owner: bool = False,
    seconds: float | None = None,
    lists: bool = False,
) -> Iterator[Answer]:
    """Runs one statement in a read only transaction, as the reader role where that is possible.

    `parameters` are bound to `$1`, `$2` and so on. `seconds` limits how long it may take; with
    `lists` arrays are lists, else text. Raises QueryFailed, also while the rows are read.
    """
    with _connection(database, as_owner) as connection:
        if seconds is not None:
            milliseconds = max(1, round(seconds * 1000))
            connection.execute(sql.SQL("set statement_timeout = {}").format(milliseconds))
        role = connection.execute("select current_user").fetchone()
        assert role is not None
        connection.autocommit = False
        connection.read_only = True
        try:
            columns = _described(connection, statement)
            # Closed before the connection is: half read, it holds the connection's lock.
            with closing(_rows(connection, statement, parameters, lists)) as rows:
                yield Answer(columns, rows, role[0])
        except psycopg.Error as error:
            raise failure(error, statement) from error
        connection.rollback()


@contextmanager
def reading(database: Database) -> Iterator[psycopg.Connection]:
    """A connection in a read only transaction of one moment, as the reader where possible."""
    with _connection(database, as_owner=False) as connection:
        connection.autocommit = False
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection
        connection.rollback()


def _connection(database: Database, as_owner: bool) -> psycopg.Connection:
    """As the reader; as whoever the URL names where there is no such role, or it may not be taken.

    The embedded server lets the reader in by itself. On another one, the role is taken on after
    the connection was made.
    """
    if not as_owner and database.server is not None:
        try:
            return database.connect(autocommit=True, user=READER)
        except DatabaseUnreachable:
            pass  # before the first run there is no such role
    connection = database.connect(autocommit=True)
    if not as_owner:
        refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)
        with suppress(*refusals):
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(READER)))
    return connection


def _described(connection: psycopg.Connection, statement: str) -> tuple[Column, ...]:
    """The columns, before anything runs: a cursor would not tell those of an empty answer."""
    connection.execute("select")  # begins the transaction
    encoding = connection.info.encoding
    low_level = connection.pgconn
    result = low_level.prepare(b"", statement.encode(encoding))
    if result.status == psycopg.pq.ExecStatus.COMMAND_OK:
        result = low_level.describe_prepared(b"")
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result, encoding)
    if not result.nfields:
        raise QueryFailed(
            "The statement gives no rows to show.",
            "`query` answers SELECTs; for anything else use `shopwright psql`.",
        )
    return tuple(
        Column((result.fname(n) or b"").decode(encoding), result.ftype(n), result.fmod(n))
        for n in range(result.nfields)
    )


def _rows(
    connection: psycopg.Connection, statement: str, parameters: Sequence[Any], lists: bool
) -> Generator[tuple[object, ...], None, None]:
    cursor = psycopg.RawCursor(connection)
    for info in connection.adapters.types:
        if info.name in _NUMBERS:
            cursor.adapters.register_loader(info.oid, _NumberLoader)
        elif info.name in ("json", "jsonb"):
            cursor.adapters.register_loader(info.oid, _JsonLoader)
        elif info.name != "bool":
            cursor.adapters.register_loader(info.oid, _TextLoader)
        if info.array_oid and not lists:
            cursor.adapters.register_loader(info.array_oid, _TextLoader)
    size = _CHUNK_ROWS if psycopg.capabilities.has_stream_chunked() else 1
    try:
        yield from cursor.stream(statement, parameters or None, size=size)
    except psycopg.Error as error:
        raise failure(error, statement) from error


def failure(error: psycopg.Error, statement: str) -> QueryFailed:
    """PostgreSQL's refusal with its place in the statement, and its hint or ours."""
    message = error.diag.message_primary or str(error).strip()
    problem = f"{message[:1].upper()}{message[1:]}."
    if error.diag.message_detail:
        problem += f" {error.diag.message_detail}"
    if error.diag.statement_position:
        problem += f"\n{_place(statement, int(error.diag.statement_position))}"
    return QueryFailed(problem, error.diag.message_hint or _mend(error))


def _place(statement: str, position: int) -> str:
    """The line that holds the character at `position`, counted from 1, with a mark under it."""
    before = statement[: position - 1]
    line_number = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1)
    line = statement.split("\n")[line_number - 1].replace("\t", " ")
    label = f"line {line_number}: "
    return f"{label}{line}\n{' ' * (len(label) + column)}^"


def _mend(error: psycopg.Error) -> str:
    kinds = psycopg.errors
    if isinstance(error, kinds.InsufficientPrivilege):
        return (
            f"The role {READER} sees the warehouse but no personal data; --as-owner asks as the "
            "owner."
        )
    if isinstance(error, kinds.ReadOnlySqlTransaction):
        return "`query` only reads; to change data use `shopwright psql`."
    if isinstance(error, kinds.QueryCanceled):
        return "Ask for less, or give it more time with --timeout SECONDS."
    if isinstance(error, (kinds.UndefinedTable, kinds.InvalidSchemaName)):
        return (
            "The tables are listed by `shopwright psql -- -c '\\dt warehouse.*'`; they are made by "
            "the first `shopwright run`. Name the schema too: warehouse.fact_sales."
        )
    if isinstance(error, kinds.SyntaxError) and "multiple commands" in str(error):
        return "Ask one statement at a time."
    return "Correct the statement and ask again."
