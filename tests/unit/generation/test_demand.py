"""When people buy: the calendar of each country, campaigns, hours; and what random draws are."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from shopwright.generation import Profile, load_profile, resized
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.holidays import begin_in, easter, holidays_of, is_begin, paydays_of
from shopwright.generation.profile import Campaign
from shopwright.generation.randomness import draw, lottery, stream, weighted
from shopwright.generation.seasonality import (
    calendar_factors,
    campaign_days,
    campaign_discounts,
    sales_by_country,
)

NAMES = [country.name for country in COUNTRIES]
GERMANY, BRITAIN, FRANCE = (NAMES.index(name) for name in ("Germany", "United Kingdom", "France"))


def test_growth_over_two_years() -> None:
    two_years = resized(load_profile(), start=date(2023, 1, 1), days=730, transactions=1_000_000)
    sold, _ = sales_by_country(stream(3, "demand"), two_years)

    assert sold.sum() == 1_000_000
    # campaign days, holidays and weekends fall a little differently in the second year
    growth = 1 + two_years.demand.growth_a_year
    assert sold[365:].sum() / sold[:365].sum() == pytest.approx(growth, abs=0.02)


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2023, date(2023, 4, 9)), (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20))],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_black_friday_is_the_day_after_thanksgiving() -> None:
    days = [begin_in("black friday", year) for year in (2023, 2024, 2025)]
    assert days == [date(2023, 11, 24), date(2024, 11, 29), date(2025, 11, 28)]


@pytest.mark.parametrize(
    ("text", "known"),
    [("07-01", True), ("easter", True), ("02-29", False), ("13-01", False), ("summer", False)],
)
def test_where_a_campaign_can_begin(text: str, known: bool) -> None:
    assert is_begin(text) == known


def test_every_country_has_holidays_and_paydays() -> None:
    for name in NAMES:
        assert date(2024, 12, 25) in holidays_of(name, 2024)
        assert len(paydays_of(name, 2024)) >= 12
    assert date(2024, 10, 3) in holidays_of("Germany", 2024)
    assert date(2024, 11, 28) in holidays_of("United States", 2024)
    assert date(2024, 2, 29) in paydays_of("Germany", 2024)


def test_campaigns_cross_the_new_year_and_keep_to_their_countries() -> None:
    campaign = Campaign(
        name="Sale", begins="12-30", days=4, demand=2.0, discount=20, countries=("France",)
    )
    assert campaign_days(campaign, date(2024, 1, 1), 366).tolist() == [0, 1, 364, 365]

    discounts = campaign_discounts([campaign], date(2024, 1, 1), 366)
    assert discounts[FRANCE, [0, 2, 365]].tolist() == [20, 0, 20]
    assert discounts.sum() == 4 * 20


def test_calendars_differ_by_country(profile: Profile) -> None:
    factors = calendar_factors(profile, date(2024, 1, 1), 366)
    unity_day, payday = (
        (day - date(2024, 1, 1)).days for day in (date(2024, 10, 3), date(2024, 5, 31))
    )
    demand = profile.demand

    lift = demand.payday_lift  # still on, three days after the end of September
    assert factors[[GERMANY, BRITAIN], unity_day] == pytest.approx([demand.holiday_factor, 1])
    assert factors[[GERMANY, BRITAIN], payday] == pytest.approx([lift, lift])
    assert factors[NAMES.index("Sweden"), payday] == 1


def test_black_friday_doubles_demand_and_discounts(
    profile: Profile, sales: pl.DataFrame, sale_items: pl.DataFrame
) -> None:
    (black,) = (one for one in profile.campaigns if one.begins == "black friday")
    sold = dict(sales.group_by(pl.col("at").dt.date()).len().iter_rows())
    lift = black.demand * profile.demand.payday_lift  # in some countries, it is pay-day too
    ratio = sold[date(2024, 11, 29)] / sold[date(2024, 11, 22)]
    assert 0.8 * black.demand < ratio < 1.2 * lift

    on_day = sale_items.filter(pl.col("at").dt.date() == date(2024, 11, 29))
    usual = sale_items.filter(pl.col("at").dt.date() == date(2024, 11, 22))
    discounted = (on_day["discount_percentage"].cast(pl.Int64) >= black.discount).to_numpy()
    assert discounted.mean() == pytest.approx(profile.promotions.campaign_shelves, abs=0.2)
    assert (usual["discount_percentage"] == "0").to_numpy().mean() > 0.6


def test_hours_follow_the_profile_of_the_day(profile: Profile, sales: pl.DataFrame) -> None:
    demand = profile.demand
    for weekend, weights in ((False, demand.hours_on_workdays), (True, demand.hours_on_weekends)):
        hours = sales.filter((pl.col("at").dt.weekday() >= 6) == weekend)["at"].dt.hour()
        measured = [(hours == hour).mean() for hour in range(24)]
        expected = np.array(weights) / sum(weights)
        assert measured == pytest.approx(expected.tolist(), abs=0.01)


def test_draws_follow_their_weights() -> None:
    weights = np.array([1.0, 0.0, 6.0, 3.0])
    rng = stream(1, "test")
    for drawn in (weighted(rng, weights, 100_000), draw(rng, lottery(weights), 100_000)):
        shares = np.bincount(drawn, minlength=4) / 100_000
        assert shares.tolist() == pytest.approx([0.1, 0.0, 0.6, 0.3], abs=0.01)


def test_streams_differ_by_seed_purpose_and_number_only() -> None:
    keys = [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1)]
    first = [stream(*key).random() for key in keys]

    assert len(set(first)) == 4
    assert first == [stream(*key).random() for key in keys]
