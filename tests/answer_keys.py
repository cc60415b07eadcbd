"""Shops with faults and mess, generated for the tests, with their answer keys read back."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from shopwright.generation import generate
from shopwright.generation.faults import FaultRates
from shopwright.generation.mess import MessRates

SMALL: dict[str, Any] = {"days": 60, "transactions": 3_000, "seed": 5}


@dataclass(frozen=True)
class MarkedShop:
    """A generated shop and its answer key."""

    deliveries: Path
    answer_key: Path

    def frame(self, name: str) -> pl.DataFrame:
        """A file of the answer key."""
        return pl.read_parquet(self.answer_key / f"{name}.parquet")

    def lines(self, delivery: str, file: str) -> list[bytes]:
        """The lines of a delivered file, unpacked; the first is the header."""
        content = (self.deliveries / delivery / file).read_bytes()
        content = gzip.decompress(content) if file.endswith(".gz") else content
        return content.removeprefix(b"\xef\xbb\xbf").split(b"\n")

    def fault_lines(self, **wanted: str) -> Iterator[tuple[dict[str, Any], bytes, list[bytes]]]:
        """The faults with such values, each with its line and all lines of its file."""
        faults = self.frame("faults").filter(**wanted)
        for fault in faults.iter_rows(named=True):
            lines = self.lines(fault["delivery"], fault["file"])
            yield fault, lines[fault["line"] - 1], lines


def marked_shop(folder: Path, faults: str = "", mess: str = "", **more: Any) -> MarkedShop:
    """Generates a shop with these shares of faults and of mess."""
    shop = MarkedShop(folder / "deliveries", folder / "answer_key")
    generate(
        shop.deliveries,
        answer_key=shop.answer_key,
        faults=FaultRates.parse(faults),
        mess=MessRates.parse(mess),
        **{**SMALL, **more},
    )
    return shop
