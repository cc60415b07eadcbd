"""Finding deliveries: folders of CSV files, their dates, their order and their content hashes."""

import datetime
import gzip
import hashlib
import json
import os
import re
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import IO

import zstandard
from pydantic import BaseModel, ConfigDict, ValidationError

from shopwright.config import ColumnSettings, TableDialects
from shopwright.config.errors import ShopwrightError
from shopwright.config.settings_file import line_of
from shopwright.ingestion.contract import contract

CHUNK = 1 << 20
DECLARATION = "delivery.toml"
_FILE_NAME = re.compile(r"(?P<table>[a-z_]+)(-(?P<part>.+))?\.csv(\.gz|\.zst)?", re.DOTALL)
_DIGITS = re.compile("([0-9]+)")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class DeliveryInvalid(ShopwrightError):
    """A delivery's folder cannot be understood."""


class Declaration(BaseModel):
    """delivery.toml: the day, how the files are written, and what their columns are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: datetime.date | None = None
    dialect: TableDialects = TableDialects()
    columns: ColumnSettings = ColumnSettings()


NOTHING_DECLARED = Declaration()


@dataclass(frozen=True)
class AsDelivered:
    """What a file was called and like when it was delivered, if it was packed since."""

    name: str
    byte_count: int
    modified_ns: int
    content_hash: str


@dataclass(frozen=True)
class DeliveryFile:
    """One CSV file of a delivery. Of one from the archive, all but the path is as delivered."""

    path: Path
    table: str
    before: AsDelivered | None = None

    @property
    def name(self) -> str:
        """Delivery and file, as messages show it."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def delivered_name(self) -> str:
        """Name of the file within the delivery."""
        return self.before.name if self.before else self.path.name

    @cached_property
    def _status(self) -> os.stat_result:
        return self.path.stat()

    @property
    def byte_count(self) -> int:
        """Size as delivered, packed or not."""
        return self.before.byte_count if self.before else self._status.st_size

    @property
    def modified_ns(self) -> int:
        """When the file was changed last, in nanoseconds since 1970."""
        return self.before.modified_ns if self.before else self._status.st_mtime_ns

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the bytes as delivered."""
        if self.before:
            return self.before.content_hash
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The unpacked bytes, about `size` of them at a time."""
        try:
            with self.path.open("rb") as stream:
                yield from unpacked(stream, self.path.suffix, size)
        except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise DeliveryInvalid(
                f"{self.name}: the compressed file is damaged or cut short ({error}).",
                "Have it delivered again.",
            ) from error


