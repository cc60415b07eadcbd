"""What profiles advertise, measured in the files against the numbers of each profile."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.unit.generation.conftest import DAYS, START, ProfiledShop, read_table

from shopwright.generation import generate, load_profile, resized
from shopwright.generation.loyalty import survival
from shopwright.generation.profile_files import profile_names
from shopwright.generation.randomness import Floats
from shopwright.generation.seasonality import calendar_factors, country_shares


def levels(shop: ProfiledShop) -> pl.DataFrame:
    """Sales by day without growth and without what each country's calendar does to it."""
    profile = shop.profile
    days = pl.date_range(START, START + timedelta(days=DAYS - 1), eager=True).alias("day")
    sold = shop.sales.group_by(day=pl.col("at").dt.date()).len()
    calendar = country_shares(profile) @ calendar_factors(profile, START, DAYS)
    growth = (1 + profile.demand.growth_a_year) ** (np.arange(DAYS) / 365)
    rows = days.to_frame().join(sold, on="day", how="left", maintain_order="left")
    return rows.with_columns(
        level=pl.col("len") / pl.Series(calendar * growth),
        weekday=pl.col("day").dt.weekday(),
        month=pl.col("day").dt.month(),
    )


def test_weekdays_sell_as_the_factors_say(profiled: ProfiledShop) -> None:
    expected = np.array(profiled.profile.demand.weekdays)
    months = np.array(profiled.profile.demand.months)
    rows = levels(profiled)
    rows = rows.with_columns(pl.col("level") / pl.Series(months[rows["month"].to_numpy() - 1]))
    by_day = rows.group_by("weekday").agg(pl.col("level").mean()).sort("weekday")["level"]

    measured = (by_day / by_day.mean()).to_list()
    assert measured == pytest.approx((expected / expected.mean()).tolist(), abs=0.04)


def test_months_sell_as_the_factors_say(profiled: ProfiledShop) -> None:
    expected = np.array(profiled.profile.demand.months)
    weekdays = np.array(profiled.profile.demand.weekdays)
    rows = levels(profiled)
    rows = rows.with_columns(pl.col("level") / pl.Series(weekdays[rows["weekday"].to_numpy() - 1]))
    by_month = rows.group_by("month").agg(pl.col("level").mean()).sort("month")["level"]

    measured = (by_month / by_month.mean()).to_list()
    assert measured == pytest.approx((expected / expected.mean()).tolist(), abs=0.06)


def test_shelves_have_their_season(profiled: ProfiledShop) -> None:
    """The shelf with the widest swing: first lines in its peak month and half a year away."""
    shelf = max(profiled.profile.shelves, key=lambda one: one.swing)
    first = profiled.lines.filter(pl.col("item_id").str.ends_with("-1"))
    by_month = first.group_by(month=pl.col("at").dt.month()).agg(
        share=(pl.col("sub_category") == shelf.name).mean()
    )
    share = dict(by_month.iter_rows())
    peak, trough = shelf.peak_month, (shelf.peak_month + 5) % 12 + 1

    # the other shelves have seasons too, and products come, go and drift
    expected = (1 + shelf.swing) / (1 - shelf.swing)
    assert 0.4 * expected < share[peak] / share[trough] < 2.5 * expected


def test_paydays_and_holidays_are_felt(profiled: ProfiledShop) -> None:
    profile = profiled.profile
    sold = profiled.sales.filter(pl.col("shipping_country") == "Germany")
    by_day = dict(sold.group_by(pl.col("at").dt.date()).len().iter_rows())
    unity_day = date(2024, 10, 3)
    around = [by_day[unity_day + timedelta(days=days)] for days in (-14, -7, 7, 14)]

    expected = profile.demand.holiday_factor
    spread = 3 / np.sqrt(np.mean(around) * expected) + profile.demand.daily_noise * 2
    lift = profile.demand.payday_lift if profile.demand.payday_days > 3 else 1.0
    ratio = by_day[unity_day] / np.mean(around)
    assert ratio == pytest.approx(expected * lift, rel=spread + 0.05)


def test_guests_and_first_orders(profiled: ProfiledShop) -> None:
    habits, sales = profiled.profile.customers, profiled.sales
    guests = sales["customer_id"].is_null().to_numpy().mean()
    assert guests == pytest.approx(habits.guest_share, abs=0.012)


