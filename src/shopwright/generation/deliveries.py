"""Deliveries on disk: one folder a day, a file for each table that has rows that day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from shopwright.generation.period import Block
from shopwright.generation.randomness import Integers

TABLES = ("customers", "products", "transactions", "transaction_items")


class DatedRows(NamedTuple):
    """Rows of a table and the day on which each is delivered, in ascending order."""

    days: Integers
    rows: pl.DataFrame


@dataclass
class Written:
    """What has been written: rows by table, and bytes over all files."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    bytes: int = 0

    def add(self, more: "Written") -> None:
        """Counts another block's files too."""
        self.bytes += more.bytes
        for table, rows in more.rows.items():
            self.rows[table] += rows


def write_days(folder: Path, block: Block, tables: dict[str, list[DatedRows]]) -> Written:
    """Writes the deliveries of the block's days.

    A table's parts follow each other in a file. A table without rows that day has no file; a day
    without any rows still has its folder.
    """
    written = Written()
    cut = {}
    for table, parts in tables.items():
        cut[table] = [list(_csv_by_day(part, block)) for part in parts]
        written.rows[table] += sum(len(part.rows) for part in parts)
    first_day = block.first_day
    for day in range(first_day, block.end_day):
        delivery = folder / (block.start + timedelta(days=day)).isoformat()
        delivery.mkdir(parents=True)
        for table, texts in cut.items():
            body = [text[day - first_day] for text in texts if len(text[day - first_day])]
            if body:
                header = ",".join(tables[table][0].rows.columns) + "\n"
                content = b"".join([header.encode(), *body])
                (delivery / f"{table}.csv").write_bytes(content)
                written.bytes += len(content)
    return written


def _csv_by_day(part: DatedRows, block: Block) -> Iterator[memoryview]:
    """The CSV lines of each day, cut from one text: a call a day would cost more than its rows.

    Holds because no value contains a line break: a row is a line.
    """
    text = BytesIO()
    part.rows.write_csv(text, include_header=False)
    content = text.getbuffer()
    line_ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n")) + 1
    starts = np.concatenate([[0], line_ends])
    bounds = starts[np.searchsorted(part.days, np.arange(block.first_day, block.end_day + 1))]
    for begin, end in pairwise(bounds):
        yield content[begin:end]
