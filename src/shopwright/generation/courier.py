"""Deliveries with faults in their rows and disorder in their arrival.

The plain way is `deliveries.write_days`: with no fault and no mess the courier writes the same
bytes, several times slower.
"""

import csv
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np
import polars as pl

from shopwright.generation.deliveries import TABLES, DatedRows, Written
from shopwright.generation.faults.damage import Fault
from shopwright.generation.faults.planting import Line, PlantedRows, Planter
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.mess.arrivals import plan_arrivals
from shopwright.generation.mess.files import PLAIN, TableFile, draw_form, rendered
from shopwright.generation.mess.packages import DayTable, Package, packages
from shopwright.generation.mess.rates import MessRates
from shopwright.generation.period import Block
from shopwright.generation.randomness import stream

Rows = dict[str, DatedRows]


@dataclass(frozen=True)
class SentDelivery:
    """A delivery as it was written: why it came when it did, in which forms, and how many of its
    rows repeat one that came before, word for word."""

    name: str
    of_day: int
    arrival: str
    forms: tuple[str, ...]
    rows: dict[str, int]
    repeated_rows: dict[str, int]
    loss_makers: int
    """Product rows with a cost above the price: true, and still worth a warning."""


@dataclass
class Report:
    """What came of a block: files written, faults planted, deliveries sent, and the rows that a
    warehouse should take from all that, whenever they arrive."""

    written: Written
    faults: list[Fault] = field(default_factory=list)
    deliveries: list[SentDelivery] = field(default_factory=list)
    expected_rows: Rows = field(default_factory=dict)


class Courier:
    """Writes the deliveries of one block after the other.

    Between blocks it keeps what comes with a later day: corrections and late rows.
    """

    def __init__(
        self, folder: Path, seed: int, start: date, days: int, faults: FaultRates, mess: MessRates
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.start = start
        self.mess = mess
        self.arrivals = plan_arrivals(mess, seed, days)
        self.planter = Planter(faults, seed, self.arrivals.second)
        self.later: dict[int, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))

    def deliver(self, block: Block, tables: dict[str, list[DatedRows]]) -> Report:
        """Plants the block's faults and writes its days."""
        report = Report(Written())
        planted: dict[str, tuple[DatedRows, PlantedRows]] = {}
        for table in TABLES:
            rows = by_day(tables[table])
            damaged = self.planter.plant(table, rows.rows, rows.days, self._spared(rows))
            planted[table] = (rows, damaged)
            report.expected_rows[table] = DatedRows(rows.days[damaged.kept], damaged.expected_rows)
            for one in damaged.later:
                self.later[one.day][one.table].append(one.line)
        report.faults, self.planter.planted = self.planter.planted, []
        for day in range(block.first_day, block.end_day):
            found = {table: self._day_table(table, *planted[table], day) for table in TABLES}
            self._send_day(day, {table: one for table, one in found.items() if one.lines}, report)
        return report

    def _spared(self, rows: DatedRows) -> np.ndarray:
        """Rows of days whose file comes again whole, under the right header: the second one would
        bring the faults again."""
        kinds = np.array(self.arrivals.kinds)
        spared: np.ndarray = kinds[rows.days] == "renamed_column"
        return spared

    def _day_table(self, table: str, rows: DatedRows, planted: PlantedRows, day: int) -> DayTable:
        """What came late for this day goes first, so that the day's last row stays the last."""
        begin, end = np.searchsorted(rows.days, [day, day + 1])
        earlier = self.later.get(day, {}).get(table, [])
        lines, is_own = list(earlier), [False] * len(earlier)
        for row in range(int(begin), int(end)):
            lines += planted.lines[row]
            is_own += [not planted.is_touched[row]] * len(planted.lines[row])
        return DayTable(rows.rows.columns, lines, np.array(is_own, dtype=np.bool_))

    def _send_day(self, day: int, tables: dict[str, DayTable], report: Report) -> None:
        self.later.pop(day, None)
        if not tables:
            return
        rng = stream(self.seed, "mess", day)
        files: dict[int, list[tuple[str, list[Line], bytes]]] = {}
        for package in packages(rng, self.start, self.arrivals, day, tables):
            is_repeated = False
            for file in package.files:
                if id(file) in files:
                    is_repeated = True
                    continue
                file.form = draw_form(rng, self.mess, file) if self.mess else PLAIN
                files[id(file)] = list(rendered(file, rng))
            self._write(package, [files[id(file)] for file in package.files], is_repeated, report)

    def _write(
        self,
        package: Package,
        files: list[list[tuple[str, list[Line], bytes]]],
        is_repeated: bool,
        report: Report,
    ) -> None:
        folder = self.folder / package.name
        folder.mkdir(parents=True)
        report.written.deliveries += 1
        rows, repeated = dict.fromkeys(TABLES, 0), dict.fromkeys(TABLES, 0)
        loss_makers = 0
        for file, parts in zip(package.files, files, strict=True):
            if file.table == "products":
                loss_makers += count_loss_makers(file)
            for name, lines, content in parts:
                (folder / name).write_bytes(content)
                report.written.bytes += len(content)
                rows[file.table] += len(lines)
                repeated[file.table] += _repeated(lines, is_repeated)
                for number, line in enumerate(lines, 2):
                    if line.fault is not None and not line.fault.delivery:
                        line.fault.delivery, line.fault.file = package.name, name
                        line.fault.line = number
        for table, count in rows.items():
            report.written.rows[table] += count
        forms = dict.fromkeys(form for file in package.files for form in file.form.names())
        report.deliveries.append(
            SentDelivery(
                package.name,
                package.of_day,
                package.arrival,
                tuple(forms),
                rows,
                repeated,
                loss_makers,
            )
        )


def by_day(parts: list[DatedRows]) -> DatedRows:
    """A table's parts as one, each day's rows in the order of the parts."""
    days = np.concatenate([part.days for part in parts])
    rows = pl.concat([part.rows for part in parts])
    order = np.argsort(days, kind="stable")
    return DatedRows(days[order], rows[order])


def count_loss_makers(file: TableFile) -> int:
    """How many rows of products, as they stand in the file, cost more than they sell for."""
    price, cost = file.header.index("unit_price"), file.header.index("unit_cost")
    count = 0
    for line in file.lines:
        if line.fault is None or line.fault.damage.expected != "malformed":
            row = next(csv.reader([line.text.decode()]))
            with suppress(InvalidOperation):  # an amount that is none
                count += Decimal(row[cost].strip()) > Decimal(row[price].strip())
    return count


def _repeated(lines: list[Line], is_repeated: bool) -> int:
    """A line that is no row repeats none: it is malformed each time that it comes."""
    expected = [line.fault.damage.expected if line.fault else None for line in lines]
    if is_repeated:
        return len(lines) - expected.count("malformed")
    return expected.count("duplicate")
