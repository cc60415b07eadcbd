"""Copying deliveries into the schema `staging`: everything as text, exactly as delivered.

The staging tables are made anew for each batch. They hold the contract's columns and whatever
else the files bring, `_file` (ops.files) and `_row`: the line of the file in which the row begins;
the header is line 1. A file goes through COPY as it is. Only one that COPY refuses, or in which
rows and lines are not the same, is read record by record: see `records`.
"""

import contextlib
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Thread

import psycopg
from psycopg import sql

from shopwright.config import ShopwrightError
from shopwright.ingestion import malformed
from shopwright.ingestion.contract import contract
from shopwright.ingestion.deliveries import Delivery, DeliveryFile
from shopwright.ingestion.encodings import as_utf_8
from shopwright.ingestion.header import FileInvalid, Header
from shopwright.ingestion.malformed import MalformedLines
from shopwright.ingestion.records import LineTooLong, RecordReader

LARGE = 4 << 20
"""Bytes from which on connections of their own are worth making."""
MUCH_TO_DELETE = 64 << 20
"""Bytes of a batch's staging tables from which on deleting them is left to a thread."""
_END_MARKER = re.compile(rb"(?m)^\\\.(?=\r?$)")


@dataclass
class StagedFile:
    """A file with its number in the ledger, its header and, once copied, its rows.

    `row_count` counts the rows in staging, `malformed_count` the lines that are no rows.
    `problem` is why the file cannot be read, and so its delivery not be published.
    """

    file_id: int
    delivery_key: int
    delivery: Delivery
    file: DeliveryFile
    header: Header
    row_count: int = 0
    malformed_count: int = 0
    blank_count: int = 0
    problem: ShopwrightError | None = None


def stage(
    connection: psycopg.Connection,
    connect: Callable[[], psycopg.Connection],
    staged: list[StagedFile],
    copied: Callable[[StagedFile], None] = lambda _: None,
) -> None:
    """Makes the staging tables and fills them: small deliveries on the connection, large ones side
    by side on a new connection for each table.

    Commits, and sets each file's counts, or its `problem`: then no row of its delivery is staged.
    """
    by_table: dict[str, list[StagedFile]] = defaultdict(list)
    for one in staged:
        by_table[one.file.table].append(one)
    is_large = _set_old_tables_aside(connection)
    _create_tables(connection, by_table)
    _fill_files(connection, staged)
    connection.commit()
    if is_large:  # deleting gigabytes takes a while, and nothing needs to wait for it
        Thread(target=_drop_old_tables, args=[connect]).start()

    def fill(table: str) -> None:
        with connect() as own_connection:
            _fill_table(own_connection, by_table[table], copied)

    sizes = {table: sum(one.file.byte_count for one in by_table[table]) for table in by_table}
    if sum(sizes.values()) < LARGE:
        for files in by_table.values():
            _fill_table(connection, files, copied)
    else:
        with ThreadPoolExecutor(max_workers=4) as pool:
            largest_first = sorted(by_table, key=lambda table: -sizes[table])
            for done in [pool.submit(fill, table) for table in largest_first]:
                done.result()
    _clear_refused(connection, staged)
    connection.commit()


def _set_old_tables_aside(connection: psycopg.Connection) -> bool:
    """Puts the tables of the batch before out of the way. Gives whether they were large."""
    connection.execute(
        "drop schema if exists staging_before cascade; create schema if not exists staging"
    )
    found = connection.execute(
        "select coalesce(sum(pg_total_relation_size(oid)), 0) from pg_class"
        " where relkind = 'r' and relnamespace = 'staging'::regnamespace"
    ).fetchone()
    assert found is not None
    is_large = bool(found[0] > MUCH_TO_DELETE)
    connection.execute(
        "alter schema staging rename to staging_before; create schema staging"
        if is_large
        else "drop schema staging cascade; create schema staging"
    )
    return is_large


