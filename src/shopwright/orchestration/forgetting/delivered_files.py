"""The delivered files: a person's fields are rewritten, and every other byte stays as it is."""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard
from psycopg import Connection

from shopwright.config import ShopwrightError
from shopwright.ingestion.deliveries import Delivery, DeliveryFile
from shopwright.ingestion.header import read_header
from shopwright.orchestration.forgetting.pseudonyms import (
    CUSTOMER_ID,
    kept_columns,
    tables_of_customers,
)

LONGEST_RECORD_LINES = 100
"""A quote that is opened and not closed for longer than this is no quote."""


@dataclass(frozen=True)
class Rewritten:
    """A file as it is to become, written beside it and not put in its place yet."""

    file: DeliveryFile
    new: Path
    row_count: int

    @property
    def content_hash(self) -> str:
        """SHA-256 of the new bytes."""
        with self.new.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class _Layout:
    """How a file is cut into fields, and which of them are a person's."""

    columns: list[str]
    delimiter: bytes
    kept: frozenset[str]

    @property
    def customer(self) -> int:
        return self.columns.index(CUSTOMER_ID)


def states_in_files(deliveries: list[Delivery], customer_id: str) -> list[dict[str, str]]:
    """The person's rows in the delivered files, by column."""
    wanted = customer_id.encode()
    found = []
    for delivery, file in _files(deliveries):
        layout = _layout(delivery, file)
        if layout is None or not _holds(file, [wanted]):
            continue
        with _opened(file.path) as stream:
            for record in _records(stream):
                fields = split(record.rstrip(b"\r\n"), layout.delimiter)
                if len(fields) == len(layout.columns) and _value(fields[layout.customer]) == wanted:
                    values = (_text(_value(one)) for one in fields)
                    found.append(dict(zip(layout.columns, values, strict=True)))
    return found


def rewrite(
    deliveries: list[Delivery], customer_id: str, pseudonym: str, words: list[str]
) -> list[tuple[Delivery, list[Rewritten]]]:
    """Writes the files that hold the person anew, each beside the old one, by delivery.

    In the person's rows the number becomes the pseudonym, and what is personal or unknown to the
    contract becomes empty. In other rows, fields that hold one of `words` become empty; a line
    with too few or too many fields that holds the person is emptied whole.
    """
    found: dict[Path, tuple[Delivery, list[Rewritten]]] = {}
    for delivery, file in _files(deliveries):
        layout = _layout(delivery, file)
        if layout is None or not _holds(file, [one.encode() for one in (customer_id, *words)]):
            continue
        rewritten = _rewrite(file, layout, customer_id, pseudonym, words)
        if rewritten.row_count:
            found.setdefault(delivery.folder, (delivery, []))[1].append(rewritten)
        else:
            rewritten.new.unlink()
    return list(found.values())


def put_in_place(rewritten: list[tuple[Delivery, list[Rewritten]]]) -> None:
    """The new files take the place of the old ones."""
    for _, files in rewritten:
        for one in files:
            one.new.replace(one.file.path.resolve())


def record(connection: Connection, rewritten: list[tuple[Delivery, list[Rewritten]]]) -> None:
    """Tells the ledger the new sizes and hashes, so that nothing is taken for a correction.

    A delivery that is pending, or was changed since it was published, stays so.
    """
    for delivery, files in rewritten:
        key = connection.execute(
            "select delivery_key from (select distinct on (delivery_name) * from ops.deliveries"
            " order by delivery_name, delivery_key desc) as newest"
            " where delivery_name = %s and content_hash = %s",
            [delivery.name, delivery.content_hash],
        ).fetchone()
        if key is None:
            continue
        new = {one.file.path: one for one in files}
        hashes = {
            file.path: new[file.path].content_hash if file.path in new else file.content_hash
            for file in delivery.files
        }
        for path, one in new.items():
            status = one.new.stat()
            connection.execute(
                "update ops.files set byte_count = %s, modified_ns = %s, content_hash = %s"
                " where delivery_key = %s and file_name = %s",
                [status.st_size, status.st_mtime_ns, hashes[path], key[0], path.name],
            )
        connection.execute(
            "update ops.deliveries set content_hash = %s where delivery_key = %s",
            [
                delivery.hash_of((file.table, hashes[file.path]) for file in delivery.files),
                key[0],
            ],
        )


