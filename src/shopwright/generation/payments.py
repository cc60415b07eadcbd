"""How people pay, by country and year."""

from datetime import date, timedelta

import numpy as np

from shopwright.generation.countries import (
    COUNTRIES,
    PAYMENT_METHODS,
    PAYMENT_TRENDS,
    PAYMENTS_OF_YEAR,
)
from shopwright.generation.randomness import Floats, Integers, draw_by_row

MOST_TREND_YEARS = 12  # a trend that went on for ever would leave one method


def payment_shares(year: int) -> Floats:
    """How often each method of `PAYMENT_METHODS` (column) is used in a country (row) in a year."""
    years = min(max(year - PAYMENTS_OF_YEAR, -MOST_TREND_YEARS), MOST_TREND_YEARS)
    shares = np.zeros((len(COUNTRIES), len(PAYMENT_METHODS)))
    for number, country in enumerate(COUNTRIES):
        for method, share in country.payments.items():
            trend = PAYMENT_TRENDS.get(method, 1.0)
            shares[number, PAYMENT_METHODS.index(method)] = share * trend**years
    normal: Floats = shares / shares.sum(axis=1, keepdims=True)
    return normal


def draw_payments(
    rng: np.random.Generator, countries: Integers, days: Integers, start: date
) -> Integers:
    """A payment method for each country and day (counted from `start`)."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    first = (start + timedelta(days=int(days.min()))).year
    last = (start + timedelta(days=int(days.max()))).year
    new_years = [(date(year, 1, 1) - start).days for year in range(first + 1, last + 1)]
    year = np.searchsorted(np.array(new_years, dtype=np.int64), days, side="right")
    shares = np.concatenate([payment_shares(number) for number in range(first, last + 1)])
    return draw_by_row(rng, shares, year * len(COUNTRIES) + countries)
