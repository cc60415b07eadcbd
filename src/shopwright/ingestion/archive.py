"""The archive: published deliveries, packed, each in a folder that tells what it was before.

`archive/1/2024-05-01` is the first delivery of that name, `archive/2/2024-05-01` its correction.
The bytes are those that were delivered; files that came unpacked are packed by Zstandard.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import zstandard
from psycopg import Connection

from shopwright.ingestion.deliveries import (
    CHUNK,
    AsDelivered,
    Delivery,
    DeliveryInvalid,
    read_delivery,
)

RECORD = "archived.json"
PACKED = ".zst"


@dataclass(frozen=True)
class ArchivedDelivery:
    """A delivery in the archive, as it was when it lay among the others.

    `delivery_key` is its number in the ledger that it was published by. `content_hashes` are those
    that a ledger may know it by, the newest first: forgetting a customer changes the content.
    """

    folder: Path
    delivery_key: int
    content_hashes: tuple[str, ...]
    files: dict[str, AsDelivered]

    @classmethod
    def read(cls, folder: Path) -> "ArchivedDelivery":
        """What the folder's record says. Raises DeliveryInvalid."""
        file = folder / RECORD
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            files = {packed: AsDelivered(**one) for packed, one in said["files"].items()}
            return cls(folder, int(said["delivery_key"]), tuple(said["content_hashes"]), files)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeliveryInvalid(
                f"{folder} in the archive has no {RECORD} that can be read ({error}).",
                "If the files are whole, move the folder among the deliveries.",
            ) from error

    def write(self) -> None:
        """Writes the record, whole or not at all."""
        record = {
            "delivery_key": self.delivery_key,
            "content_hashes": self.content_hashes,
            "files": {packed: asdict(one) for packed, one in self.files.items()},
        }
        new = self.folder / f".{RECORD}"
        with new.open("w", encoding="utf-8") as stream:
            json.dump(record, stream, indent=1)
            flush(stream.fileno())
        new.replace(self.folder / RECORD)

    @property
    def name(self) -> str:
        """Name of the delivery."""
        return self.folder.name

    @property
    def byte_count(self) -> int:
        """Size as delivered."""
        return sum(one.byte_count for one in self.files.values())

    @cached_property
    def delivery(self) -> Delivery:
        """The delivery, which a run publishes as it would have before. Raises DeliveryInvalid."""
        found = read_delivery(self.folder)
        files = (replace(file, before=self.files.get(file.path.name)) for file in found.files)
        return replace(found, files=tuple(files))

    def unpack(self, target: Path) -> None:
        """Writes the delivery as it was into a new folder: names, bytes and times.

        Raises DeliveryInvalid where the bytes are not those that were archived.
        """
        tables = {file.path.name: file for file in self.delivery.files}
        for path in files_in(self.folder):
            inside = path.relative_to(self.folder)
            before = self.files.get(str(inside))
            copy = target / (before.name if before else inside)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if before is None:
                if path.name != RECORD:
                    shutil.copy2(path, copy)
                continue
            is_packed = before.name != path.name
            chunks = tables[path.name].chunks() if is_packed else _chunks(path)
            if _write(chunks, copy) != before.content_hash:
                raise DeliveryInvalid(
                    f"{path} is not what was archived as {before.name}: its bytes have changed.",
                    "Take the file from a backup of the archive. If it was changed while a "
                    "customer was forgotten, forget them again.",
                )
            shutil.copymode(path, copy)
            os.utime(copy, ns=(before.modified_ns, before.modified_ns))


def find_archived(archive: Path) -> tuple[list[ArchivedDelivery], dict[str, DeliveryInvalid]]:
    """Every delivery in the archive, in the order in which they supersede each other, and by
    name why others cannot be read."""
    found: list[ArchivedDelivery] = []
    refused: dict[str, DeliveryInvalid] = {}
    for part in _subfolders(archive):
        for folder in _subfolders(part):
            try:
                found.append(ArchivedDelivery.read(folder))
            except DeliveryInvalid as error:
                refused[folder.name] = error
    return sorted(found, key=lambda one: (one.delivery_key, one.folder.parent.name)), refused


