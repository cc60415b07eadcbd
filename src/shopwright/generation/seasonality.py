"""When people buy: week, hour, season, growth and the shop's campaign days."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from shopwright.generation.randomness import Flags, Floats, Integers, draw_by_row

WEEKDAY_FACTORS = (0.96, 0.90, 0.91, 0.95, 1.00, 1.12, 1.16)  # Monday to Sunday; their mean is 1
MONTH_FACTORS = (0.92, 0.87, 0.94, 0.96, 1.0, 0.97, 0.92, 0.93, 0.99, 1.05, 1.2, 1.25)
GROWTH_A_YEAR = 0.15
DAILY_NOISE = 0.04
HOUR_WEIGHTS_WORKDAY = (
    6, 3, 2, 1, 1, 2, 8, 18, 28, 36, 42, 46, 50, 46, 42, 41, 44, 50, 58, 70, 80, 78, 52, 20,
)  # fmt: skip
HOUR_WEIGHTS_WEEKEND = (
    10, 6, 3, 2, 1, 2, 4, 9, 22, 40, 56, 62, 60, 56, 56, 58, 60, 58, 58, 64, 70, 66, 44, 22,
)  # fmt: skip
SECONDS_A_DAY = 86_400


class Campaign(NamedTuple):
    """Days on which demand is multiplied; `discount` is the percentage on what takes part."""

    name: str
    demand: float
    discount: int


NO_CAMPAIGN = Campaign("", 1.0, 0)
SHOP_BIRTHDAY = Campaign("Shop birthday", 1.5, 10)
SUMMER_SALE = Campaign("Summer sale", 1.3, 20)
BLACK_WEEKEND = Campaign("Black weekend", 1.9, 25)
WINTER_SALE = Campaign("Winter sale", 1.2, 20)
CHRISTMAS = Campaign("Christmas", 0.55, 0)


def campaign_on(day: date) -> Campaign:
    """The campaign that runs on a day, or `NO_CAMPAIGN`."""
    if day.month == 4 and day.day in (12, 13):
        return SHOP_BIRTHDAY
    if day.month == 7 and day.day <= 7:
        return SUMMER_SALE
    if day.month == 1 and 3 <= day.day <= 8:
        return WINTER_SALE
    if day.month == 12 and 24 <= day.day <= 26:
        return CHRISTMAS
    black_friday = _black_friday(day.year)
    if black_friday <= day <= black_friday + timedelta(days=3):
        return BLACK_WEEKEND
    return NO_CAMPAIGN


def _black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def expected_demand(start: date, days: int) -> Floats:
    """The relative demand of each day, without noise."""
    demand = np.empty(days)
    for number in range(days):
        day = start + timedelta(days=number)
        growth = (1 + GROWTH_A_YEAR) ** (number / 365)
        season = MONTH_FACTORS[day.month - 1] * WEEKDAY_FACTORS[day.weekday()]
        demand[number] = growth * season * campaign_on(day).demand
    return demand


def sales_per_day(rng: np.random.Generator, start: date, days: int, sales: int) -> Integers:
    """How many sales fall on each day; they add up to `sales`."""
    demand = expected_demand(start, days) * np.exp(rng.normal(0, DAILY_NOISE, days))
    return rng.multinomial(sales, demand / demand.sum()).astype(np.int64)


def is_weekend(days: Integers, start_weekday: int) -> Flags:
    """Which days are Saturdays or Sundays; `start_weekday` is that of day 0 (Monday is 0)."""
    return (days + start_weekday) % 7 >= 5


def seconds_of_day(rng: np.random.Generator, weekend: Flags) -> Integers:
    """A second of the day for each entry; weekends have their own hours."""
    hours = np.array([HOUR_WEIGHTS_WORKDAY, HOUR_WEIGHTS_WEEKEND], dtype=np.float64)
    hour = draw_by_row(rng, hours, weekend.astype(np.int64))
    return hour * 3600 + rng.integers(0, 3600, len(weekend))
