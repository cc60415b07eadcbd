"""What a unit of each currency is worth in euro, day by day."""

import numpy as np

from shopwright.generation.countries import COUNTRIES, CURRENCIES
from shopwright.generation.randomness import Integers

DAILY_DRIFT = 0.003
PULL_TO_START = 0.01
RATE_UNITS = 10_000  # rates are held in ten-thousandths, the contract's four decimals
CURRENCY_CODES = tuple(CURRENCIES)
CURRENCY_OF_COUNTRY: Integers = np.array(
    [CURRENCY_CODES.index(country.currency) for country in COUNTRIES], dtype=np.int64
)


def daily_rates(rng: np.random.Generator, days: int) -> Integers:
    """Ten-thousandths of a euro per unit, one row a currency and one column a day.

    A random walk that is pulled back to its start, so that two years do not run away. The euro
    is always worth 1.
    """
    steps = rng.normal(0, DAILY_DRIFT, (len(CURRENCIES), days))
    drift = np.zeros_like(steps)
    for day in range(1, days):
        drift[:, day] = drift[:, day - 1] * (1 - PULL_TO_START) + steps[:, day]
    start = np.array(list(CURRENCIES.values()))
    rates: Integers = np.rint(start[:, None] * np.exp(drift) * RATE_UNITS).astype(np.int64)
    rates[CURRENCY_CODES.index("EUR")] = RATE_UNITS
    return rates


def in_currency(euro_cents: Integers, rates: Integers) -> Integers:
    """Euro cents as cents of a currency at a rate in ten-thousandths, rounded half up."""
    return (2 * euro_cents * RATE_UNITS + rates) // (2 * rates)
