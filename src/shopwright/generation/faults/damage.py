"""What a fault is: how it damages a row's text, and what a pipeline should make of the row."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

Row = dict[str, str]
"""A row as it stands in the file: the text of each column, in the order of the header."""

Expected = Literal["reject", "wait", "warn", "mend", "duplicate", "malformed"]
"""What should become of the damaged row. `duplicate`: accepted once. `malformed`: the line is set
aside because it is no row at all."""

Place = Literal["instead", "after", "last", "later"]
"""Where the damage stands: instead of the row; after the row, which stays; instead of the last
row of a day's file; or nowhere, as the row itself comes in a later delivery."""


@dataclass(frozen=True)
class Damage:
    """One way to damage a row of a table.

    `change` gives the damaged row as columns, or as the bytes of the whole line. `fits` says
    which rows can be damaged so (all, without it). `rule` is the rule expected to find it.
    `accepted` names what the warehouse should hold where the damaged row is accepted: for each
    column the damaged text itself (`"text"`), nothing (`None`), or a value.
    """

    kind: str
    table: str
    column: str
    expected: Expected
    rule: str | None
    change: Callable[[Row, np.random.Generator], Row | bytes]
    place: Place = "instead"
    fits: Callable[[pl.DataFrame], pl.Series] | None = None
    accepted: dict[str, object] = field(default_factory=dict)

    @property
    def is_mendable(self) -> bool:
        """Whether a clean row that comes later would change what the warehouse holds."""
        return self.expected in ("reject", "wait", "warn", "malformed") and self.place in (
            "instead",
            "last",
        )


@dataclass
class Fault:
    """One planted fault. Delivery, file and line are known once the file is written.

    `line` counts the lines of the unpacked file from 1, the header. `corrected_on` is the day
    whose delivery brings the row as it should be, if one does.
    """

    number: int
    damage: Damage
    key: str
    value: str
    corrected_on: int | None = None
    delivery: str = ""
    file: str = ""
    line: int = 0


def as_line(row: Row) -> bytes:
    """The row as a line of CSV, quoted where it must be, without a line break."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue().encode()


def unquoted(row: Row) -> bytes:
    """The row as a line of CSV in which nothing is quoted."""
    return ",".join(row.values()).encode()
