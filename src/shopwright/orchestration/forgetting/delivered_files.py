"""The delivered files: a person's fields are rewritten, and every other byte stays as it is."""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, cast

import zstandard
from psycopg import Connection

from shopwright.config import Settings
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion import archive
from shopwright.ingestion.deliveries import AsDelivered, Delivery, DeliveryFile, unpacked
from shopwright.orchestration.forgetting.layouts import Layout, layouts, split, value
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID, kept_columns
from shopwright.orchestration.forgetting.traces import Traces

_OVERLAP = 4096
"""Longer than any word that is looked for, so that none hides between two pieces of a text."""


@dataclass(frozen=True)
class Rewritten:
    """A file as it is to become, written beside it and not put in its place yet."""

    file: DeliveryFile
    new: Path
    row_count: int

    @cached_property
    def became(self) -> AsDelivered:
        """What the file is like now, or, of one that the archive has packed, would be."""
        status, digest, size = self.new.stat(), hashlib.sha256(), 0
        is_packed = self.file.delivered_name != self.file.path.name
        with self.new.open("rb") as stream:
            for chunk in unpacked(stream, self.file.path.suffix if is_packed else ""):
                digest.update(chunk)
                size += len(chunk)
        return AsDelivered(self.file.delivered_name, size, status.st_mtime_ns, digest.hexdigest())


def states_in_files(
    deliveries: list[Delivery], settings: Settings, customer_id: str
) -> list[dict[str, str]]:
    """The person's rows in the delivered files, by column."""
    found = []
    for layout in layouts(deliveries, settings):
        if not _holds(layout, [customer_id]):
            continue
        for record in layout.records():
            fields = [value(one) for one in split(record.rstrip(b"\r\n"), layout.delimiter)]
            if len(fields) == len(layout.columns) and fields[layout.customer] == customer_id:
                found.append(dict(zip(layout.columns, fields, strict=True)))
    return found


def rewrite(
    deliveries: list[Delivery], settings: Settings, traces: Traces, pseudonym: str
) -> list[tuple[Delivery, list[Rewritten]]]:
    """Writes the files that hold the person anew, each beside the old one, by delivery.

    In the person's rows the number becomes the pseudonym, and what is personal or unknown to the
    contract becomes empty. In other rows, fields that hold an e-mail address of theirs or the like
    become empty; a line that is no row and holds the person is emptied whole.
    """
    found: dict[Path, tuple[Delivery, list[Rewritten]]] = {}
    for layout in layouts(deliveries, settings):
        if not _holds(layout, traces.any_words):
            continue
        rewritten = _rewrite(layout, traces, pseudonym)
        if rewritten.row_count:
            delivery = layout.delivery
            found.setdefault(delivery.folder, (delivery, []))[1].append(rewritten)
        else:
            rewritten.new.unlink()
    return list(found.values())


def put_in_place(rewritten: list[tuple[Delivery, list[Rewritten]]]) -> None:
    """The new files take the place of the old ones."""
    for delivery, files in rewritten:
        became = {one.file.path.name: one.became for one in files}
        for one in files:
            one.new.replace(one.file.path.resolve())
        archive.settle(delivery.folder, became)


def record(connection: Connection, rewritten: list[tuple[Delivery, list[Rewritten]]]) -> None:
    """Tells the ledger, and the archive, the new sizes and hashes, so that nothing is taken for a
    correction.

    A delivery that is pending, or was changed since it was published, stays so.
    """
    for delivery, files in rewritten:
        new = {one.file.path: one.became for one in files}
        content_hash = delivery.hash_of(
            (file.table, new[file.path].content_hash if file.path in new else file.content_hash)
            for file in delivery.files
        )
        archive.expect(delivery.folder, content_hash)
        key = connection.execute(
            "select delivery_key from (select distinct on (delivery_name) * from ops.deliveries"
            " order by delivery_name, delivery_key desc) as newest"
            " where delivery_name = %s and content_hash = %s",
            [delivery.name, delivery.content_hash],
        ).fetchone()
        if key is None:
            continue
        for one in new.values():
            connection.execute(
                "update ops.files set byte_count = %s, modified_ns = %s, content_hash = %s"
                " where delivery_key = %s and file_name = %s",
                [one.byte_count, one.modified_ns, one.content_hash, key[0], one.name],
            )
        connection.execute(
            "update ops.deliveries set content_hash = %s where delivery_key = %s",
            [content_hash, key[0]],
        )


def _holds(layout: Layout, words: list[str]) -> bool:
    """Whether one of the words, in any case, stands somewhere in the file. One that is damaged
    or cut short cannot have been published: the search tells that it was not looked into."""
    lowered = [word.lower() for word in words]
    tail = ""
    try:
        for chunk in layout.text():
            text = tail + chunk.decode("utf-8", "replace").lower()
            if any(word in text for word in lowered):
                return True
            tail = text[-_OVERLAP:]
    except ShopwrightError:
        pass
    return False


def _rewrite(layout: Layout, traces: Traces, pseudonym: str) -> Rewritten:
    path = layout.file.path.resolve()
    new = path.with_name(f".forgetting-{hashlib.sha256(path.name.encode()).hexdigest()[:12]}")
    count = 0
    with _written_to(new, path.suffix) as out:
        out.write(layout.mark + layout.as_delivered(layout.head()))
        for old in layout.records():
            record = _without_person(old, layout, traces, pseudonym)
            count += record != old
            out.write(layout.as_delivered(record))
    shutil.copymode(path, new)
    return Rewritten(layout.file, new, count)


def _without_person(record: bytes, layout: Layout, traces: Traces, pseudonym: str) -> bytes:
    text = record.decode("utf-8", "replace")
    lowered = text.lower()
    if not any(word.lower() in lowered for word in traces.any_words):
        return record
    body = record.rstrip(b"\r\n")
    fields = split(body, layout.delimiter)
    values = [value(one) for one in fields]
    if len(fields) != len(layout.columns) or not _is_sound(record):
        if traces.stand_in(text):
            fields = [b""] * (len(fields) + (len(fields) == len(layout.columns)))
    elif values[layout.customer] == traces.customer_id:
        kept = kept_columns(layout.file.table)
        fields = [
            field if name in kept else pseudonym.encode() if name == CUSTOMER_ID else b""
            for name, field in zip(layout.columns, fields, strict=True)
        ]
    else:
        words = [word.lower() for word in traces.single_words]
        fields = [
            b"" if any(word in one.lower() for word in words) else field
            for field, one in zip(fields, values, strict=True)
        ]
    return layout.delimiter.join(fields) + record[len(body) :]


def _is_sound(record: bytes) -> bool:
    """Whether it can be a row: what is left of one that cannot must not become one."""
    try:
        return b"\0" not in record and bool(record.decode())
    except UnicodeDecodeError:
        return False


@contextmanager
def _written_to(path: Path, packed_as: str) -> Iterator[IO[bytes]]:
    """A new file, packed as those with that ending are."""
    with path.open("wb") as raw:
        if packed_as == ".gz":
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as stream:
                yield cast(IO[bytes], stream)
        elif packed_as == ".zst":
            with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as writer:
                yield cast(IO[bytes], writer)
        else:
            yield raw
