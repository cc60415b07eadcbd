"""Deliveries on disk: a folder for each day with rows, a file for each table that has some."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shopwright.generation.period import Block
from shopwright.generation.randomness import Integers

NEWLINE = ord("\n")
PIECE_BYTES = 2**20  # what is looked through at a time stays in the processor's cache
TABLES = ("customers", "products", "transactions", "transaction_items")
# Their texts are identifiers, times and names of our own lists, without commas and quotes: not
# looking for such takes 40 % off the writing. Names and addresses come from Faker.
NEVER_QUOTED = ("transactions", "transaction_items")


class DatedRows(NamedTuple):
    """Rows of a table and the day on which each is delivered, in ascending order."""

    days: Integers
    rows: pl.DataFrame


@dataclass
class Written:
    """What has been written: rows by table, and deliveries and bytes over all."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    deliveries: int = 0
    bytes: int = 0

    def add(self, more: "Written") -> None:
        """Counts another block's files too."""
        self.deliveries += more.deliveries
        self.bytes += more.bytes
        for table, rows in more.rows.items():
            self.rows[table] += rows


def write_days(folder: Path, block: Block, tables: dict[str, list[DatedRows]]) -> Written:
    """Writes the deliveries of the block's days.

    A table's parts follow each other in a file. A table without rows that day has no file, and a
    day without any rows has no folder: `run` refuses an empty one, as its files may be missing.
    """
    written = Written()
    days = range(block.first_day, block.end_day)
    texts = {table: _texts_by_day(table, parts, days) for table, parts in tables.items()}
    for number, day in enumerate(days):
        files = {table: by_day[number] for table, by_day in texts.items() if any(by_day[number])}
        if not files:
            continue
        delivery = folder / (block.start + timedelta(days=day)).isoformat()
        delivery.mkdir(parents=True)
        written.deliveries += 1
        for table, parts_of_day in files.items():
            content: list[bytes | memoryview] = [_header(tables[table]), *parts_of_day]
            with (delivery / f"{table}.csv").open("wb") as file:
                file.writelines(content)
            written.bytes += sum(len(part) for part in content)
    for table, parts in tables.items():
        written.rows[table] += sum(len(part.rows) for part in parts)
    return written


def _header(parts: list[DatedRows]) -> bytes:
    return (",".join(parts[0].rows.columns) + "\n").encode()


def _texts_by_day(table: str, parts: list[DatedRows], days: range) -> list[tuple[memoryview, ...]]:
    """The CSV lines of each day, one text a part of the table."""
    quotes: Literal["never", "necessary"] = "never" if table in NEVER_QUOTED else "necessary"
    return list(zip(*(_cut(part, days, quotes) for part in parts), strict=True))


def _cut(
    part: DatedRows, days: range, quotes: Literal["never", "necessary"]
) -> Iterator[memoryview]:
    """The CSV lines of each day, cut from one text: a call a day would cost more than its rows.

    Holds because no value contains a line break: a row is a line.
    """
    text = BytesIO()
    part.rows.write_csv(text, include_header=False, quote_style=quotes)
    content = text.getbuffer()
    rows_before = np.searchsorted(part.days, np.arange(days.start, days.stop + 1))
    bounds = _starts(np.frombuffer(content, dtype=np.uint8), rows_before)
    for begin, end in pairwise(bounds):
        yield content[begin:end]


def _starts(content: NDArray[np.uint8], lines: Integers) -> list[int]:
    """Where in the text the line after so many lines starts, for each of `lines` (ascending)."""
    pieces = range(0, len(content), PIECE_BYTES)
    ends = [at + np.flatnonzero(content[at : at + PIECE_BYTES] == NEWLINE) for at in pieces]
    starts: list[int] = np.concatenate([[0], *(found + 1 for found in ends)])[lines].tolist()
    return starts