def _files(deliveries: list[Delivery]) -> Iterator[tuple[Delivery, DeliveryFile]]:
    for delivery in deliveries:
        for file in delivery.files:
            if file.table in tables_of_customers():
                yield delivery, file


def _layout(delivery: Delivery, file: DeliveryFile) -> _Layout | None:
    """None where the file cannot be read as a table, or names no customer: a search tells."""
    try:
        header = read_header(file, delivery.declared)
    except ShopwrightError:
        return None
    if CUSTOMER_ID not in header.columns:
        return None
    return _Layout(header.columns, header.delimiter.encode(), frozenset(kept_columns(file.table)))


def _holds(file: DeliveryFile, words: list[bytes]) -> bool:
    """Whether one of the words, in any case, stands somewhere in the file."""
    lowered = [word.lower() for word in words]
    overlap = max(map(len, lowered))
    tail = b""
    with _opened(file.path) as stream:
        while chunk := stream.read(1 << 20):
            text = tail + chunk.lower()
            if any(word in text for word in lowered):
                return True
            tail = text[-overlap:]
    return False


def _rewrite(
    file: DeliveryFile, layout: _Layout, customer_id: str, pseudonym: str, words: list[str]
) -> Rewritten:
    path = file.path.resolve()
    new = path.with_name(f".forgetting-{hashlib.sha256(path.name.encode()).hexdigest()[:12]}")
    wanted, count = customer_id.encode(), 0
    telling = [word.lower().encode() for word in words]
    with _opened(path) as stream, _opened(new, path.suffix) as out:
        for number, old in enumerate(_records(stream)):
            if not number:  # the header
                out.write(old)
                continue
            record = _without_person(old, layout, wanted, pseudonym.encode(), telling)
            count += record != old
            out.write(record)
    shutil.copymode(path, new)
    return Rewritten(file, new, count)


def _without_person(
    record: bytes, layout: _Layout, wanted: bytes, pseudonym: bytes, words: list[bytes]
) -> bytes:
    lowered = record.lower()
    if wanted not in record and not any(word in lowered for word in words):
        return record
    body = record.rstrip(b"\r\n")
    fields = split(body, layout.delimiter)
    values = [_value(one) for one in fields]
    holds = [any(word in value.lower() for word in words) for value in values]
    if len(fields) != len(layout.columns):
        if wanted in values or any(holds):
            fields = [b""] * len(fields)
    elif values[layout.customer] == wanted:
        fields = [
            field if name in layout.kept else pseudonym if name == CUSTOMER_ID else b""
            for name, field in zip(layout.columns, fields, strict=True)
        ]
    else:
        fields = [b"" if held else field for field, held in zip(fields, holds, strict=True)]
    return layout.delimiter.join(fields) + record[len(body) :]


def split(body: bytes, delimiter: bytes) -> list[bytes]:
    """The fields of a record as they stand, quotes included."""
    fields, start, quoted = [], 0, False
    for place in range(len(body)):
        byte = body[place : place + 1]
        if byte == b'"':
            quoted = not quoted
        elif byte == delimiter and not quoted:
            fields.append(body[start:place])
            start = place + 1
    return [*fields, body[start:]]


def _value(field: bytes) -> bytes:
    if len(field) > 1 and field.startswith(b'"') and field.endswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    return field.strip(b" ")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines, or several where a quoted field holds line breaks; together they are all bytes."""
    lines: list[bytes] = []
    is_open = False
    for line in stream:
        lines.append(line)
        is_open ^= line.count(b'"') % 2 == 1
        if not is_open:
            yield b"".join(lines)
            lines = []
        elif len(lines) > LONGEST_RECORD_LINES:
            yield from lines
            lines, is_open = [], False
    yield from lines


@contextmanager
def _opened(path: Path, packed_as: str | None = None) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file; or to be written to, packed as files with that ending are."""
    suffix = packed_as if packed_as is not None else path.suffix
    with path.open("rb" if packed_as is None else "wb") as raw:
        if suffix == ".gz":
            mode = "rb" if packed_as is None else "wb"
            with gzip.GzipFile("", mode, fileobj=raw, mtime=0) as stream:
                yield cast(IO[bytes], stream)
        elif suffix == ".zst" and packed_as is None:
            import io

            reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            with io.BufferedReader(cast(io.RawIOBase, reader), 1 << 20) as stream:
                yield cast(IO[bytes], stream)
        elif suffix == ".zst":
            with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as writer:
                yield cast(IO[bytes], writer)
        else:
            yield raw
