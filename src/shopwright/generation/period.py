"""The period that is generated, cut into blocks of days.

A block is made whole with vectors and then cut into days for writing: 730 days of small frames
would cost more in calls than in rows. Blocks bound the memory.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from shopwright.generation.randomness import Integers

BLOCK_DAYS = 30
BLOCK_SALES = 150_000  # a day is never cut, so a busier day makes a bigger block


class Block(NamedTuple):
    """The days [first_day, end_day), counted from the period's `start`."""

    start: date
    first_day: int
    end_day: int


def blocks(start: date, sales: Integers) -> Iterator[Block]:
    """The period's blocks; `sales` are those of each day."""
    first, waiting = 0, 0
    for day, today in enumerate(sales):
        full = day - first == BLOCK_DAYS or waiting + today > BLOCK_SALES
        if day > first and full:
            yield Block(start, first, day)
            first, waiting = day, 0
        waiting += int(today)
    yield Block(start, first, len(sales))
