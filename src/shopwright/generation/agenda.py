"""What follows on later days from what happens today: returns, and changes of an order's status."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.randomness import Integers


class Entries(NamedTuple):
    """The day on which each entry is due, and what it says as columns of the same length."""

    days: Integers
    columns: dict[str, Integers]

    def at(self, rows: Integers) -> "Entries":
        """Some of them, in the order of `rows`."""
        return Entries(
            self.days[rows], {name: values[rows] for name, values in self.columns.items()}
        )


class Agenda:
    """Entries of one kind, until they are due."""

    def __init__(self) -> None:
        self.waiting: list[Entries] = []

    def enter(self, entries: Entries) -> None:
        """Adds entries; they have the columns of all before them."""
        self.waiting.append(entries)

    def due_before(self, end_day: int) -> Entries:
        """Takes out what is due before a day: by day, then in the order in which it came."""
        waiting = _together(self.waiting)
        due = np.flatnonzero(waiting.days < end_day)
        self.waiting = [waiting.at(np.flatnonzero(waiting.days >= end_day))]
        return waiting.at(due[np.argsort(waiting.days[due], kind="stable")])


def _together(parts: list[Entries]) -> Entries:
    return Entries(
        np.concatenate([part.days for part in parts]),
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
    )
