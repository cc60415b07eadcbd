"""What can be bought on which day, and how likely each product is drawn in each week."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from shopwright.generation.catalog import Catalog
from shopwright.generation.period import Block
from shopwright.generation.profile import Range, Shelf
from shopwright.generation.promotions import DAYS_A_WEEK
from shopwright.generation.randomness import Flags, Floats, Integers, lottery
from shopwright.generation.seasonality import DAYS_A_YEAR

PRODUCT_TICKETS = 2**18  # the least popular of 5,000 products has six
NEVER = 1_000_000
BETWEEN_STOCK_OUTS = 40  # days at least, more than a block has: one stock-out a block


class StockOuts(NamedTuple):
    """Products that are sold out from a day up to the day before another, in the order of the
    days; a product's stock-outs lie at least `BETWEEN_STOCK_OUTS` days apart."""

    products: Integers
    first_days: Integers
    end_days: Integers

    def within(self, block: Block) -> "StockOuts":
        """Those that touch a block."""
        touch = (self.first_days < block.end_day) & (self.end_days > block.first_day)
        return StockOuts(*(part[touch] for part in self))

    def at(self, products: Integers, days: Integers, block: Block) -> Flags:
        """Whether each product is sold out on its day of a block."""
        touching = self.within(block)
        order = np.argsort(touching.products)
        known = touching.products[order]
        if not len(known):
            return np.zeros(len(products), dtype=np.bool_)
        row = order[np.minimum(np.searchsorted(known, products), len(known) - 1)]
        out: Flags = (
            (touching.products[row] == products)
            & (touching.first_days[row] <= days)
            & (days < touching.end_days[row])
        )
        return out


class Supply(NamedTuple):
    """Of a block: the sold-out days of each product (`NEVER` where there are none), and the
    `PRODUCT_TICKETS` of each of its weeks, one week after the other, that products are drawn
    from."""

    sold_out_from: Integers
    sold_out_until: Integers
    first_week: int
    tickets: Integers

    def in_stock(self, products: Integers, days: Integers) -> Flags:
        """Whether each product is there on its day."""
        before: Flags = days < self.sold_out_from[products]
        return before | (days >= self.sold_out_until[products])

    def draw(self, rng: np.random.Generator, days: Integers) -> Integers:
        """A product for each day, in proportion to the demand of its week."""
        chance = rng.integers(0, PRODUCT_TICKETS, len(days), dtype=np.int32)
        week = days // DAYS_A_WEEK - self.first_week
        drawn: Integers = self.tickets[week * PRODUCT_TICKETS + chance].astype(np.int64)
        return drawn


def plan_stock_outs(
    rng: np.random.Generator, habits: Range, catalog: Catalog, days: int
) -> StockOuts:
    """The stock-outs of the whole period; evergreens never run out, nothing does on the first
    day."""
    count = rng.poisson(len(catalog) * habits.stock_outs_a_year * days / DAYS_A_YEAR)
    product = rng.integers(0, len(catalog), count)
    first = rng.integers(1, max(days, 2), count)
    end = first + 1 + rng.poisson(habits.stock_out_days - 1, count)
    order = np.lexsort((first, product))
    product, first, end = product[order], first[order], end[order]
    crowded = np.zeros(count, dtype=np.bool_)
    crowded[1:] = (product[1:] == product[:-1]) & (first[1:] < end[:-1] + BETWEEN_STOCK_OUTS)
    possible = (first >= catalog.launched_on[product]) & (end < catalog.ended_on[product])
    kept = possible & ~crowded & ~np.isin(product, catalog.evergreens)
    product, first, end = product[kept], first[kept], end[kept]
    order = np.lexsort((product, first))
    return StockOuts(product[order], first[order], end[order])


def supply(
    catalog: Catalog, shelves: tuple[Shelf, ...], lift: Floats, outs: StockOuts, block: Block
) -> Supply:
    """What is there in a block, and the demand of its weeks: popularity, the shelf's season and
    `lift`, the factor of each shelf (row) in each week (column) of the period."""
    touching = outs.within(block)
    out_from = np.full(len(catalog), NEVER, dtype=np.int64)
    out_until = out_from.copy()
    out_from[touching.products] = touching.first_days
    out_until[touching.products] = touching.end_days
    first_week, last_week = block.first_day // DAYS_A_WEEK, (block.end_day - 1) // DAYS_A_WEEK
    tickets = []
    for week in range(first_week, last_week + 1):
        middle = week * DAYS_A_WEEK + DAYS_A_WEEK // 2
        demand = shelf_season(shelves, block.start + timedelta(days=middle)) * lift[:, week]
        begin = min(max(week * DAYS_A_WEEK, block.first_day), block.end_day - 1)
        gone = (catalog.ended_on <= begin) | (catalog.launched_on >= block.end_day)
        weight = np.where(gone, 0.0, catalog.popularity * demand[catalog.sub_category])
        tickets.append(lottery(weight, PRODUCT_TICKETS).astype(np.int32))
    return Supply(out_from, out_until, first_week, np.concatenate(tickets))


def shelf_season(shelves: tuple[Shelf, ...], day: date) -> Floats:
    """The factor of each shelf's demand around a day."""
    month = day.timetuple().tm_yday / DAYS_A_YEAR * 12 + 0.5  # mid-January is 1.0
    peak = np.array([shelf.peak_month for shelf in shelves])
    swing = np.array([shelf.swing for shelf in shelves])
    factor: Floats = 1 + swing * np.cos(2 * np.pi * (month - peak) / 12)
    return factor
