"""A day's tables as the deliveries in which they arrive."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from shopwright.generation.faults.planting import Line
from shopwright.generation.mess.arrivals import AS_IT_SHOULD, Arrivals
from shopwright.generation.mess.files import TableFile
from shopwright.generation.mess.mistakes import MISTAKEN_SHARE, mistaken
from shopwright.generation.randomness import Flags

RENAMED = {"customers": ("phone", "telephone"), "products": ("supplier", "vendor"),
           "transactions": ("channel", "sales_channel")}  # fmt: skip
"""Columns that another name could be given to: none that a sale's amount hangs on."""


@dataclass
class DayTable:
    """A table's lines of a day; `is_own` is true of rows that no fault concerns and that are not
    corrections of earlier days."""

    header: list[str]
    lines: list[Line]
    is_own: Flags


@dataclass
class Package:
    """One delivery: its name, the day whose rows it brings, how it came about, and its files."""

    name: str
    of_day: int
    arrival: str
    files: list[TableFile]


def packages(
    rng: np.random.Generator,
    start: date,
    arrivals: Arrivals,
    day: int,
    tables: dict[str, DayTable],
) -> Iterator[Package]:
    """The deliveries of a day's rows: mostly one, named after the day.

    Another has the name of the day on which it arrives and says why it does, such as
    `2024-05-06-late-2024-05-01`: deliveries are read by day, then by name.
    """
    kind = arrivals.kinds[day]
    own = (start + timedelta(days=day)).isoformat()
    arrival = (start + timedelta(days=int(arrivals.second[day]))).isoformat()
    files = [TableFile(table, one.header, one.lines) for table, one in tables.items()]

    def second(word: str, files: list[TableFile]) -> Package:
        return Package(f"{arrival}-{word}-{own}", day, kind, files)

    if kind == "late":
        yield second("late", files)
    elif kind == "out_of_order":
        yield second("after", files)
    elif kind == "twice":
        yield Package(own, day, AS_IT_SHOULD, files)
        yield second("again", files)
    elif kind in _SPLITS:
        first, rest = _SPLITS[kind](rng, tables, files)
        yield Package(own, day, AS_IT_SHOULD, first)
        if rest:
            yield second(_WORDS[kind], rest)
    else:
        yield Package(own, day, AS_IT_SHOULD, files)


def _corrected(
    rng: np.random.Generator, tables: dict[str, DayTable], files: list[TableFile]
) -> tuple[list[TableFile], list[TableFile]]:
    """Some rows are wrong at first, and come as they should be later."""
    first, rest = [], []
    for file in files:
        own = np.flatnonzero(tables[file.table].is_own)
        count = min(max(round(len(own) * MISTAKEN_SHARE), 1), len(own))
        chosen = np.sort(rng.choice(own, count, replace=False))
        lines = list(file.lines)
        for number in chosen:
            lines[number] = Line(mistaken(file.table, lines[number].text, file.header))
        first.append(replace(file, lines=lines))
        if count:
            rest.append(replace(file, lines=[file.lines[number] for number in chosen]))
    return first, rest


def _missing_file(
    rng: np.random.Generator, tables: dict[str, DayTable], files: list[TableFile]
) -> tuple[list[TableFile], list[TableFile]]:
    """One table's file comes later; a day with one file alone stays as it is."""
    if len(files) < 2:
        return files, []
    missing = int(rng.integers(0, len(files)))
    return [*files[:missing], *files[missing + 1 :]], [files[missing]]


def _renamed_column(
    rng: np.random.Generator, tables: dict[str, DayTable], files: list[TableFile]
) -> tuple[list[TableFile], list[TableFile]]:
    """One file has another name for a column, and comes again with the right one."""
    candidates = [file for file in files if file.table in RENAMED and not file.has_faults]
    if not candidates:
        return files, []
    chosen = candidates[int(rng.integers(0, len(candidates)))]
    name, other = RENAMED[chosen.table]
    header = [other if column == name else column for column in chosen.header]
    wrong = replace(chosen, header=header)
    return [wrong if file is chosen else file for file in files], [chosen]


_Split = Callable[
    [np.random.Generator, dict[str, DayTable], list[TableFile]],
    tuple[list[TableFile], list[TableFile]],
]
_SPLITS: dict[str, _Split] = {
    "corrected": _corrected,
    "missing_file": _missing_file,
    "renamed_column": _renamed_column,
}
_WORDS = {"corrected": "corrects", "missing_file": "missing", "renamed_column": "renamed"}
