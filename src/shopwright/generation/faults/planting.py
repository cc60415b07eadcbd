"""Choosing rows and damaging them: at most one fault a row, on streams of their own."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from shopwright.generation.faults.damage import Damage, Fault, Row, as_line
from shopwright.generation.faults.kinds import DAMAGES
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.faults.references import FIRST_STATE
from shopwright.generation.randomness import Flags, Integers, stream

KEYS = {
    "customers": "customer_id",
    "products": "product_id",
    "transactions": "transaction_id",
    "transaction_items": "item_id",
}
CORRECTED_WITHIN_DAYS = 5


class Line(NamedTuple):
    """A line of a file, without its line break, and the fault that was planted in it."""

    text: bytes
    fault: Fault | None = None


class LaterLine(NamedTuple):
    """A line that a later day's delivery brings."""

    day: int
    table: str
    line: Line


@dataclass
class PlantedRows:
    """A table's rows of a block after planting.

    `lines` has the lines that stand in place of each row, none where it comes later;
    `expected_rows` holds what the warehouse should take from them and `kept` says from which;
    `later` is what comes with later days; `is_touched` says which rows a fault concerns.
    """

    lines: list[list[Line]]
    expected_rows: pl.DataFrame
    kept: Flags
    is_touched: Flags
    later: list[LaterLine] = field(default_factory=list)


class Planter:
    """Plants the faults of all blocks, one after the other; keeps those it planted since asked."""

    def __init__(self, rates: FaultRates, seed: int, last_arrival: Integers) -> None:
        """`last_arrival` says for each day when its delivery has come for the last time: what it
        holds is corrected after that."""
        self.rates = rates
        self.seed = seed
        self.last_arrival = last_arrival
        self.planted: list[Fault] = []
        self._count = 0
        self._seen: dict[str, set[str]] = {"customers": set(), "products": set()}

    def plant(self, table: str, rows: pl.DataFrame, days: Integers, spared: Flags) -> PlantedRows:
        """Damages some of a block's rows, given in the order of the file; `days` is ascending.

        Rows that are `spared` stay as they are.
        """
        first_day = int(days[0]) if len(days) else 0
        rng = stream(self.seed, f"faults in {table}", first_day)
        texts = csv_lines(rows)
        all_rows = np.ones(len(rows), dtype=np.bool_)
        result = PlantedRows([[Line(text)] for text in texts], rows, all_rows, spared.copy())
        altered = _Alterations(rows)
        for damage, row in self._chosen(rng, table, rows, days, result.is_touched):
            columns = _columns(texts[row], rows.columns)
            self._damage(rng, damage, row, int(days[row]), columns, result, altered)
        result.kept[altered.dropped] = False
        result.expected_rows = altered.applied().filter(pl.Series(result.kept, dtype=pl.Boolean))
        result.is_touched &= ~spared
        return result

    def _chosen(
        self,
        rng: np.random.Generator,
        table: str,
        rows: pl.DataFrame,
        days: Integers,
        taken: Flags,
    ) -> Iterator[tuple[Damage, int]]:
        """A damage and a row for it, again and again; marks the row as taken."""
        shown = self._with_first_states(table, rows)
        for kind in dict.fromkeys(one.kind for one in DAMAGES if one.table == table):
            damages = [one for one in DAMAGES if one.table == table and one.kind == kind]
            fitting = [_fitting(damage, shown, days) for damage in damages]
            units = fitting[0].sum() if damages[0].place == "last" else len(rows)
            wanted = int(rng.binomial(int(units), self.rates.of(kind)))
            if not wanted:
                continue
            for number, damage in enumerate(damages):
                share = wanted // len(damages) + (number < wanted % len(damages))
                free = np.flatnonzero(fitting[number] & ~taken)
                for row in np.sort(rng.permutation(free)[:share]):
                    taken[row] = True
                    yield damage, int(row)

    def _with_first_states(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        if table not in self._seen:
            return rows
        keys = rows[KEYS[table]]
        seen = self._seen[table]
        new = [key not in seen for key in keys]
        seen.update(keys)
        is_first = pl.Series(new, dtype=pl.Boolean) & keys.is_first_distinct()
        return rows.with_columns(is_first.alias(FIRST_STATE))

    def _damage(
        self,
        rng: np.random.Generator,
        damage: Damage,
        row: int,
        day: int,
        columns: Row,
        result: PlantedRows,
        altered: "_Alterations",
    ) -> None:
        changed = damage.change(dict(columns), rng)
        whole = changed if isinstance(changed, bytes) else as_line(changed)
        fault = Fault(self._count, damage, columns[KEYS[damage.table]], _shown(damage, changed))
        self._count += 1
        self.planted.append(fault)
        clean = result.lines[row][0]
        again = self._later_day(rng, day)
        if damage.place == "after":
            same = damage.expected == "duplicate"
            result.lines[row] = [clean, Line(clean.text if same else whole, fault)]
            return
        if damage.place == "later":
            if again is None:
                self.planted.pop()
                return
            result.lines[row] = []
            result.later.append(LaterLine(again, damage.table, Line(clean.text, fault)))
            fault.corrected_on = again
            return
        result.lines[row] = [Line(whole, fault)]
        if damage.is_mendable and again is not None and rng.random() < self.rates.resolved:
            result.later.append(LaterLine(again, damage.table, clean))
            fault.corrected_on = again
        elif damage.expected != "mend":
            altered.add(damage, row, changed)

    def _later_day(self, rng: np.random.Generator, day: int) -> int | None:
        """A day after all that was planted on a day has arrived; None after the period's end."""
        later = int(self.last_arrival[day]) + 1 + int(rng.integers(0, CORRECTED_WITHIN_DAYS))
        return later if later < len(self.last_arrival) else None


class _Alterations:
    """What damaged rows leave of themselves: nothing, or other values."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self.dropped: list[int] = []
        self.values: dict[str, dict[int, object]] = {}

    def add(self, damage: Damage, row: int, changed: Row | bytes) -> None:
        """Notes what is left of a row that nothing corrects."""
        if damage.expected in ("reject", "malformed") or isinstance(changed, bytes):
            self.dropped.append(row)
            return
        for column, value in damage.accepted.items():
            text = changed[column] if value == "text" else value
            self.values.setdefault(column, {})[row] = text

    def applied(self) -> pl.DataFrame:
        """All rows, with the values that were noted."""
        rows = self.rows
        for column, values in self.values.items():
            series = rows[column].clone()
            series = series.scatter(list(values), list(values.values()))
            rows = rows.with_columns(series.alias(column))
        return rows


def csv_lines(rows: pl.DataFrame) -> list[bytes]:
    """Each row as a line of CSV, without its line break. No value holds one."""
    text = io.BytesIO()
    rows.write_csv(text, include_header=False)
    return text.getvalue().split(b"\n")[:-1]


def _columns(line: bytes, names: list[str]) -> Row:
    return dict(zip(names, next(csv.reader([line.decode()])), strict=True))


def _fitting(damage: Damage, rows: pl.DataFrame, days: Integers) -> Flags:
    if damage.place == "last":
        is_last: Flags = np.diff(days, append=-1) != 0
        return is_last
    if damage.fits is None:
        return np.ones(len(rows), dtype=np.bool_)
    return damage.fits(rows).fill_null(False).to_numpy()


def _shown(damage: Damage, changed: Row | bytes) -> str:
    """The damaged text, as the answer key shows it."""
    if isinstance(changed, bytes):
        return changed.decode(errors="replace")
    return ", ".join(changed[column] for column in damage.column.split(", ") if column)
