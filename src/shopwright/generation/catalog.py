"""The products: what they are called, cost and sell for, when they come and go, who likes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from faker import Faker

from shopwright.generation.assortment import STYLES, SUB_CATEGORIES
from shopwright.generation.randomness import Flags, Floats, Integers, stream, weighted

PRICE_SPREAD = 0.45  # standard deviation of the logarithm of the price within a sub-category
MARGIN_SPREAD = 0.05
ZIPF_EXPONENT = 1.0
ZIPF_OFFSET = 10  # flattens the very top: the best seller stays near 2 % of the lines
LAUNCHES_A_YEAR = 0.12
DISCONTINUED_A_YEAR = 0.05
SHORTEST_LIFE_DAYS = 60
EVERGREENS = 10  # best sellers that are on sale from the first day to the last
COMPLEMENTS = 4
BRAND_PROVIDERS = ("person", "company", "color")  # all of them take 20 ms a locale to load
BRAND_LOCALES = ("en_GB", "de_DE", "fr_FR", "it_IT", "sv_SE")
NEVER = 1_000_000
MOST_PRODUCTS = 60_000
SUB_CATEGORY_COUNT = len(SUB_CATEGORIES)


@dataclass
class Catalog:
    """One entry per product, in the order of the launch; days count from the first delivery.

    `price` and `cost` are euro cents and change over time. A product is sold from `launched_on`
    up to the day before `ended_on`. `complements` has `COMPLEMENTS` product numbers a row.
    """

    names: pl.Series
    brands: pl.Series
    suppliers: pl.Series
    sub_category: Integers
    price: Integers
    cost: Integers
    launched_on: Integers
    ended_on: Integers
    popularity: Floats
    complements: Integers
    evergreens: Integers

    def __len__(self) -> int:
        return len(self.sub_category)

    def on_sale(self, products: Integers, days: Integers) -> Flags:
        """Whether each product is sold on its day."""
        launched: Flags = self.launched_on[products] <= days
        return launched & (days < self.ended_on[products])


def product_count(sales: int) -> int:
    """How many products a shop of this size carries: 800 at 10,000 sales, 5,000 at 1,000,000."""
    wanted: float = 50 + 20 * sales**0.4
    return min(round(wanted), MOST_PRODUCTS)


def build_catalog(seed: int, days: int, sales: int) -> Catalog:
    """The catalogue of the whole period, products to be launched later included."""
    rng = stream(seed, "catalogue")
    count = product_count(sales)
    launched_on = _launch_days(rng, count, days)
    sub_category = weighted(rng, rng.uniform(0.5, 1.5, SUB_CATEGORY_COUNT), count)
    popularity = _zipf(rng, count)
    evergreens = _evergreens(popularity, launched_on)
    price = _prices(rng, sub_category)
    labels = _labels(seed, rng, sub_category)
    return Catalog(
        names=labels.names,
        brands=labels.brands,
        suppliers=labels.suppliers,
        sub_category=sub_category,
        price=price,
        cost=_costs(rng, sub_category, price),
        launched_on=launched_on,
        ended_on=_end_days(rng, launched_on, evergreens),
        popularity=popularity,
        complements=_complements(rng, sub_category, popularity),
        evergreens=evergreens,
    )


def shop_price(euro: Floats) -> Integers:
    """Cents as shops like them: 7.49, 12.99, 149.00."""
    cents = np.rint(euro * 100).astype(np.int64)
    small = np.maximum((cents + 25) // 50 * 50, 100) - 1
    middle = (cents + 50) // 100 * 100 - 1
    large = (cents + 250) // 500 * 500 - 100
    return np.where(cents < 2_000, small, np.where(cents < 10_000, middle, large))


def _launch_days(rng: np.random.Generator, count: int, days: int) -> Integers:
    """Sorted; what is there from the first day has a day below 0."""
    expected = count * LAUNCHES_A_YEAR * days / 365
    later = min(round(expected), count // 2) if days > 1 else 0
    before = -rng.integers(1, 1500, count - later)
    return np.sort(np.concatenate([before, rng.integers(1, max(days, 2), later)]))


def _end_days(rng: np.random.Generator, launched_on: Integers, evergreens: Integers) -> Integers:
    life = rng.exponential(365 / DISCONTINUED_A_YEAR, len(launched_on)).astype(np.int64)
    ended_on = np.maximum(launched_on, 0) + SHORTEST_LIFE_DAYS + life
    ended_on[evergreens] = NEVER
    return ended_on


def _zipf(rng: np.random.Generator, count: int) -> Floats:
    rank = rng.permutation(count) + 1
    popularity: Floats = (rank.astype(np.float64) + ZIPF_OFFSET) ** -ZIPF_EXPONENT
    return popularity


def _evergreens(popularity: Floats, launched_on: Integers) -> Integers:
    existing = np.flatnonzero(launched_on < 0)
    return existing[np.argsort(-popularity[existing], kind="stable")[:EVERGREENS]]


def _prices(rng: np.random.Generator, sub_category: Integers) -> Integers:
    median = np.array([shelf.median_price for shelf in SUB_CATEGORIES])
    return shop_price(median[sub_category] * rng.lognormal(0, PRICE_SPREAD, len(sub_category)))


def _costs(rng: np.random.Generator, sub_category: Integers, price: Integers) -> Integers:
    usual = np.array([shelf.margin for shelf in SUB_CATEGORIES])[sub_category]
    margin = np.clip(usual + rng.normal(0, MARGIN_SPREAD, len(price)), 0.05, 0.85)
    cost: Integers = np.maximum(np.rint(price * (1 - margin)).astype(np.int64), 1)
    return cost


def _complements(rng: np.random.Generator, sub_category: Integers, popularity: Floats) -> Integers:
    """What is bought with each product: popular products of the shelves that go with its own."""
    complements = np.empty((len(sub_category), COMPLEMENTS), dtype=np.int64)
    shelf_numbers = {shelf.name: number for number, shelf in enumerate(SUB_CATEGORIES)}
    for number, shelf in enumerate(SUB_CATEGORIES):
        own = np.flatnonzero(sub_category == number)
        partners = [shelf_numbers[name] for name in shelf.goes_with]
        candidates = np.flatnonzero(np.isin(sub_category, partners))
        if not len(candidates):  # a small shop may not carry the partner shelves
            candidates = np.arange(len(sub_category))
        drawn = weighted(rng, popularity[candidates], len(own) * COMPLEMENTS)
        complements[own] = candidates[drawn].reshape(len(own), COMPLEMENTS)
    return complements


class _Labels(NamedTuple):
    names: pl.Series
    brands: pl.Series
    suppliers: pl.Series


def _labels(seed: int, rng: np.random.Generator, sub_category: Integers) -> _Labels:
    """Names, brands and suppliers; a brand belongs to one category and comes from one supplier."""
    count = len(sub_category)
    fakers = [_faker(locale, seed) for locale in BRAND_LOCALES]
    per_category = 4 + round(count**0.4)
    categories = list(dict.fromkeys(shelf.category for shelf in SUB_CATEGORIES))
    category_of_shelf = np.array([categories.index(shelf.category) for shelf in SUB_CATEGORIES])
    brands = _different(_brand, fakers, per_category * len(categories))
    suppliers = _different(_company, fakers, max(3, len(brands) // 3))
    supplier_of_brand = rng.integers(0, len(suppliers), len(brands))
    colours = _different(_colour, fakers[:1], 60)

    drawn = rng.integers(0, per_category, (2, count)).min(axis=0)  # some brands are bigger
    brand = category_of_shelf[sub_category] * per_category + drawn
    chance = rng.random(count)
    style, colour = rng.integers(0, len(STYLES), count), rng.integers(0, len(colours), count)
    names = []
    for number in range(count):
        kinds = SUB_CATEGORIES[sub_category[number]].products
        kind = kinds[int(chance[number] * len(kinds))]
        names.append(f"{brands[brand[number]]} {STYLES[style[number]]} {kind} "
                     f"{colours[colour[number]]}")  # fmt: skip
    return _Labels(
        pl.Series(_unique(names)),
        pl.Series(brands).gather(brand),
        pl.Series(suppliers).gather(supplier_of_brand[brand]),
    )


def _faker(locale: str, seed: int) -> Faker:
    faker = Faker(locale, providers=[f"faker.providers.{kind}" for kind in BRAND_PROVIDERS])
    faker.seed_instance(f"{seed} brands {locale}")
    return faker


def _different(draw: Callable[[Faker], str], fakers: list[Faker], count: int) -> list[str]:
    """`count` different texts, the locales taking turns.

    One Faker of several locales would pick them with Python's global random numbers.
    """
    drawn: dict[str, None] = {}
    for attempt in range(100 * count):
        if len(drawn) == count:
            break
        drawn.setdefault(draw(fakers[attempt % len(fakers)]))
    return list(drawn)


def _brand(faker: Faker) -> str:
    return str(faker.last_name()).split()[-1].capitalize()


def _company(faker: Faker) -> str:
    return str(faker.company())


def _colour(faker: Faker) -> str:
    """`MediumSeaGreen` as `Medium Sea Green`."""
    name = str(faker.color_name())
    return "".join(f" {sign}" if sign.isupper() else sign for sign in name).strip()


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} Mk {seen[name]}")
    return unique
