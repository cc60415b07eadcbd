"""Deliveries on disk: one folder a day, a file for each table that has rows that day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from shopwright.generation.randomness import Integers

TABLES = ("customers", "products", "transactions", "transaction_items")


class DatedRows(NamedTuple):
    """Rows of a table and the day on which each is delivered, in ascending order."""

    days: Integers
    rows: pl.DataFrame


@dataclass
class Written:
    """What has been written so far: rows by table, and bytes over all files."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    bytes: int = 0


def write_days(
    folder: Path,
    start: date,
    first_day: int,
    end_day: int,
    tables: dict[str, list[DatedRows]],
    written: Written,
) -> Iterator[int]:
    """Writes the deliveries of the days [first_day, end_day), and yields each day when written.

    A table's parts follow each other in a file. A table without rows that day has no file; a day
    without any rows still has its folder.
    """
    cut = {
        table: [list(_csv_by_day(part, first_day, end_day)) for part in parts]
        for table, parts in tables.items()
    }
    for table, parts in tables.items():
        written.rows[table] += sum(len(part.rows) for part in parts)
    for day in range(first_day, end_day):
        delivery = folder / (start + timedelta(days=day)).isoformat()
        delivery.mkdir(parents=True)
        for table, parts in cut.items():
            body = [part[day - first_day] for part in parts if len(part[day - first_day])]
            if body:
                header = ",".join(tables[table][0].rows.columns) + "\n"
                written.bytes += _write(delivery / f"{table}.csv", [header.encode(), *body])
        yield day


def _csv_by_day(part: DatedRows, first_day: int, end_day: int) -> Iterator[memoryview]:
    """The CSV lines of each day, cut from one text: a call a day would cost more than its rows.

    Holds because no value contains a line break: a row is a line.
    """
    text = BytesIO()
    part.rows.write_csv(text, include_header=False)
    content = text.getbuffer()
    line_ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n")) + 1
    starts = np.concatenate([[0], line_ends])
    bounds = starts[np.searchsorted(part.days, np.arange(first_day, end_day + 1))]
    for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
        yield content[begin:end]


def _write(path: Path, parts: list[bytes | memoryview]) -> int:
    with path.open("wb", buffering=0) as file:
        return file.write(b"".join(parts))
