"""Exact arithmetic on columns, and sums that grow with the keys and not with the rows."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from shopwright.generation.amounts import TEN_THOUSANDTHS
from shopwright.generation.exchange_rates import RATE_UNITS
from shopwright.generation.randomness import Integers

COMPACT_FROM = 200_000  # rows of partial sums that are worth adding up in between


def ten_thousandths(amounts: pl.Series) -> Integers:
    """Amounts of up to four decimals as whole ten-thousandths.

    A float is the nearest one to such an amount, so that rounding gives the amount itself.
    """
    return _units(amounts, TEN_THOUSANDTHS)


def rate_units(rates: pl.Series) -> Integers:
    """Exchange rates as whole units of `RATE_UNITS`."""
    return _units(rates, RATE_UNITS)


def _units(values: pl.Series, unit: int) -> Integers:
    if values.dtype.is_float():
        units: Integers = np.rint(values.to_numpy() * unit).astype(np.int64)
        return units
    if values.dtype.is_integer():
        return values.cast(pl.Int64).to_numpy() * unit
    return (values.cast(pl.Decimal(38, 8)) * unit).cast(pl.Int64).to_numpy()


def divided(amounts: Integers, by: int) -> Integers:
    """Division rounded half away from zero, as PostgreSQL rounds numerics."""
    quotients: Integers = np.sign(amounts) * ((2 * np.abs(amounts) + by) // (2 * by))
    return quotients


def as_decimals(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Ten-thousandths as decimals of four places."""
    return frame.with_columns(
        (pl.col(column).cast(pl.Decimal(38, 4)) / TEN_THOUSANDTHS).cast(pl.Decimal(38, 4))
        for column in columns
    )


@dataclass
class GrowingSums:
    """Sums by key of frames that come one after the other."""

    key: str
    parts: list[pl.DataFrame] = field(default_factory=list)

    def add(self, part: pl.DataFrame) -> None:
        """Adds partial sums: the key, then columns to be added up."""
        self.parts.append(part)
        if sum(len(one) for one in self.parts[1:]) > max(COMPACT_FROM, len(self.parts[0])):
            self.parts = [self._compacted()]

    def result(self) -> pl.DataFrame:
        """One row a key, in the order of the keys."""
        return self._compacted().sort(self.key) if self.parts else pl.DataFrame()

    def _compacted(self) -> pl.DataFrame:
        return pl.concat(self.parts).group_by(self.key).sum()
