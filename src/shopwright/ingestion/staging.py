"""Copying deliveries into the schema `staging`: everything as text, exactly as delivered.

The staging tables are made anew for each batch. They hold the contract's columns and whatever
else the files bring, `_file` (ops.files) and `_row` (the row below the header is 1).
"""

import codecs
import contextlib
import csv
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Thread

import psycopg
from psycopg import sql

from shopwright.config import ShopwrightError
from shopwright.ingestion.contract import ContractTable, contract
from shopwright.ingestion.deliveries import Delivery, DeliveryFile

DELIMITERS = ",;\t|"
LONGEST_HEADER = 1 << 16
LONGEST_IDENTIFIER = 63
LARGE = 4 << 20
"""Bytes from which on connections of their own are worth making."""
MUCH_TO_DELETE = 64 << 20
"""Bytes of a batch's staging tables from which on deleting them is left to a thread."""
_END = b"\n"
_END_MARKER = re.compile(rb"\n\\\.\r?\n")


class FileInvalid(ShopwrightError):
    """A delivered file cannot be read as the table it says it is."""


@dataclass(frozen=True)
class Header:
    """The first line of a file."""

    columns: list[str]
    delimiter: str


@dataclass
class StagedFile:
    """A file with its number in the ledger, its header and, once copied, its rows."""

    file_id: int
    delivery_key: int
    delivery: Delivery
    file: DeliveryFile
    header: Header
    row_count: int = 0


def read_header(file: DeliveryFile) -> Header:
    """The columns and the delimiter of a file. Raises FileInvalid, naming the mend."""
    first = next(file.chunks(), b"")
    if not first.strip():
        raise FileInvalid(
            f"{file.name} is empty: it has not even a header.",
            "Deliver it with the line of column names, or leave the file out.",
        )
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _not_a_table(file, "it is UTF-16, which Excel calls Unicode text")
    line = first.split(b"\n", 1)[0].rstrip(b"\r")
    if len(line) > LONGEST_HEADER:
        raise _not_a_table(file, f"its first line has over {LONGEST_HEADER} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_a_table(
            file, f"byte {error.object[error.start]:#04x} in the header is not UTF-8"
        ) from error
    if "\x00" in text:
        raise _not_a_table(file, "a NUL byte in the header")
    headers = [Header(_split(text, delimiter), delimiter) for delimiter in DELIMITERS]
    known = contract()[file.table].columns
    header = max(headers, key=lambda one: (len(known.keys() & one.columns), len(one.columns)))
    _refuse_bad_columns(file, contract()[file.table], header.columns)
    return header


def _split(line: str, delimiter: str) -> list[str]:
    return [column.strip() for column in next(csv.reader(io.StringIO(line), delimiter=delimiter))]


def _refuse_bad_columns(file: DeliveryFile, table: ContractTable, columns: list[str]) -> None:
    missing = table.missing_columns(columns)
    if missing and not table.columns.keys() & columns:
        # its first line may be a row, of which nothing is repeated: it may be personal
        raise FileInvalid(
            f"{file.name}, line 1: none of its {len(columns)} columns is one of the contract's "
            f"({missing[0].name} is required). Is the line of column names missing?",
            "Deliver the file with it, or import the folder with a mapping: "
            "`shopwright import MAPPING FOLDER`.",
        )
    for column in missing:
        nearest = table.nearest(column.name, columns)
        others = f" (or {' and '.join(column.alternatives)})" if column.alternatives else ""
        raise FileInvalid(
            f"{file.name}, line 1: the required column {column.name}{others} is missing."
            + (f" Did {nearest} mean it?" if nearest else f" The file has: {', '.join(columns)}."),
            f"Name the column {column.name} in the file, or import the folder with a mapping: "
            "`shopwright import MAPPING FOLDER`.",
        )
    for number, name in enumerate(columns, 1):
        if not name or name.startswith("_") or len(name.encode()) > LONGEST_IDENTIFIER:
            raise FileInvalid(
                f"{file.name}, line 1: column {number} is called {name!r}.",
                "Give it a name of 1 to 63 bytes that does not begin with an underscore.",
            )
        if columns.index(name) != number - 1:
            raise FileInvalid(
                f"{file.name}, line 1: the column {name} stands there twice.",
                "Rename or drop one of the two.",
            )


def _not_a_table(file: DeliveryFile, reason: str) -> FileInvalid:
    return FileInvalid(
        f"{file.name} is not a CSV table in UTF-8 ({reason}).",
        "Save it as CSV in UTF-8 and deliver it again.",
    )