def _drop_old_tables(connect: Callable[[], psycopg.Connection]) -> None:
    """What is left of them where this fails, the next batch drops."""
    with contextlib.suppress(psycopg.Error, ShopwrightError), connect() as connection:
        connection.execute("drop schema if exists staging_before cascade")


def _fill_table(
    connection: psycopg.Connection, files: list[StagedFile], copied: Callable[[StagedFile], None]
) -> None:
    for number, one in enumerate(files):
        _begin_file(connection, one, is_first=not number)
        try:
            copy(connection, one)
        except ShopwrightError as error:
            one.problem = error
        copied(one)


def _clear_refused(connection: psycopg.Connection, staged: list[StagedFile]) -> None:
    """Takes the deliveries with an unreadable file out of staging."""
    refused = {one.delivery_key for one in staged if one.problem}
    for one in staged:
        if one.delivery_key in refused:
            for table in (one.file.table, "malformed_lines"):
                connection.execute(
                    sql.SQL("delete from staging.{} where _file = %s").format(
                        sql.Identifier(table)
                    ),
                    [one.file_id],
                )
            connection.execute("delete from staging.files where file_id = %s", [one.file_id])


def _create_tables(connection: psycopg.Connection, by_table: dict[str, list[StagedFile]]) -> None:
    connection.execute(
        "create unlogged table staging.files ("
        "file_id integer primary key, delivery_key bigint, delivery_date date, is_new boolean)"
    )
    malformed.create_table(connection)
    for table in contract().values():
        files = by_table[table.name]
        extra: Iterable[str] = (column for one in files for column in one.header.columns)
        columns = dict.fromkeys([*table.columns, *extra])
        connection.execute(
            sql.SQL(
                "create sequence staging.{sequence} cache 1000;"
                "create unlogged table staging.{table} ("
                "_file integer not null default cast(current_setting('shopwright.file') as integer)"
                ", _row bigint not null default nextval({regclass}), {columns})"
            ).format(
                table=sql.Identifier(table.name),
                sequence=sql.Identifier(f"{table.name}_row"),
                regclass=sql.Literal(f"staging.{table.name}_row"),
                columns=sql.SQL(", ").join(
                    sql.SQL("{} text").format(sql.Identifier(column)) for column in columns
                ),
            )
        )


def _fill_files(connection: psycopg.Connection, staged: list[StagedFile]) -> None:
    with connection.cursor().copy("copy staging.files from stdin") as copy:
        for one in staged:
            copy.write_row((one.file_id, one.delivery_key, one.delivery.delivery_date, True))


def _begin_file(connection: psycopg.Connection, one: StagedFile, *, is_first: bool) -> None:
    """Numbers the rows to come, and makes sure that a file which COPY refuses leaves none of them.

    All in one message, and none that changes a table: of a delivery's small files, either costs
    more than copying them.
    """
    connection.execute(
        f"{'' if is_first else 'release savepoint file;'}"
        f"select set_config('shopwright.file', '{one.file_id}', false),"
        f" setval('staging.{one.file.table}_row', {one.header.first_row}, false);"
        "savepoint file".encode()
    )


def copy(connection: psycopg.Connection, one: StagedFile) -> None:
    """One file into its staging table. Raises FileInvalid or DeliveryInvalid."""
    if _copy_whole(connection, one):
        return
    one.header = one.header.settled(one.file)
    try:
        _copy_by_record(connection, one)
    except LineTooLong as error:
        raise FileInvalid(
            f"{one.file.name} is not a CSV table: {error}.",
            "Have the file delivered again.",
        ) from error
    except psycopg.DataError as error:
        raise FileInvalid(
            f"{one.file.name} cannot be read: {error.diag.message_primary}.",
            "Have the file delivered again.",
        ) from error


class _NotLineByLine(Exception):
    """COPY's rows are not the file's lines, or not all of them are rows."""