def unpacked(stream: IO[bytes], suffix: str, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of a file with that ending, about `size` of them at a time. Raises the error of the
    packing where the file is damaged, EOFError where it is cut short.
    """
    if suffix == ".zst":
        yield from _unpacked_zstandard(stream, size)
        return
    source = gzip.GzipFile(fileobj=stream) if suffix == ".gz" else stream
    while chunk := source.read(size):
        yield chunk


def _unpacked_zstandard(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """Frame by frame, as the library's own reader does not tell a frame that was cut short."""
    frame = None
    while packed := stream.read(size // 4):
        while packed:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            if chunk := frame.decompress(packed):
                yield chunk
            packed = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError("the last frame has no end")


@dataclass(frozen=True)
class Delivery:
    """A folder of CSV files that speaks for one day."""

    folder: Path
    delivery_date: date
    files: tuple[DeliveryFile, ...]
    declared: Declaration = NOTHING_DECLARED

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the tables, the files' hashes and what delivery.toml says of them."""
        return self.hash_of((file.table, file.content_hash) for file in self.files)

    def hash_of(self, files: Iterable[tuple[str, str]]) -> str:
        """What `content_hash` is with these tables and hashes of files, in any order."""
        parts = sorted(f"{table} {content_hash}" for table, content_hash in files)
        if self.declaration:
            parts.append(self.declaration)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def declaration(self) -> str:
        """What delivery.toml says of the files, always in the same words; empty where nothing."""
        if self.declared is NOTHING_DECLARED:
            return ""
        said = self.declared.model_dump(exclude={"date"}, exclude_defaults=True)
        return json.dumps(said, sort_keys=True) if said else ""

    @property
    def byte_count(self) -> int:
        """Size of all files as delivered."""
        return sum(file.byte_count for file in self.files)


def find_deliveries(folder: Path) -> list[Delivery]:
    """Every delivery in the folder, by date and name. Raises DeliveryInvalid."""
    found, refused = readable_deliveries(folder)
    for error in refused.values():
        raise error
    return found


def readable_deliveries(
    folder: Path, has_arrived: Callable[[Path], bool] = lambda _: True
) -> tuple[list[Delivery], dict[str, DeliveryInvalid]]:
    """The deliveries that can be understood, by date and name, and by name why others cannot.

    They are no less right without the others: deliveries come in any order. A folder that has not
    arrived is not looked into. Raises DeliveryInvalid where there is no folder, or where nothing in
    it can be understood.
    """
    if not folder.is_dir():
        raise DeliveryInvalid(
            f"There is no folder {folder}.",
            f"Make it and put deliveries into it: {folder / '2024-05-01' / 'transactions.csv'}",
        )
    found: list[Delivery] = []
    refused: dict[str, DeliveryInvalid] = {}
    with os.scandir(folder) as entries:
        children = sorted(entries, key=lambda child: child.name)
    for child in children:
        try:
            if _FILE_NAME.fullmatch(child.name):
                raise _beside_deliveries(folder / child.name)
            if child.name.startswith(".") or not child.is_dir():
                continue
            if has_arrived(path := folder / child.name):
                found.append(read_delivery(path))
        except DeliveryInvalid as error:
            refused[child.name] = error
    if refused and not found:
        raise next(iter(refused.values()))
    return sorted(found, key=lambda delivery: (delivery.delivery_date, delivery.name)), refused


def _beside_deliveries(file: Path) -> DeliveryInvalid:
    return DeliveryInvalid(
        f"{file} lies beside the deliveries, not in one.",
        f"Move it into a folder named after its day: {file.parent / '2024-05-01' / file.name}",
    )


def read_delivery(folder: Path) -> Delivery:
    """The delivery in one folder. Raises DeliveryInvalid where it has no date or no table."""
    with os.scandir(folder) as children:
        names = sorted((child.name for child in children if child.is_file()), key=_file_order)
    found = []
    for name in names:
        match = _FILE_NAME.fullmatch(name)
        if match and match["table"] in contract():
            found.append(DeliveryFile(folder / name, match["table"]))
        elif ".csv" in name.lower():
            raise _unknown_file(folder, name)
    if not found:
        raise DeliveryInvalid(
            f"The delivery {folder.name} holds no CSV file"
            + (f", only {', '.join(names[:5])}." if names else "."),
            f"Put at least one of {_expected()} into {folder}, or remove the folder.",
        )
    declared = read_declaration(folder) if DECLARATION in names else NOTHING_DECLARED
    return Delivery(folder, _delivery_date(folder, declared), tuple(found), declared)


def _file_order(name: str) -> tuple[str, list[str | int], str]:
    """By table, then the undivided file, then the parts as people count: 2 before 10."""
    match = _FILE_NAME.fullmatch(name)
    table, part = (match["table"], match["part"] or "") if match else (name, "")
    # at odd places of a split stand the digits, so that a number is only ever held against one
    pieces = [int(piece) if i % 2 else piece for i, piece in enumerate(_DIGITS.split(part))]
    return table, pieces, name


def _unknown_file(folder: Path, name: str) -> DeliveryInvalid:
    stem = name.lower().split(".")[0]
    nearest = get_close_matches(stem, contract(), n=1) or get_close_matches(
        stem.split("-")[0], contract(), n=1
    )
    hint = f" Did you mean {nearest[0]}.csv?" if nearest else ""
    return DeliveryInvalid(
        f"{folder.name}/{name} is none of the contract's tables.{hint}",
        f"Name the file after its table ({_expected()}; parts: transactions-1.csv), "
        "or take it out of the delivery.",
    )


def _expected() -> str:
    return ", ".join(f"{table}.csv" for table in contract())


def read_declaration(folder: Path) -> Declaration:
    """What the folder's delivery.toml says. Raises DeliveryInvalid."""
    text = ""
    try:
        text = (folder / DECLARATION).read_text(encoding="utf-8-sig")
        return Declaration.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeliveryInvalid(
            f"{folder.name}/{DECLARATION} cannot be read: {error}",
            "Write it as TOML, for example: date = 2024-05-01",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        path = [str(part) for part in first["loc"]]
        raise DeliveryInvalid(
            f"{folder.name}/{DECLARATION}{line_of(text, path)}: {'.'.join(path)}: "
            + first["msg"].removeprefix("Value error, ")
            + ("." if first["type"] == "extra_forbidden" else f", but it is {first['input']!r}."),
            "Known are date, [dialect] with encoding, delimiter, decimal, thousands and "
            "date_format, [dialect.TABLE], and [columns.TABLE].",
        ) from error


def _delivery_date(folder: Path, declared: Declaration) -> date:
    if declared.date is not None:
        return declared.date
    match = _DATE.match(folder.name)
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    raise DeliveryInvalid(
        f"The delivery {folder.name} does not say which day it speaks for.",
        "Let the folder's name begin with the day (2024-05-01), or put a delivery.toml into it "
        "with the line: date = 2024-05-01",
    )
