"""What a unit of each product cost at any moment."""

import numpy as np
import polars as pl

from shopwright.generation.answer_key.sums import ten_thousandths
from shopwright.generation.randomness import Integers

_SECONDS_BITS = 36  # enough for the seconds since 1970 of any year of four digits


class CostHistory:
    """The unit costs of all products by the moment at which each began; the first one holds for
    the time before it too."""

    def __init__(self) -> None:
        self._states: list[pl.DataFrame] = []
        self._codes = pl.DataFrame(schema={"product_id": pl.String, "_product": pl.Int64})
        self._moments: Integers = np.zeros(0, dtype=np.int64)
        self._costs: Integers = np.zeros(0, dtype=np.int64)

    def add(self, products: pl.DataFrame) -> None:
        """Adds states of products."""
        if not len(products):
            return
        self._states.append(
            products.select(
                "product_id",
                _began=seconds(products["updated_at"]),
                _cost=ten_thousandths(products["unit_cost"]),
            )
        )
        states = pl.concat(self._states)
        ids = states["product_id"].unique().sort()
        self._codes = pl.DataFrame({"product_id": ids, "_product": np.arange(len(ids))})
        coded = states.join(self._codes, on="product_id", how="left").sort("_product", "_began")
        product = coded["_product"].to_numpy()
        self._moments = (product << _SECONDS_BITS) + coded["_began"].to_numpy()
        self._costs = coded["_cost"].to_numpy()
        self._first = np.searchsorted(product, np.arange(len(ids)))

    @property
    def product_ids(self) -> pl.Series:
        """Every product there is."""
        return self._codes["product_id"]

    def at(self, products: pl.Series, moments: Integers) -> Integers:
        """Ten-thousandths for each product at its moment, in seconds since 1970."""
        codes = pl.DataFrame({"product_id": products}).join(
            self._codes, on="product_id", how="left", maintain_order="left"
        )
        product = codes["_product"].to_numpy().astype(np.int64)
        wanted = (product << _SECONDS_BITS) + moments
        state = np.searchsorted(self._moments, wanted, side="right") - 1
        costs: Integers = self._costs[np.maximum(state, self._first[product])]
        return costs


def seconds(timestamps: pl.Series) -> pl.Series:
    """`2024-01-31 13:05:59` as seconds since 1970, whatever the zone."""
    return timestamps.str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("s")
