"""Copying deliveries into the schema `staging`: everything as text, exactly as delivered.

A file goes through COPY as it is, small ones together. Only one that COPY refuses, or in which rows
and lines are not the same, is read record by record: see `records`. What the tables hold besides
the text is told in `staging_tables`.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Thread

import numpy as np
import psycopg
from psycopg import sql

from shopwright.config.errors import ShopwrightError
from shopwright.ingestion import staging_tables
from shopwright.ingestion.deliveries import Delivery, DeliveryFile
from shopwright.ingestion.encodings import as_utf_8
from shopwright.ingestion.header import FileInvalid, Header
from shopwright.ingestion.malformed import MalformedLines
from shopwright.ingestion.records import LineTooLong, RecordReader

LARGE = 4 << 20
"""Bytes from which on connections of their own are worth making."""
AT_ONCE = 4 << 20
"""Bytes of small files that go through COPY together: one has to be copied again if it fails."""
_END_MARKER = re.compile(rb"(?m)^\\\.(?=\r?$)")


@dataclass
class StagedFile:
    """A file with its number in the ledger, its header and, once copied, its rows.

    `row_count` counts the rows in staging, `malformed_count` the lines that are no rows. All of its
    lines, `line_count`, have a place, from `first_place` on, whether a row begins in them or not.
    `problem` is why the file cannot be read, and so its delivery not be published.
    """

    file_id: int
    delivery_key: int
    delivery: Delivery
    file: DeliveryFile
    header: Header
    first_place: int = 1
    line_count: int = 0
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
    is_large = staging_tables.make(
        connection,
        {table: [c for one in by_table[table] for c in one.header.columns] for table in by_table},
    )
    connection.commit()
    if is_large:  # deleting gigabytes takes a while, and nothing needs to wait for it
        Thread(target=staging_tables.drop_old, args=[connect]).start()

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
    refused = {one.delivery_key for one in staged if one.problem}
    _clear(connection, [one for one in staged if one.delivery_key in refused])
    _fill_files(connection, [one for one in staged if one.delivery_key not in refused])
    connection.commit()


def _fill_table(
    connection: psycopg.Connection, files: list[StagedFile], copied: Callable[[StagedFile], None]
) -> None:
    """Small files go through COPY together, twice as many each time that it goes well."""
    done, at_once, place = 0, 1, 1
    while done < len(files):
        group = _alike(files[done : done + at_once])
        _begin(connection, group[0].file.table, place, is_first=not done)
        if _copy_whole(connection, group):
            at_once = min(2 * at_once, len(files))
        else:
            at_once = 1
            if len(group) > 1:
                continue
            _copy_alone(connection, group[0], place)
        for one in group:
            one.first_place = place
            place += one.line_count
            copied(one)
        done += len(group)


def _alike(files: list[StagedFile]) -> list[StagedFile]:
    """The first file, and those behind it that the same COPY can read."""
    first, size = files[0], 0
    for number, one in enumerate(files):
        size += one.file.byte_count
        if number and (
            size > AT_ONCE
            or one.header.columns != first.header.columns
            or one.header.delimiter != first.header.delimiter
        ):
            return files[:number]
    return files


def _clear(connection: psycopg.Connection, refused: list[StagedFile]) -> None:
    """Takes the files of a delivery that holds an unreadable one out of staging."""
    for one in refused:
        connection.execute(
            sql.SQL("delete from staging.{} where _place >= %s and _place < %s").format(
                sql.Identifier(one.file.table)
            ),
            [one.first_place, one.first_place + one.line_count],
        )
        connection.execute("delete from staging.malformed_lines where _file = %s", [one.file_id])


def _fill_files(connection: psycopg.Connection, staged: list[StagedFile]) -> None:
    with connection.cursor().copy("copy staging.files from stdin") as copy:
        for one in staged:
            copy.write_row(
                (
                    one.file_id,
                    one.delivery_key,
                    one.delivery.delivery_date,
                    True,
                    one.file.table,
                    one.first_place,
                    one.header.first_row,
                )
            )


def _begin(connection: psycopg.Connection, table: str, place: int, *, is_first: bool) -> None:
    """Numbers the rows to come, and makes sure that a COPY that fails leaves none of them.

    All in one message, and none that changes a table: of a delivery's small files, either costs
    more than copying them.
    """
    connection.execute(
        f"{'' if is_first else 'release savepoint file;'}"
        f"select setval('staging.{table}_place', {place}, false); savepoint file".encode()
    )


class _NotLineByLine(Exception):
    """COPY's rows are not the file's lines, or not all of them are rows."""


def _copy_whole(connection: psycopg.Connection, files: list[StagedFile]) -> bool:
    """The fast way. False, and nothing is copied, where a file has to be read by records, or where
    any of several has something wrong with it."""
    header = files[0].header
    if len(header.columns) == 1:
        return False  # blank lines would be rows
    watches = [_Watch(one.header) for one in files]
    texts = (
        watch.over(_rows(one), is_last=watch is watches[-1])
        for one, watch in zip(files, watches, strict=True)
    )
    try:
        rows = _send(connection, files[0], header.columns, itertools.chain.from_iterable(texts))
        if rows != sum(watch.line_count for watch in watches):
            raise _NotLineByLine
    except (psycopg.DataError, _NotLineByLine, ShopwrightError):
        connection.execute("rollback to savepoint file")
        return False
    for one, watch in zip(files, watches, strict=True):
        one.row_count = one.line_count = watch.line_count
    return True


def _copy_alone(connection: psycopg.Connection, one: StagedFile, place: int) -> None:
    """The careful way. Sets the file's `problem` where it cannot be read in that way either."""
    try:
        one.header = one.header.settled(one.file)
        _copy_by_record(connection, one, place)
    except LineTooLong as error:
        one.problem = FileInvalid(
            f"{one.file.name} is not a CSV table: {error}.", "Have the file delivered again."
        )
    except psycopg.DataError as error:
        one.problem = FileInvalid(
            f"{one.file.name} cannot be read: {error.diag.message_primary}.",
            "Have the file delivered again.",
        )
    except ShopwrightError as error:
        one.problem = error


