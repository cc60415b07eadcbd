"""What is in a basket: how many lines, which products, how many of each."""

from datetime import date

import numpy as np

from shopwright.generation.assortment import SUB_CATEGORIES
from shopwright.generation.catalog import COMPLEMENTS, Catalog
from shopwright.generation.randomness import (
    Flags,
    Floats,
    Integers,
    draw,
    groups_of,
    lottery,
)

BASKET_SIZE_WEIGHTS = (
    0.425,
    0.245,
    0.14,
    0.08,
    0.047,
    0.028,
    0.018,
    0.01,
    0.005,
    0.002,
)  # mean 2.33
COMPLEMENT_SHARE = 0.35  # of the lines after the first
QUANTITY_WEIGHTS = (0.78, 0.14, 0.05, 0.02, 0.0, 0.01)
SINGLE_FROM_CENTS = 15_000  # dearer products are bought one at a time
REDRAWS = 5
PRODUCT_TICKETS = 2**18  # the least popular of 5,000 products has six


def shelf_season(day: date) -> Floats:
    """The factor of each sub-category's demand around a day."""
    month = day.timetuple().tm_yday / 365 * 12 + 0.5  # mid-January is 1.0
    peak = np.array([shelf.peak_month for shelf in SUB_CATEGORIES])
    swing = np.array([shelf.swing for shelf in SUB_CATEGORIES])
    factor: Floats = 1 + swing * np.cos(2 * np.pi * (month - peak) / 12)
    return factor


def fill_baskets(
    rng: np.random.Generator, catalog: Catalog, season: Floats, days: Integers
) -> tuple[Integers, Integers]:
    """The order and the product of each line, for orders on these days.

    A product stands once in a basket and is on sale on the day.
    """
    sizes = 1 + draw(rng, lottery(np.array(BASKET_SIZE_WEIGHTS)), len(days))
    order = groups_of(sizes)
    first = np.cumsum(sizes) - sizes
    tickets = lottery(catalog.popularity * season[catalog.sub_category], PRODUCT_TICKETS)
    product = draw(rng, tickets, len(order))
    product = _with_complements(rng, catalog, product, first, order)
    product = _on_sale(rng, catalog, tickets, product, days[order])
    repeated = _repeated(order, product, len(catalog))
    product[repeated] = draw(rng, tickets, int(repeated.sum()))
    product = _on_sale(rng, catalog, tickets, product, days[order])
    kept = ~_repeated(order, product, len(catalog))
    return order[kept], product[kept]


def quantities(rng: np.random.Generator, list_prices: Integers) -> Integers:
    """Units per line; `list_prices` are euro cents."""
    drawn = 1 + draw(rng, lottery(np.array(QUANTITY_WEIGHTS)), len(list_prices))
    return np.where(list_prices >= SINGLE_FROM_CENTS, 1, drawn)


def _with_complements(
    rng: np.random.Generator, catalog: Catalog, product: Integers, first: Integers, order: Integers
) -> Integers:
    """Some of the later lines become what goes with the first line's product."""
    follows = rng.random(len(order)) < COMPLEMENT_SHARE
    follows[first] = False
    head = product[first][order[follows]]
    product[follows] = catalog.complements[head, rng.integers(0, COMPLEMENTS, len(head))]
    return product


def _on_sale(
    rng: np.random.Generator,
    catalog: Catalog,
    tickets: Integers,
    product: Integers,
    days: Integers,
) -> Integers:
    """Draws again what is not sold on its day; what stays without luck becomes an evergreen."""
    wrong = np.flatnonzero(~catalog.on_sale(product, days))
    for _ in range(REDRAWS):
        product[wrong] = draw(rng, tickets, len(wrong))
        wrong = wrong[~catalog.on_sale(product[wrong], days[wrong])]
    product[wrong] = catalog.evergreens[rng.integers(0, len(catalog.evergreens), len(wrong))]
    return product


def _repeated(order: Integers, product: Integers, products: int) -> Flags:
    """Which lines repeat a product of an earlier line of their order."""
    key = order * products + product
    by_key = np.argsort(key, kind="stable")
    repeated = np.zeros(len(key), dtype=np.bool_)
    repeated[by_key[1:]] = np.diff(key[by_key]) == 0
    return repeated
