"""The products: what they are called, cost and sell for, when they come and go, who likes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from faker import Faker

from shopwright.generation.profile import Popularity, Profile, Range, Shelf
from shopwright.generation.randomness import Flags, Floats, Integers, stream, weighted
from shopwright.generation.seasonality import DAYS_A_YEAR

SHORTEST_LIFE_DAYS = 60
EVERGREENS = 10  # best sellers that are on sale from the first day to the last
COMPLEMENTS = 6
BRAND_PROVIDERS = ("person", "company", "color")  # all of them take 20 ms a locale to load
BRAND_LOCALES = ("en_GB", "de_DE", "fr_FR", "it_IT", "sv_SE")
NEVER = 1_000_000


@dataclass
class Catalog:
    """One entry per product, in the order of the launch; days count from the first delivery.

    `price` and `cost` are euro cents and change over time. A product is sold from `launched_on`
    up to the day before `ended_on`. `complements` has `COMPLEMENTS` product numbers a row.
    `appeal` is normally distributed; its order decides the ranks of `popularity`, and both drift.
    """

    names: pl.Series
    brands: pl.Series
    suppliers: pl.Series
    sub_category: Integers
    price: Integers
    cost: Integers
    launched_on: Integers
    ended_on: Integers
    appeal: Floats
    popularity: Floats
    complements: Integers
    evergreens: Integers

    def __len__(self) -> int:
        return len(self.sub_category)

    def on_sale(self, products: Integers, days: Integers) -> Flags:
        """Whether each product is sold on its day."""
        launched: Flags = self.launched_on[products] <= days
        return launched & (days < self.ended_on[products])


def build_catalog(profile: Profile) -> Catalog:
    """The catalogue of the whole period, products to be launched later included."""
    rng = stream(profile.seed, "catalogue")
    habits, shelves, days = profile.range, profile.shelves, profile.size.days
    count = profile.product_count
    launched_on = _launch_days(rng, habits, count, days)
    sub_category = _sub_categories(rng, shelves, count)
    appeal = rng.normal(0, 1, count)
    popularity = zipf(profile.popularity, appeal)
    evergreens = _evergreens(popularity, launched_on)
    price = _prices(rng, habits, shelves, sub_category)
    labels = _labels(profile, rng, sub_category)
    return Catalog(
        names=labels.names,
        brands=labels.brands,
        suppliers=labels.suppliers,
        sub_category=sub_category,
        price=price,
        cost=_costs(rng, habits, shelves, sub_category, price),
        launched_on=launched_on,
        ended_on=_end_days(rng, habits, launched_on, evergreens),
        appeal=appeal,
        popularity=popularity,
        complements=_complements(rng, shelves, sub_category, popularity),
        evergreens=evergreens,
    )


def zipf(habits: Popularity, appeal: Floats) -> Floats:
    """The relative demand of each product, from its rank by appeal (the highest is 1)."""
    rank = np.empty(len(appeal))
    rank[np.argsort(-appeal, kind="stable")] = np.arange(1, len(appeal) + 1)
    popularity: Floats = (rank + habits.zipf_offset) ** -habits.zipf_exponent
    return popularity


def drift_popularity(
    rng: np.random.Generator, habits: Popularity, catalog: Catalog, days: int
) -> None:
    """Lets `days` pass: ranks change places, and the law of the ranks stays (an
    Ornstein-Uhlenbeck process). Alters `catalog.appeal` and `catalog.popularity`."""
    kept = np.exp(-days / habits.memory_days)
    news = rng.normal(0, 1, len(catalog))
    catalog.appeal = catalog.appeal * kept + news * np.sqrt(1 - kept**2)
    catalog.popularity = zipf(habits, catalog.appeal)


def shop_price(euro: Floats) -> Integers:
    """Cents as shops like them: 7.49, 12.99, 149.00."""
    cents = np.rint(euro * 100).astype(np.int64)
    small = np.maximum((cents + 25) // 50 * 50, 100) - 1
    middle = (cents + 50) // 100 * 100 - 1
    large = (cents + 250) // 500 * 500 - 100
    return np.where(cents < 2_000, small, np.where(cents < 10_000, middle, large))


def _launch_days(rng: np.random.Generator, habits: Range, count: int, days: int) -> Integers:
    """Sorted; what is there from the first day has a day below 0."""
    expected = count * habits.launches_a_year * days / DAYS_A_YEAR
    later = min(round(expected), count // 2) if days > 1 else 0
    before = -rng.integers(1, 1500, count - later)
    return np.sort(np.concatenate([before, rng.integers(1, max(days, 2), later)]))


def _end_days(
    rng: np.random.Generator, habits: Range, launched_on: Integers, evergreens: Integers
) -> Integers:
    mean = DAYS_A_YEAR / max(habits.retirements_a_year, DAYS_A_YEAR / NEVER)
    life = rng.exponential(mean, len(launched_on)).astype(np.int64)
    ended_on = np.maximum(launched_on, 0) + SHORTEST_LIFE_DAYS + life
    ended_on[evergreens] = NEVER
    return ended_on


def _sub_categories(rng: np.random.Generator, shelves: tuple[Shelf, ...], count: int) -> Integers:
    weights = np.array([shelf.weight for shelf in shelves])
    return weighted(rng, weights * rng.uniform(0.7, 1.3, len(shelves)), count)


def _evergreens(popularity: Floats, launched_on: Integers) -> Integers:
    existing = np.flatnonzero(launched_on < 0)
    return existing[np.argsort(-popularity[existing], kind="stable")[:EVERGREENS]]


def _prices(
    rng: np.random.Generator, habits: Range, shelves: tuple[Shelf, ...], sub_category: Integers
) -> Integers:
    median = np.array([shelf.price for shelf in shelves])
    spread = rng.lognormal(0, habits.price_spread, len(sub_category))
    return shop_price(median[sub_category] * spread)


def _costs(
    rng: np.random.Generator,
    habits: Range,
    shelves: tuple[Shelf, ...],
    sub_category: Integers,
    price: Integers,
) -> Integers:
    usual = np.array([shelf.margin for shelf in shelves])[sub_category]
    margin = np.clip(usual + rng.normal(0, habits.margin_spread, len(price)), 0.02, 0.95)
    cost: Integers = np.maximum(np.rint(price * (1 - margin)).astype(np.int64), 1)
    return cost


def _complements(
    rng: np.random.Generator,
    shelves: tuple[Shelf, ...],
    sub_category: Integers,
    popularity: Floats,
) -> Integers:
    """What is bought with each product: popular products of the shelves that go with its own."""
    complements = np.empty((len(sub_category), COMPLEMENTS), dtype=np.int64)
    shelf_numbers = {shelf.name: number for number, shelf in enumerate(shelves)}
    for number, shelf in enumerate(shelves):
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


def _labels(profile: Profile, rng: np.random.Generator, sub_category: Integers) -> _Labels:
    """Names, brands and suppliers; a brand belongs to one category and comes from one supplier."""
    count, shelves, styles = len(sub_category), profile.shelves, profile.range.styles
    fakers = [_faker(locale, profile.seed) for locale in BRAND_LOCALES]
    per_category = 4 + round(count**0.4)
    categories = list(dict.fromkeys(shelf.category for shelf in shelves))
    category_of_shelf = np.array([categories.index(shelf.category) for shelf in shelves])
    brands = _different(_brand, fakers, per_category * len(categories))
    suppliers = _different(_company, fakers, max(3, len(brands) // 3))
    supplier_of_brand = rng.integers(0, len(suppliers), len(brands))
    variants = profile.range.variants or _different(_colour, fakers[:1], 60)

    drawn = rng.integers(0, per_category, (2, count)).min(axis=0)  # some brands are bigger
    brand = category_of_shelf[sub_category] * per_category + drawn
    chance = rng.random(count)
    style, variant = rng.integers(0, len(styles), count), rng.integers(0, len(variants), count)
    names = []
    for number in range(count):
        kinds = shelves[sub_category[number]].products
        kind = kinds[int(chance[number] * len(kinds))]
        names.append(f"{brands[brand[number]]} {styles[style[number]]} {kind} "
                     f"{variants[variant[number]]}")  # fmt: skip
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