def _copy_by_record(connection: psycopg.Connection, one: StagedFile, place: int) -> None:
    """Bad lines are set aside, and every row has the place of its line."""
    header = one.header
    lines = MalformedLines(one.file_id, header.encoding)
    reader = RecordReader(
        header=header.line,
        field_count=len(header.columns),
        delimiter=header.delimiter.encode(),
        malformed=lines.add,
        first_line=header.first_row,
        first_place=place,
        line_end=header.line_end,
    )
    with lines, connection.transaction():
        _discard_dead_rows(connection, one)
        columns = ["_place", *header.columns]
        one.row_count = _send(connection, one, columns, reader.read(_rows(one)))
        lines.write(connection)
    assert one.row_count == reader.record_count, one.file.name
    one.malformed_count, one.blank_count = reader.malformed_count, reader.blank_count
    one.line_count = reader.line_count


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

    def over(self, chunks: Iterable[bytes], *, is_last: bool) -> Iterator[bytes]:
        """The text, and where another one follows the line end that may be missing. Raises
        _NotLineByLine."""
        needle, tail = self._header.line, self._end
        for chunk in chunks:
            if needle in chunk or needle in tail + chunk[: len(needle)]:
                raise _NotLineByLine  # whether it is a whole line is for the careful way to say
            # a quarter of the time that the bytes take to count them
            self.line_count += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == self._end[0]))
            tail = (tail + chunk if len(chunk) < len(needle) else chunk)[-len(needle) :]
            yield chunk
        if not tail.endswith(self._end):
            self.line_count += 1
            if not is_last:
                yield self._end


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
