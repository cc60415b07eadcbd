"""What is in a basket: how many lines, which products, how many of each."""

import numpy as np

from shopwright.generation.catalog import COMPLEMENTS, Catalog
from shopwright.generation.profile import Baskets
from shopwright.generation.randomness import Flags, Integers, draw, groups_of, lottery
from shopwright.generation.supply import Supply

REDRAWS = 3  # of what cannot be bought that day
REPEAT_REDRAWS = 2  # of what is in the basket already; what repeats still is left out


def fill_baskets(
    rng: np.random.Generator, habits: Baskets, catalog: Catalog, supply: Supply, days: Integers
) -> tuple[Integers, Integers]:
    """The order and the product of each line, for orders on these days.

    A product stands once in a basket and is on sale and in stock on the day. Some of the lines
    after the first are what goes with the first line's product.
    """
    sizes = 1 + draw(rng, lottery(np.array(habits.sizes)), len(days))
    order = groups_of(sizes)
    first = np.cumsum(sizes) - sizes
    day = days[order]
    head = _available(rng, catalog, supply, supply.draw(rng, days), days)
    follows = rng.random(len(order)) < habits.complement_share
    follows[first] = False

    def drawn(lines: Integers) -> Integers:
        product = supply.draw(rng, day[lines])
        following = np.flatnonzero(follows[lines])
        leader = head[order[lines[following]]]
        choice = rng.integers(0, COMPLEMENTS, len(leader))
        product[following] = catalog.complements[leader, choice]
        return product

    every = np.arange(len(order))
    product = drawn(every)
    product[first] = head
    wrong = every[~_buyable(catalog, supply, product, day)]
    for _ in range(REDRAWS):
        product[wrong] = drawn(wrong)
        wrong = wrong[~_buyable(catalog, supply, product[wrong], day[wrong])]
    kept = np.ones(len(order), dtype=np.bool_)
    repeated = every[_repeated(order, product, len(catalog))]
    open_ = every[np.isin(order, order[np.concatenate([wrong, repeated])])]  # whole baskets
    for _ in range(REPEAT_REDRAWS):
        again = np.union1d(wrong, repeated)
        product[again] = drawn(again)
        wrong = again[~_buyable(catalog, supply, product[again], day[again])]
        repeated = open_[_repeated(order[open_], product[open_], len(catalog))]
    kept[wrong] = kept[repeated] = False
    return order[kept], product[kept]


def quantities(rng: np.random.Generator, habits: Baskets, list_prices: Integers) -> Integers:
    """Units per line; `list_prices` are euro cents."""
    drawn = 1 + draw(rng, lottery(np.array(habits.quantities)), len(list_prices))
    return np.where(list_prices >= habits.single_from_price * 100, 1, drawn)


def _available(
    rng: np.random.Generator, catalog: Catalog, supply: Supply, product: Integers, days: Integers
) -> Integers:
    """Draws again what cannot be bought on its day; without luck it becomes an evergreen."""
    wrong = np.flatnonzero(~_buyable(catalog, supply, product, days))
    for _ in range(REDRAWS):
        product[wrong] = supply.draw(rng, days[wrong])
        wrong = wrong[~_buyable(catalog, supply, product[wrong], days[wrong])]
    product[wrong] = catalog.evergreens[rng.integers(0, len(catalog.evergreens), len(wrong))]
    return product


def _buyable(catalog: Catalog, supply: Supply, product: Integers, days: Integers) -> Flags:
    return catalog.on_sale(product, days) & supply.in_stock(product, days)


def _repeated(order: Integers, product: Integers, products: int) -> Flags:
    """Which lines repeat a product of an earlier line of their order."""
    key = order * products + product
    by_key = np.argsort(key, kind="stable")
    repeated = np.zeros(len(key), dtype=np.bool_)
    repeated[by_key[1:]] = np.diff(key[by_key]) == 0
    return repeated