def test_repeat_rate(profiled: ProfiledShop) -> None:
    """Of those whose first order came with the registration, who has 365 days to buy again."""
    habits, sales = profiled.profile.customers, profiled.sales.drop_nulls("customer_id")
    registered = (
        profiled.tables["customers"]
        .unique("customer_id", keep="first", maintain_order=True)
        .select("customer_id", registered=pl.col("registration_date").str.to_date())
    )
    orders = sales.join(registered, on="customer_id").with_columns(
        age=(pl.col("at").dt.date() - pl.col("registered")).dt.total_days()
    )
    observed = orders.filter(
        pl.col("registered").is_between(START, START + timedelta(days=DAYS - 366))
    )
    first = observed.filter(pl.col("age") == 0)["customer_id"].unique()
    again = observed.filter(pl.col("age").is_between(1, 365))["customer_id"].unique()

    rate = again.is_in(first.to_list()).sum() / len(first)
    spread = 3 * np.sqrt(habits.repeat_rate * (1 - habits.repeat_rate) / len(first))
    # calibrated for customers of the whole period, of whom these are the first five weeks'
    assert rate == pytest.approx(habits.repeat_rate, abs=0.03 + spread)


def test_cohorts_decay(profiled: ProfiledShop) -> None:
    """Orders by age, against what those who registered at other times order on the same days.

    With the day's effect taken out, what is left of a cohort is the survival of its members.
    """
    habits = profiled.profile.customers
    rate = _orders_by_age(profiled, edges=np.array([1, 31, 91, 181, 271, 361]))
    ages = np.arange(1, 361)
    alive = survival(habits, ages.astype(float))
    expected = np.array(
        [alive[(ages >= low) & (ages < high)].mean()
         for low, high in ((1, 31), (31, 91), (91, 181), (181, 271), (271, 361))]
    )  # fmt: skip

    measured = rate / rate[0]
    assert measured.tolist() == pytest.approx((expected / expected[0]).tolist(), abs=0.1)
    assert measured[-1] < 0.8


