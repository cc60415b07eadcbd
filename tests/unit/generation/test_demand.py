"""The shapes that the generator advertises, measured against its constants."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from shopwright.generation.baskets import BASKET_SIZE_WEIGHTS
from shopwright.generation.randomness import draw, lottery, stream, weighted
from shopwright.generation.seasonality import (
    BLACK_WEEKEND,
    CHRISTMAS,
    GROWTH_A_YEAR,
    HOUR_WEIGHTS_WEEKEND,
    HOUR_WEIGHTS_WORKDAY,
    MONTH_FACTORS,
    NO_CAMPAIGN,
    SHOP_BIRTHDAY,
    SUMMER_SALE,
    WEEKDAY_FACTORS,
    WINTER_SALE,
    campaign_on,
    sales_per_day,
)


def ordinary_days(sales: pl.DataFrame) -> pl.DataFrame:
    """Sales by day, with growth and the month's factor taken out, campaign days left out."""
    days = sales.group_by(day=pl.col("at").dt.date()).len().sort("day")
    ordinary = [campaign_on(day) == NO_CAMPAIGN for day in days["day"]]
    number = (days["day"] - date(2024, 1, 1)).dt.total_days()
    growth = (1 + GROWTH_A_YEAR) ** (number / 365)
    month = days["day"].dt.month().cast(pl.Int64)
    factor = pl.Series([MONTH_FACTORS[m - 1] for m in month])
    return days.with_columns(
        level=days["len"] / growth / factor, weekday=days["day"].dt.weekday()
    ).filter(pl.Series(ordinary))


def test_weekends_sell_as_much_more_as_the_factors_say(sales: pl.DataFrame) -> None:
    level = ordinary_days(sales).group_by("weekday").agg(pl.col("level").mean()).sort("weekday")
    measured = level["level"] / level["level"].mean()

    assert measured.to_list() == pytest.approx(WEEKDAY_FACTORS, abs=0.04)
    assert measured[5] > measured[1] * 1.15  # Saturday and Tuesday


def test_growth_over_two_years() -> None:
    sold = sales_per_day(stream(3, "demand"), date(2023, 1, 1), 730, 1_000_000)

    assert sold.sum() == 1_000_000
    # 3 % of the days are campaign days, two of which fall on other weekdays in the second year
    assert sold[365:].sum() / sold[:365].sum() == pytest.approx(1 + GROWTH_A_YEAR, abs=0.02)


def test_months_sell_as_the_factors_say() -> None:
    start, days = date(2022, 1, 1), 4 * 365 + 1
    sold = sales_per_day(stream(3, "demand"), start, days, 4_000_000)
    dates = pl.date_range(start, date(2025, 12, 31), eager=True)
    ordinary = pl.Series([campaign_on(day) == NO_CAMPAIGN for day in dates])
    growth = (1 + GROWTH_A_YEAR) ** (np.arange(days) / 365)
    by_month = (
        pl.DataFrame({"month": dates.dt.month(), "level": sold / growth})
        .filter(ordinary)
        .group_by("month")
        .agg(pl.col("level").mean())
        .sort("month")
    )
    measured = by_month["level"] / by_month["level"].mean() * np.mean(MONTH_FACTORS)

    assert measured.to_list() == pytest.approx(MONTH_FACTORS, abs=0.03)


@pytest.mark.parametrize(
    ("day", "campaign"),
    [
        (date(2024, 11, 28), NO_CAMPAIGN),
        (date(2024, 11, 29), BLACK_WEEKEND),
        (date(2024, 12, 2), BLACK_WEEKEND),
        (date(2023, 11, 24), BLACK_WEEKEND),
        (date(2024, 4, 12), SHOP_BIRTHDAY),
        (date(2024, 7, 7), SUMMER_SALE),
        (date(2024, 1, 3), WINTER_SALE),
        (date(2024, 12, 25), CHRISTMAS),
        (date(2024, 5, 20), NO_CAMPAIGN),
    ],
)
def test_campaign_days(day: date, campaign: object) -> None:
    assert campaign_on(day) == campaign


def test_black_friday_doubles_demand_and_discounts(
    sales: pl.DataFrame, sale_items: pl.DataFrame
) -> None:
    sold = dict(sales.group_by(pl.col("at").dt.date()).len().iter_rows())
    assert sold[date(2024, 11, 29)] / sold[date(2024, 11, 22)] == pytest.approx(1.9, abs=0.35)

    on_day = sale_items.filter(pl.col("at").dt.date() == date(2024, 11, 29))
    usual = sale_items.filter(pl.col("at").dt.date() == date(2024, 11, 22))
    discounted = (
        (on_day["discount_percentage"].cast(pl.Int64) >= BLACK_WEEKEND.discount).to_numpy().mean()
    )
    assert discounted > 0.4
    assert (usual["discount_percentage"] == "0").to_numpy().mean() > 0.6


def test_hours_follow_the_profile_of_the_day(sales: pl.DataFrame) -> None:
    # Of known customers and guests; a new customer's order comes minutes after the registration.
    for weekend, weights in ((False, HOUR_WEIGHTS_WORKDAY), (True, HOUR_WEIGHTS_WEEKEND)):
        hours = sales.filter((pl.col("at").dt.weekday() >= 6) == weekend)["at"].dt.hour()
        measured = [(hours == hour).mean() for hour in range(24)]
        expected = np.array(weights) / sum(weights)
        assert measured == pytest.approx(expected.tolist(), abs=0.01)


def test_basket_sizes(sale_items: pl.DataFrame) -> None:
    sizes = sale_items.group_by("transaction_id").len()["len"]
    expected = sum(size * share for size, share in enumerate(BASKET_SIZE_WEIGHTS, start=1))

    assert sum(BASKET_SIZE_WEIGHTS) == pytest.approx(1)
    assert sizes.mean() == pytest.approx(expected, abs=0.03)
    assert sizes.mean() == pytest.approx(2.33, abs=0.03)
    assert (sizes == 1).mean() == pytest.approx(BASKET_SIZE_WEIGHTS[0], abs=0.01)


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
