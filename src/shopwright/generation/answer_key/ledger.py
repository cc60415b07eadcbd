"""One version of the shop's figures and histories: the true one, or the one to be expected of a
warehouse that was given damaged rows."""

from pathlib import Path

import polars as pl

from shopwright.generation.answer_key.book import (
    AMOUNTS,
    COUNTS,
    GUEST,
    SHIPPING,
    Book,
)
from shopwright.generation.answer_key.histories import History
from shopwright.generation.answer_key.sums import as_decimals
from shopwright.generation.deliveries import DatedRows

TOTALS = (*AMOUNTS, SHIPPING, *COUNTS, "buyer_count", "customer_count", "product_count")


class Ledger:
    """Writes a folder: totals, figures by level, customers and products with their history."""

    def __init__(self, folder: Path, *, complete: bool) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.book = Book(complete=complete)
        self.histories = {
            "customers": History("customers", "customer_id", folder),
            "products": History("products", "product_id", folder),
        }

    def add(self, end_day: int, rows: dict[str, DatedRows]) -> None:
        """Takes a block's rows."""
        for table, history in self.histories.items():
            history.add(rows[table].rows)
        self.book.add(end_day, rows)

    def finish(self) -> tuple[dict[str, int], pl.DataFrame]:
        """Writes everything. Gives the totals (amounts in ten-thousandths) and what waits for ever:
        table, key, rule and reference."""
        waiting = self.book.finish()
        figures = {level: sums.result() for level, sums in self.book.sums.items()}
        for level, frame in figures.items():
            amounts = [column for column in frame.columns if column.endswith("_amount")]
            as_decimals(frame, amounts).write_parquet(self.folder / f"{level}.parquet")
        keys = {table: history.write() for table, history in self.histories.items()}
        totals = _totals(figures["by_day"], figures["by_customer"], keys)
        _totals_frame(totals).write_parquet(self.folder / "totals.parquet")
        return totals, waiting


def _totals(
    by_day: pl.DataFrame, by_customer: pl.DataFrame, keys: dict[str, int]
) -> dict[str, int]:
    totals = dict.fromkeys(TOTALS, 0)
    if len(by_day):
        for column in (*AMOUNTS, SHIPPING, *COUNTS):
            totals[column] = int(by_day[column].sum())
        bought = (by_customer["order_count"] > 0) & (by_customer["customer_id"] != GUEST)
        totals["buyer_count"] = int(bought.sum())
    totals["customer_count"] = keys["customers"]
    totals["product_count"] = keys["products"]
    return totals


def _totals_frame(totals: dict[str, int]) -> pl.DataFrame:
    """One row a measure; counts are decimals too."""
    scaled = [
        value if measure.endswith("_amount") else value * 10_000
        for measure, value in totals.items()
    ]
    return as_decimals(pl.DataFrame({"measure": list(totals), "value": scaled}), ["value"])
