"""When people buy: week, hour, season, growth, and each country's holidays, pay-days, campaigns."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from shopwright.generation.countries import COUNTRIES
from shopwright.generation.holidays import begin_in, holidays_of, paydays_of
from shopwright.generation.profile import Campaign, Demand, Profile
from shopwright.generation.randomness import Flags, Floats, Integers, draw_by_row

DAYS_A_YEAR = 365
SECONDS_A_DAY = 86_400


def country_shares(profile: Profile) -> Floats:
    """Each country's part of the customers, in the order of `COUNTRIES`; they add up to 1."""
    shares = np.array([profile.countries.get(country.name, 0.0) for country in COUNTRIES])
    normal: Floats = shares / shares.sum()
    return normal


def common_factors(demand: Demand, start: date, days: int) -> Floats:
    """Growth, month and weekday: the factors of each day that all countries share."""
    numbers = np.arange(days)
    months = np.array([(start + timedelta(days=int(day))).month - 1 for day in numbers])
    weekdays = (numbers + start.weekday()) % 7
    growth: Floats = (1 + demand.growth_a_year) ** (numbers / DAYS_A_YEAR)
    factor: Floats = growth * np.array(demand.months)[months] * np.array(demand.weekdays)[weekdays]
    return factor


def calendar_factors(profile: Profile, start: date, days: int) -> Floats:
    """Holidays, pay-days and campaigns: one row a country (of `COUNTRIES`), one column a day.

    On a day with several of them the factors multiply.
    """
    demand = profile.demand
    factors = np.ones((len(COUNTRIES), days))
    years = range(start.year, (start + timedelta(days=days - 1)).year + 1)
    for row, country in enumerate(COUNTRIES):
        if country.name not in profile.countries:
            continue
        free = [day for year in years for day in holidays_of(country.name, year)]
        factors[row, _numbers(free, start, days)] *= demand.holiday_factor
        paid = [
            day + timedelta(days=after)
            for year in range(start.year - 1, years.stop)
            for day in paydays_of(country.name, year)
            for after in range(demand.payday_days)
        ]
        factors[row, _numbers(paid, start, days)] *= demand.payday_lift
    for campaign in profile.campaigns:
        runs = campaign_days(campaign, start, days)
        factors[np.ix_(_takes_part(campaign), runs)] *= campaign.demand
    return factors


def campaign_days(campaign: Campaign, start: date, days: int) -> Integers:
    """The days (counted from `start`) on which a campaign runs, the turn of a year included."""
    last = start + timedelta(days=days - 1)
    runs = [
        begin_in(campaign.begins, year) + timedelta(days=campaign.offset + day)
        for year in range(start.year - 1, last.year + 2)
        for day in range(campaign.days)
    ]
    return _numbers(runs, start, days)


def campaign_discounts(campaigns: Iterable[Campaign], start: date, days: int) -> Integers:
    """The percentage by which campaigns reduce prices: one row a country, one column a day; the
    best where several run."""
    discounts = np.zeros((len(COUNTRIES), days), dtype=np.int64)
    for campaign in campaigns:
        cells = np.ix_(_takes_part(campaign), campaign_days(campaign, start, days))
        discounts[cells] = np.maximum(discounts[cells], campaign.discount)
    return discounts


def sales_by_country(rng: np.random.Generator, profile: Profile) -> tuple[Integers, Floats]:
    """How many sales fall on each day (they add up to the profile's), and the share of each
    country (column) in each day's (row)."""
    start, days = profile.size.start, profile.size.days
    by_country = country_shares(profile)[:, None] * calendar_factors(profile, start, days)
    noise = np.exp(rng.normal(0, profile.demand.daily_noise, days))
    demand = common_factors(profile.demand, start, days) * noise * by_country.sum(axis=0)
    sales = rng.multinomial(profile.size.transactions, demand / demand.sum()).astype(np.int64)
    shares: Floats = (by_country / by_country.sum(axis=0)).T
    return sales, shares


def is_weekend(days: Integers, start_weekday: int) -> Flags:
    """Which days are Saturdays or Sundays; `start_weekday` is that of day 0 (Monday is 0)."""
    return (days + start_weekday) % 7 >= 5


def seconds_of_day(rng: np.random.Generator, demand: Demand, weekend: Flags) -> Integers:
    """A second of the day for each entry; weekends have their own hours."""
    hours = np.array([demand.hours_on_workdays, demand.hours_on_weekends], dtype=np.float64)
    hour = draw_by_row(rng, hours, weekend.astype(np.int64))
    return hour * 3600 + rng.integers(0, 3600, len(weekend))


def _takes_part(campaign: Campaign) -> Integers:
    names = campaign.countries
    return np.array(
        [row for row, country in enumerate(COUNTRIES) if names is None or country.name in names]
    )


def _numbers(dates: Iterable[date], start: date, days: int) -> Integers:
    """Each date once, as a number of days after `start`; those outside are left out."""
    numbers = {(day - start).days for day in dates}
    return np.array(sorted(day for day in numbers if 0 <= day < days), dtype=np.int64)
