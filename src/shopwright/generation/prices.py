"""How the catalogue changes: launches, new list prices, products that end."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.catalog import Catalog, shop_price
from shopwright.generation.period import Block
from shopwright.generation.profile import Prices
from shopwright.generation.randomness import Integers

DAYS_A_MONTH = 30


class PriceList(NamedTuple):
    """Prices and costs (euro cents) of a block of days; a product changes at most once in it."""

    old: Integers
    new: Integers
    old_cost: Integers
    new_cost: Integers
    changes_on: Integers

    def at(self, products: Integers, days: Integers) -> Integers:
        """The list price of each product on its day; a new price holds from midnight."""
        changed = days >= self.changes_on[products]
        return np.where(changed, self.new[products], self.old[products])

    def cost_at(self, products: Integers, days: Integers) -> Integers:
        """What each product costs the shop on its day."""
        changed = days >= self.changes_on[products]
        return np.where(changed, self.new_cost[products], self.old_cost[products])


class ProductChanges(NamedTuple):
    """Products to be delivered again, or for the first time, and the days on which."""

    products: Integers
    days: Integers


def change_prices(
    rng: np.random.Generator, habits: Prices, catalog: Catalog, block: Block
) -> tuple[PriceList, ProductChanges]:
    """Moves some list prices within the block and says what changed: prices, launches and ends.

    Alters `catalog.price` and `catalog.cost` to those at the end of the block. Products launched
    or ended within the block keep their price in it, so that a product changes once a block.
    """
    first_day, end_day = block.first_day, block.end_day
    old, old_cost = catalog.price.copy(), catalog.cost.copy()
    day = np.full(len(catalog), end_day, dtype=np.int64)
    begin = max(first_day, 1)  # the first delivery is the full catalogue: nothing changes there
    if begin < end_day:
        candidates = np.flatnonzero(
            (catalog.launched_on < first_day) & (catalog.ended_on >= end_day)
        )
        share = habits.changes_a_month * (end_day - begin) / DAYS_A_MONTH
        chosen = candidates[rng.random(len(candidates)) < share]
        catalog.price[chosen] = _new_prices(rng, habits, old[chosen])
        follows = rng.random(len(chosen)) < 0.5  # half of the changes pass on a change of cost
        scaled = catalog.cost[chosen] * catalog.price[chosen] // old[chosen]
        catalog.cost[chosen] = np.where(follows, np.maximum(scaled, 1), catalog.cost[chosen])
        day[chosen] = rng.integers(begin, end_day, len(chosen))
    changed = np.flatnonzero(catalog.price != old)
    changes = [(changed, day[changed])]
    for days in (catalog.launched_on, catalog.ended_on):
        within = np.flatnonzero((days >= begin) & (days < end_day))
        changes.append((within, days[within]))
    products, days = (np.concatenate(part) for part in zip(*changes, strict=True))
    order = np.lexsort((products, days))
    return (
        PriceList(old, catalog.price.copy(), old_cost, catalog.cost.copy(), day),
        ProductChanges(products[order], days[order]),
    )


def _new_prices(rng: np.random.Generator, habits: Prices, old: Integers) -> Integers:
    """Moves prices by some per cent; one that rounds to the old price goes a step up instead."""
    new = shop_price(old / 100 * rng.lognormal(habits.drift, habits.step, len(old)))
    step_up = shop_price(old / 100 * 1.02 + 0.60)
    return np.where(new == old, step_up, new)