def _copy_whole(connection: psycopg.Connection, one: StagedFile) -> bool:
    """The fast way. False, and nothing is copied, where a file has to be read by records."""
    if len(one.header.columns) == 1:
        return False  # blank lines would be rows
    watch = _Watch(one.header)
    try:
        rows = _send(connection, one, one.header.columns, watch.over(_rows(one)))
        if watch.line_count != rows:
            raise _NotLineByLine
    except (psycopg.DataError, _NotLineByLine, ShopwrightError) as error:
        connection.execute("rollback to savepoint file")
        if isinstance(error, ShopwrightError):
            raise
        return False
    one.row_count = rows
    return True


def _copy_by_record(connection: psycopg.Connection, one: StagedFile) -> None:
    """The careful way: bad lines are set aside, and every row has the number of its line."""
    header = one.header
    lines = MalformedLines(one.file_id, header.encoding)
    reader = RecordReader(
        header=header.line,
        field_count=len(header.columns),
        delimiter=header.delimiter.encode(),
        malformed=lines.add,
        first_line=header.first_row,
        line_end=header.line_end,
    )
    with lines, connection.transaction():
        _discard_dead_rows(connection, one)
        one.row_count = _send(connection, one, ["_row", *header.columns], reader.read(_rows(one)))
        lines.write(connection)
    assert one.row_count == reader.record_count, one.file.name
    one.malformed_count, one.blank_count = reader.malformed_count, reader.blank_count


def _discard_dead_rows(connection: psycopg.Connection, one: StagedFile) -> None:
    """What the failed COPY left in a table without any other row would slow every later step."""
    table = sql.Identifier("staging", one.file.table)
    found = connection.execute(sql.SQL("select from {} limit 1").format(table)).rowcount
    if not found:
        connection.execute(sql.SQL("truncate {}").format(table))


def _rows(one: StagedFile) -> Iterator[bytes]:
    """The file's text in UTF-8 from below the header."""
    left_out = one.header.length
    for chunk in as_utf_8(one.file.chunks(), one.header.encoding):
        yield chunk[left_out:]
        left_out -= min(left_out, len(chunk))


def _send(
    connection: psycopg.Connection, one: StagedFile, columns: list[str], chunks: Iterable[bytes]
) -> int:
    statement = _copy_statement(one.file.table, tuple(columns), one.header.delimiter)
    if connection.info.server_version < 180_000:
        chunks = _without_end_marker(chunks)
    cursor = connection.cursor()
    with cursor.copy(statement) as copy:
        for chunk in chunks:
            copy.write(chunk)
    return cursor.rowcount


@cache
def _copy_statement(table: str, columns: tuple[str, ...], delimiter: str) -> bytes:
    """Put together once for all the files that are alike: it takes longer than to begin to copy."""
    return (
        sql.SQL(
            "copy staging.{table} ({columns}) from stdin"
            " with (format csv, delimiter {delimiter}, encoding 'utf8')"
        )
        .format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            delimiter=sql.Literal(delimiter),
        )
        .as_bytes(None)
    )


class _Watch:
    """Looks at a text on its way to COPY: counts its lines, and stops at the header again."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._end = header.line_end
        self.line_count = 0

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The text, unchanged. Raises _NotLineByLine."""
        needle, tail = self._header.line, self._end
        for chunk in chunks:
            if needle in chunk or needle in tail + chunk[: len(needle)]:
                raise _NotLineByLine  # whether it is a whole line is for the careful way to say
            self.line_count += chunk.count(self._end)
            tail = (tail + chunk if len(chunk) < len(needle) else chunk)[-len(needle) :]
            yield chunk
        self.line_count += not tail.endswith(self._end)


def _without_end_marker(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Before PostgreSQL 18, COPY takes a line of only `\\.` for the end and drops what follows.

    In quotes it says the same; inside quotes, those close and open again.
    """
    held = b""
    for chunk in itertools.chain(chunks, [b""]):
        text = held + chunk
        end = text.rfind(b"\n") + 1 if chunk else len(text)
        whole, held = text[:end], text[end:]
        yield _END_MARKER.sub(rb'"\\."', whole) if b"\\." in whole else whole
