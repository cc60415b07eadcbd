"""Pools of names, streets and postal codes, filled once; rows only point into them.

Faker makes 3,000 full rows a second, so it fills the pools (some 9,000 calls) and nothing else.
"""

import random
import string
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from faker import Faker

from shopwright.generation.countries import COUNTRIES, Country
from shopwright.generation.randomness import Floats, Integers

NAMES_PER_COUNTRY = 240
STREETS_PER_COUNTRY = 160
POSTAL_CODES_PER_WEIGHT = 3
# Reserved by RFC 2606: no mail sent to a made-up customer can reach anybody.
EMAIL_DOMAINS = ("mail.example", "post.example", "inbox.example", "webmail.example", "home.example")
_BEYOND_ASCII = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue"}
)


class Pool(NamedTuple):
    """Texts of all countries in one column; country c owns `sizes[c]` from `offsets[c]` on."""

    values: pl.Series
    offsets: Integers
    sizes: Integers

    def draw(self, rng: np.random.Generator, countries: Integers) -> Integers:
        """One index into `values` for each country in `countries`."""
        chance: Floats = rng.random(len(countries))
        return self.offsets[countries] + (chance * self.sizes[countries]).astype(np.int64)


class Names(NamedTuple):
    """Every pool that customers draw from; `given` holds women's names, then men's."""

    given: tuple[Pool, Pool]
    family: Pool
    streets: Pool
    places: Pool
    place_cities: pl.Series
    place_states: pl.Series


def name_pools(seed: int) -> Names:
    """The pools of all countries, the same for the same seed."""
    fakers = [_faker(country, seed) for country in COUNTRIES]
    women = _pool([_several(faker.first_name_female, NAMES_PER_COUNTRY) for faker in fakers])
    men = _pool([_several(faker.first_name_male, NAMES_PER_COUNTRY) for faker in fakers])
    family = _pool([_several(faker.last_name, NAMES_PER_COUNTRY) for faker in fakers])
    streets = _pool([_several(faker.street_name, STREETS_PER_COUNTRY) for faker in fakers])
    places = [
        list(_places(country, random.Random(f"{seed} {country.name}"))) for country in COUNTRIES
    ]
    flat = [place for country_places in places for place in country_places]
    return Names(
        given=(women, men),
        family=family,
        streets=streets,
        places=_pool([[postal for postal, _, _ in part] for part in places]),
        place_cities=pl.Series([city for _, city, _ in flat]),
        place_states=pl.Series([state for _, _, state in flat]),
    )


def mail_names(names: pl.Series) -> pl.Series:
    """Names as they stand in an e-mail address: ASCII letters only, lower case."""
    return pl.Series([_mail_name(name) for name in names])


def _mail_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_BEYOND_ASCII))
    return "".join(letter for letter in plain if letter in string.ascii_lowercase) or "x"


def _faker(country: Country, seed: int) -> Faker:
    faker = Faker(country.locale, providers=["faker.providers.person", "faker.providers.address"])
    faker.seed_instance(f"{seed} {country.name}")
    return faker


def _several(draw: Callable[[], str], count: int) -> list[str]:
    return [" ".join(draw().split()) for _ in range(count)]


def _pool(parts: list[list[str]]) -> Pool:
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    values = pl.Series([text for part in parts for text in part])
    return Pool(values, np.cumsum(sizes) - sizes, sizes)


def _places(country: Country, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Postal code, city and state; a bigger city has more of them and so more customers."""
    for city in country.cities:
        for _ in range(city.weight * POSTAL_CODES_PER_WEIGHT):
            yield _postal_code(city.postal_pattern, rng), city.name, city.state


def _postal_code(pattern: str, rng: random.Random) -> str:
    alphabets = {"#": string.digits, "@": string.ascii_uppercase}
    return "".join(rng.choice(alphabets.get(sign, sign)) for sign in pattern)