def archived_deliveries(archive: Path) -> list[Delivery]:
    """All deliveries in the archive. Raises DeliveryInvalid."""
    found, refused = find_archived(archive)
    for error in refused.values():
        raise error
    return [one.delivery for one in found]


def newest(archived: Iterable[ArchivedDelivery]) -> dict[str, ArchivedDelivery]:
    """By name, the delivery that has replaced the others of the name."""
    return {one.name: one for one in archived}


def unpublished(
    connection: Connection, archived: Iterable[ArchivedDelivery], beside: Iterable[Delivery]
) -> list[Delivery]:
    """Those that the ledger does not know: of a database made anew, or that lost its last moments.

    One that lies among the deliveries too, as its move was broken off, is not counted twice.
    Raises DeliveryInvalid.
    """
    known = Counter(
        connection.execute("select delivery_name, content_hash from ops.deliveries").fetchall()
    )
    by_name = {one.name: one for one in beside}
    archived = list(archived)
    last = newest(archived)
    found = []
    for one in archived:
        hashes = [(one.name, each) for each in one.content_hashes if known[one.name, each]]
        if hashes:  # the same content may have come again after other
            known[hashes[0]] -= 1
            continue
        other = by_name.get(one.name)
        if not (other and one is last[one.name] and other.content_hash in one.content_hashes):
            found.append(one.delivery)
    return found


def expect(folder: Path, content_hash: str) -> None:
    """Tells the archive that a delivery in it is about to become other content, by which a ledger
    may know it. Where the folder is not in the archive, nothing is to be told."""
    if (folder / RECORD).exists():
        archived = ArchivedDelivery.read(folder)
        hashes = dict.fromkeys([content_hash, *archived.content_hashes])
        replace(archived, content_hashes=tuple(hashes)).write()


def settle(folder: Path, files: dict[str, AsDelivered]) -> None:
    """Tells it what files of a delivery have become, by the names they have there."""
    if (folder / RECORD).exists():
        archived = ArchivedDelivery.read(folder)
        replace(archived, files={**archived.files, **files}).write()


def pack(folder: Path, delivery: Delivery, target: Path) -> dict[str, AsDelivered]:
    """Copies a delivery into a new folder, packed. Gives by packed name what each of its tables'
    files was. Everything is on the disk, and was read again, when this returns."""
    tables = {file.path.name: file for file in delivery.files}
    files = {}
    for path in files_in(folder):
        inside = path.relative_to(folder)
        copy = target / inside
        copy.parent.mkdir(parents=True, exist_ok=True)
        file = tables.get(str(inside))
        if file is None:
            shutil.copy2(path, copy)
        else:
            status = path.stat()
            to_pack = path.suffix == ".csv" and f"{path.name}{PACKED}" not in tables
            copy = copy.with_name(f"{copy.name}{PACKED}") if to_pack else copy
            content_hash = _write(_chunks(path), copy, packed=to_pack)
            _refuse_changed(replace(file, path=copy).chunks() if to_pack else _chunks(copy),
                            content_hash, copy)  # fmt: skip
            shutil.copystat(path, copy)
            files[copy.name] = AsDelivered(
                path.name, status.st_size, status.st_mtime_ns, content_hash
            )
        with copy.open("rb") as stream:
            flush(stream.fileno())
    return files


def files_in(folder: Path) -> list[Path]:
    """All files of a folder and of those in it."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flush(descriptor: int) -> None:
    """Waits until a file, or a folder's names, are on the disk."""
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def _refuse_changed(chunks: Iterable[bytes], content_hash: str, copy: Path) -> None:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    if digest.hexdigest() != content_hash:
        raise OSError(f"{copy} does not read back as it was written")


def _write(chunks: Iterable[bytes], path: Path, *, packed: bool = False) -> str:
    """Gives the SHA-256 of what is written, before it is packed."""
    digest = hashlib.sha256()
    compressor = zstandard.ZstdCompressor(level=9, write_checksum=True)
    with (
        path.open("wb") as stream,
        compressor.stream_writer(stream, closefd=False) if packed else nullcontext(stream) as out,
    ):
        for chunk in chunks:
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _subfolders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
