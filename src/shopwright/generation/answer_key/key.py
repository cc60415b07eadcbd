"""The answer key of a generated shop, written beside its deliveries."""

import json
import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from shopwright.generation.answer_key.book import WAITING_COLUMNS
from shopwright.generation.answer_key.ledger import Ledger
from shopwright.generation.answer_key.summary import summary
from shopwright.generation.answer_key.sums import ten_thousandths
from shopwright.generation.courier import Report, SentDelivery
from shopwright.generation.deliveries import TABLES, DatedRows
from shopwright.generation.faults.damage import Fault
from shopwright.generation.mess.arrivals import AS_IT_SHOULD
from shopwright.generation.period import Block

FORMAT_VERSION = 1
FAULT_COLUMNS = {
    "fault": pl.Int64,
    "delivery": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "table": pl.String,
    "key": pl.String,
    "kind": pl.String,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "expected": pl.String,
    "corrected_on": pl.Date,
}
_DELIVERY_COLUMNS = {
    "delivery": pl.String,
    "of_day": pl.Date,
    "arrival": pl.String,
    "forms": pl.String,
    **{f"{table}_rows": pl.Int64 for table in TABLES},
    **{f"{table}_repeated": pl.Int64 for table in TABLES},
    "loss_makers": pl.Int64,
}


class AnswerKey:
    """Takes the blocks of a shop as they are made and writes `folder` at the end.

    With faults there are two ledgers: `true/` of the shop as it is, and `expected/` of what a
    warehouse should hold, given the rows that were damaged for good.
    """

    def __init__(self, folder: Path, about: dict[str, object], *, with_faults: bool) -> None:
        if folder.exists():
            shutil.rmtree(folder)
        self.folder = folder
        self.about = about
        self.true = Ledger(folder / "true", complete=True)
        self.expected = Ledger(folder / "expected", complete=False) if with_faults else None
        self.faults: list[Fault] = []
        self.deliveries: list[SentDelivery] = []

    def note(
        self, block: Block, tables: dict[str, list[DatedRows]], report: Report | None = None
    ) -> None:
        """Takes a block: its rows as the shop made them, and what a courier made of them."""
        clean = {table: _together(parts) for table, parts in tables.items()}
        self.true.add(block.end_day, clean)
        if report is None:
            self.deliveries += _plain_deliveries(block, clean)
            return
        self.faults += report.faults
        self.deliveries += report.deliveries
        if self.expected is not None:
            self.expected.add(block.end_day, report.expected_rows)

    def finish(self, start: date) -> None:
        """Writes what has been noted."""
        true, _ = self.true.finish()
        expected, waiting = self.expected.finish() if self.expected else (None, None)
        faults = faults_frame(self.faults, start)
        faults.write_parquet(self.folder / "faults.parquet")
        _consequences(waiting, faults).write_parquet(self.folder / "consequences.parquet")
        deliveries = _deliveries_frame(self.deliveries, start)
        deliveries.write_parquet(self.folder / "deliveries.parquet")
        about = {"format": FORMAT_VERSION, **self.about}
        (self.folder / "about.json").write_text(json.dumps(about, indent=2) + "\n")
        text = summary(about, true, expected, faults, deliveries)
        (self.folder / "summary.md").write_text(text, encoding="utf-8")


def faults_frame(faults: Iterable[Fault], start: date) -> pl.DataFrame:
    """One row a fault."""
    rows = [
        (
            fault.number,
            fault.delivery,
            fault.file,
            fault.line,
            fault.damage.table,
            fault.key,
            fault.damage.kind,
            fault.damage.column,
            fault.value,
            fault.damage.rule,
            fault.damage.expected,
            None if fault.corrected_on is None else start + timedelta(days=fault.corrected_on),
        )
        for fault in faults
    ]
    return pl.DataFrame(rows, schema=FAULT_COLUMNS, orient="row")


def _consequences(waiting: pl.DataFrame | None, faults: pl.DataFrame) -> pl.DataFrame:
    """Rows that wait for ever and that no fault of their own explains: what they refer to was
    damaged."""
    if waiting is None:
        return pl.DataFrame(schema=dict.fromkeys(WAITING_COLUMNS, pl.String))
    own = faults.rename({"value": "reference"})
    return waiting.join(own, on=list(WAITING_COLUMNS), how="anti")


def _deliveries_frame(deliveries: Iterable[SentDelivery], start: date) -> pl.DataFrame:
    rows = [
        (
            one.name,
            start + timedelta(days=one.of_day),
            one.arrival,
            ", ".join(one.forms),
            *(one.rows[table] for table in TABLES),
            *(one.repeated_rows[table] for table in TABLES),
            one.loss_makers,
        )
        for one in deliveries
    ]
    return pl.DataFrame(rows, schema=_DELIVERY_COLUMNS, orient="row").sort("delivery")


def _plain_deliveries(block: Block, clean: dict[str, DatedRows]) -> Iterable[SentDelivery]:
    counts = {
        table: np.bincount(rows.days - block.first_day, minlength=block.end_day - block.first_day)
        for table, rows in clean.items()
    }
    products = clean["products"]
    prices, costs = (ten_thousandths(products.rows[one]) for one in ("unit_price", "unit_cost"))
    loss_making = costs > prices
    for day in range(block.first_day, block.end_day):
        name = (block.start + timedelta(days=day)).isoformat()
        rows = {table: int(counts[table][day - block.first_day]) for table in TABLES}
        if not any(rows.values()):
            continue
        nothing = dict.fromkeys(TABLES, 0)
        dear = int(np.sum(loss_making[products.days == day]))
        yield SentDelivery(name, day, AS_IT_SHOULD, (), rows, nothing, dear)


def _together(parts: list[DatedRows]) -> DatedRows:
    """A table's parts, one after the other: the books do not mind the order of the days."""
    return DatedRows(
        np.concatenate([part.days for part in parts]),
        pl.concat([part.rows for part in parts], rechunk=False),
    )