def _orders_by_age(shop: ProfiledShop, edges: np.ndarray) -> Floats:  # type: ignore[type-arg]
    """Orders per registered customer and day, by age, relative to those of the same month.

    An age-period model, fitted by alternating the two effects (iterative proportional fitting).
    """
    registered = (
        shop.tables["customers"]
        .unique("customer_id", keep="first", maintain_order=True)
        .select(
            "customer_id",
            day=(pl.col("registration_date").str.to_date() - pl.lit(START)).dt.total_days(),
        )
    )
    orders = shop.sales.drop_nulls("customer_id").join(registered, on="customer_id")
    on = (orders["at"].dt.date() - START).dt.total_days().to_numpy()
    age = on - orders["day"].to_numpy()
    months, width = DAYS // 20, 20
    cells = (months, len(edges) - 1)
    inside = (age >= edges[0]) & (age < edges[-1]) & (on < months * width)
    bought = np.zeros(cells)
    np.add.at(
        bought, (on[inside] // width, np.searchsorted(edges, age[inside], side="right") - 1), 1
    )
    exposure = np.zeros(cells)
    registrations = registered["day"].to_numpy()
    for day in range(months * width):
        ages = day - registrations
        exposure[day // width] += np.histogram(ages, bins=edges)[0]
    effect = np.ones(cells[1])
    for _ in range(50):
        period = bought.sum(axis=1) / (exposure * effect).sum(axis=1)
        effect = bought.sum(axis=0) / (exposure * period[:, None]).sum(axis=0)
    return effect


def test_baskets_have_the_sizes_of_the_profile(profiled: ProfiledShop) -> None:
    shares = np.array(profiled.profile.baskets.sizes)
    shares = shares / shares.sum()
    sizes = profiled.lines.group_by("transaction_id").len()["len"].to_numpy()
    expected = (np.arange(1, len(shares) + 1) * shares).sum()

    # a product that was drawn twice and twice again is left out
    assert sizes.mean() == pytest.approx(expected, rel=0.03)
    assert (sizes == 1).mean() == pytest.approx(shares[0], abs=0.01)


def test_what_goes_together_is_bought_together(profiled: ProfiledShop) -> None:
    """Lift: how much likelier a later line is from a partner shelf than any line is."""
    profile = profiled.profile
    partners = pl.DataFrame(
        [(one.name, partner) for one in profile.shelves for partner in one.goes_with],
        schema=["first", "sub_category"],
        orient="row",
    )
    first = profiled.lines.filter(pl.col("item_id").str.ends_with("-1"))
    later = profiled.lines.filter(~pl.col("item_id").str.ends_with("-1"))
    pairs = later.join(first.select("transaction_id", first="sub_category"), on="transaction_id")
    fits = partners.with_columns(fits=pl.lit(True))
    hits = pairs.join(fits, on=["first", "sub_category"], how="left")["fits"]
    measured = hits.is_not_null().to_numpy().mean()

    usual = dict(first["sub_category"].value_counts(normalize=True).iter_rows())
    by_first = dict(pairs["first"].value_counts(normalize=True).iter_rows())
    chance = sum(
        by_first.get(one.name, 0) * sum(usual.get(partner, 0) for partner in one.goes_with)
        for one in profile.shelves
    )
    share = profile.baskets.complement_share
    expected = share + (1 - share) * chance
    assert measured / chance == pytest.approx(expected / chance, rel=0.12)
    assert measured / chance > 2


def test_return_rates(profiled: ProfiledShop) -> None:
    profile = profiled.profile
    until = START + timedelta(days=DAYS - profile.returns.last_day - 1)
    rates = {shelf.name: shelf.return_rate for shelf in profile.shelves}
    first = profiled.lines.filter(
        pl.col("item_id").str.ends_with("-1") & (pl.col("at").dt.date() < until)
    )
    returns = profiled.tables["transactions"].filter(pl.col("transaction_type") == "return")
    back = first["transaction_id"].is_in(returns["original_transaction_id"].to_list())
    kept = 1 - profile.orders.cancelled_share
    expected = np.array([rates[shelf] for shelf in first["sub_category"]]).mean() * kept

    spread = 3 * np.sqrt(expected / len(first))
    assert back.mean() == pytest.approx(expected, abs=spread)
    worst = max(rates, key=lambda shelf: rates[shelf])
    of_worst = back.filter(first["sub_category"] == worst)
    spread = 4 * np.sqrt(rates[worst] / len(of_worst))
    assert of_worst.mean() == pytest.approx(rates[worst] * kept, abs=spread)


def test_promotions_discount_and_lift(profiled: ProfiledShop) -> None:
    """Shelves whose every line is reduced in a week without a campaign, against themselves in
    the weeks before and after."""
    promotions = profiled.profile.promotions
    first = profiled.lines.filter(pl.col("item_id").str.ends_with("-1")).with_columns(
        week=(pl.col("at").dt.date() - pl.lit(START)).dt.total_days() // 7,
        reduced=pl.col("discount_percentage").cast(pl.Int64) >= min(promotions.percentages),
    )
    weeks = (
        first.group_by("sub_category", "week")
        .agg(lines=pl.len(), reduced=pl.col("reduced").mean())
        .join(first.group_by("week").agg(all=pl.len()), on="week")
        .sort("sub_category", "week")
        .with_columns(share=pl.col("lines") / pl.col("all"), on=pl.col("reduced") == 1)
        .filter(pl.col("lines") >= 5)
    )
    shift = pl.col("share").shift
    near = weeks.with_columns(
        usual=((shift(1) + shift(-1)) / 2).over("sub_category"),
        alone=(
            ~pl.col("on").shift(1).over("sub_category")
            & ~pl.col("on").shift(-1).over("sub_category")
        ),
    ).filter("on", "alone")
    share, usual = near["share"].to_numpy().mean(), near["usual"].to_numpy().mean()
    expected = promotions.lift * usual / (1 - usual + promotions.lift * usual)

    assert len(near) > 30
    # in a week with other promotions a shelf gains less
    assert 0.82 * expected < share < 1.08 * expected


@pytest.mark.parametrize("name", profile_names())
def test_popularity_follows_zipf(tmp_path: Path, name: str) -> None:
    """The slope of log sales over log (rank + offset) among the best sellers of one month."""
    profile = resized(load_profile(name), days=30, transactions=60_000, seed=4)
    generate(tmp_path, profile=profile)
    tables = {table: read_table(tmp_path, table) for table in ("transactions", "transaction_items")}
    first = tables["transaction_items"].filter(
        pl.col("item_id").str.ends_with("-1") & pl.col("item_id").str.starts_with("T")
    )
    sold = first.group_by("product_id").len()["len"].sort(descending=True).to_numpy()[:300]
    ranks = np.arange(1, len(sold) + 1) + profile.popularity.zipf_offset
    slope = np.polyfit(np.log(ranks), np.log(sold), 1)[0]

    # seasons and promotions stir the ranks a little
    assert -slope == pytest.approx(profile.popularity.zipf_exponent, abs=0.2)