def stage(
    connection: psycopg.Connection,
    connect: Callable[[], psycopg.Connection],
    staged: list[StagedFile],
    copied: Callable[[StagedFile], None] = lambda _: None,
) -> None:
    """Makes the staging tables and fills them: small deliveries on the connection, large ones side
    by side on a new connection for each table.

    Commits, and sets each file's row_count. Raises FileInvalid.
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
        connection.commit()
        return
    with ThreadPoolExecutor(max_workers=4) as pool:
        largest_first = sorted(by_table, key=lambda table: -sizes[table])
        for done in [pool.submit(fill, table) for table in largest_first]:
            done.result()


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
        if number:  # the first file's number is the default that the table was made with
            _begin_file(connection, one)
        one.row_count = _copy(connection, one)
        copied(one)


def _create_tables(connection: psycopg.Connection, by_table: dict[str, list[StagedFile]]) -> None:
    connection.execute(
        "create unlogged table staging.files ("
        "file_id integer primary key, delivery_key bigint, delivery_date date, is_new boolean)"
    )
    for table in contract().values():
        extra: Iterable[str] = (c for one in by_table[table.name] for c in one.header.columns)
        columns = dict.fromkeys([*table.columns, *extra])
        connection.execute(
            sql.SQL(
                "create sequence staging.{sequence} cache 1000;"
                "create unlogged table staging.{table} (_file integer not null default {first},"
                " _row bigint not null default nextval({regclass}), {columns})"
            ).format(
                table=sql.Identifier(table.name),
                sequence=sql.Identifier(f"{table.name}_row"),
                regclass=sql.Literal(f"staging.{table.name}_row"),
                first=sql.Literal(by_table[table.name][0].file_id if by_table[table.name] else 0),
                columns=sql.SQL(", ").join(
                    sql.SQL("{} text").format(sql.Identifier(column)) for column in columns
                ),
            )
        )


def _fill_files(connection: psycopg.Connection, staged: list[StagedFile]) -> None:
    with connection.cursor().copy("copy staging.files from stdin") as copy:
        for one in staged:
            copy.write_row((one.file_id, one.delivery_key, one.delivery.delivery_date, True))


def _begin_file(connection: psycopg.Connection, one: StagedFile) -> None:
    connection.execute(
        sql.SQL(
            "alter table staging.{table} alter column _file set default {file};"
            "select setval({sequence}, 1, false)"
        ).format(
            table=sql.Identifier(one.file.table),
            file=sql.Literal(one.file_id),
            sequence=sql.Literal(f"staging.{one.file.table}_row"),
        )
    )


def _copy(connection: psycopg.Connection, one: StagedFile) -> int:
    statement = sql.SQL(
        "copy staging.{table} ({columns}) from stdin"
        " with (format csv, header true, delimiter {delimiter}, encoding 'utf8')"
    ).format(
        table=sql.Identifier(one.file.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, one.header.columns)),
        delimiter=sql.Literal(one.header.delimiter),
    )
    cursor = connection.cursor()
    chunks = one.file.chunks()
    if connection.info.server_version < 180_000:
        chunks = _without_end_marker(one.file, chunks)
    try:
        with cursor.copy(statement) as copy:
            for chunk in chunks:
                copy.write(chunk)
    except psycopg.DataError as error:
        raise _malformed(one.file, error) from error
    return cursor.rowcount


def _without_end_marker(file: DeliveryFile, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Before PostgreSQL 18, COPY takes a line of only `\\.` for the end and drops what follows."""
    tail, lines = b"\n", 1
    for chunk in itertools.chain(chunks, [_END]):
        text = tail + chunk
        if marker := _END_MARKER.search(text):
            line = lines - tail.count(b"\n") + text.count(b"\n", 0, marker.start() + 1)
            raise FileInvalid(
                f"{file.name}, line {line}: the line is only a backslash and a point, which this "
                "PostgreSQL takes for the end of the file.",
                "Take the line out, or use PostgreSQL 18, which the embedded one is.",
            )
        lines += chunk.count(b"\n")
        tail = text[-4:]
        if chunk is not _END:
            yield chunk


def _malformed(file: DeliveryFile, error: psycopg.Error) -> FileInvalid:
    context = error.diag.context or ""
    line = context.split("line ", 1)[1].split(":")[0].split(",")[0] if "line " in context else "?"
    if isinstance(error, psycopg.errors.CharacterNotInRepertoire):
        return _not_a_table(file, f"line {line}: {error.diag.message_primary}")
    if "unterminated" in (error.diag.message_primary or ""):
        return FileInvalid(
            f"{file.name}: a quote opens a field and none closes it until the file ends in line "
            f"{line}.",
            'Close the field, double the quote if it belongs to the text (""), or have the file '
            "delivered again.",
        )
    return FileInvalid(
        f"{file.name}, line {line}: {error.diag.message_primary}.",
        "Mend the line (a field with the delimiter, a quote or a line break in it stands in "
        'double quotes, a quote inside is doubled ""), or have the file delivered again.',
    )
