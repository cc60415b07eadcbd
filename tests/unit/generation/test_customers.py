"""The customers: who buys again, who changes, what is sent back."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.unit.generation.conftest import read_table

from shopwright.generation import Profile, generate, load_profile, resized
from shopwright.generation.countries import COUNTRIES, PAYMENT_METHODS
from shopwright.generation.customer_changes import CustomerChanges
from shopwright.generation.customers import NOBODY
from shopwright.generation.loyalty import lives, survival
from shopwright.generation.payments import payment_shares
from shopwright.generation.period import blocks
from shopwright.generation.randomness import stream
from shopwright.generation.sales import take_orders
from shopwright.generation.seasonality import country_shares
from shopwright.generation.shop import Shop


def test_guests_buy_without_a_number_but_with_an_address(
    profile: Profile, sales: pl.DataFrame
) -> None:
    guests = sales.filter(pl.col("customer_id").is_null())

    assert len(guests) / len(sales) == pytest.approx(profile.customers.guest_share, abs=0.005)
    for column in ("shipping_city", "shipping_state", "shipping_country"):
        assert guests[column].null_count() == 0


def test_new_customers_order_at_once(
    profile: Profile, shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    registered = shop["customers"].unique("customer_id", keep="first")
    joined = sales.join(registered, on="customer_id", suffix="_known")
    first_orders = joined.filter(pl.col("registration_date").str.to_date() == pl.col("delivered"))

    expected = profile.customers.first_order_share
    assert len(first_orders) / len(sales) == pytest.approx(expected, abs=0.005)


def test_many_buy_again_and_a_few_buy_a_lot(sales: pl.DataFrame) -> None:
    orders = sales.drop_nulls("customer_id").group_by("customer_id").len()["len"].sort()
    repeat_rate = (orders > 1).to_numpy().mean()
    top_fifth = orders.tail(len(orders) // 5).to_numpy().sum() / orders.to_numpy().sum()

    assert 0.4 < repeat_rate < 0.65
    assert 0.5 < top_fifth < 0.7
    assert orders.to_numpy().max() < 120


def test_customers_leave_and_some_after_their_first_order() -> None:
    shop = Shop(resized(load_profile(), days=120, transactions=20_000, seed=3))
    customers, nobody = shop.customers, np.zeros(0, dtype=np.int64)
    unchanged = CustomerChanges(nobody, nobody, nobody, nobody)
    late = 0
    for block in blocks(shop.start, shop.sales_per_day):
        rng = stream(3, "orders", block.first_day)
        orders = take_orders(
            rng, shop.profile, block, shop.buyers, customers, unchanged, shop.names, 1
        )
        buyer, day = (part[orders.customer != NOBODY] for part in (orders.customer, orders.day))
        registered, left = customers.registered_on[buyer], customers.left_on[buyer]
        assert (registered <= day).all()
        assert (day < left).all()
        late += int((left < 120).sum())

    assert late > 1_000  # orders of customers who leave within the period
    one_time = (customers.left_on == customers.registered_on + 1).mean()
    assert 0.1 < one_time < 0.9


def test_changed_customers_are_delivered_again(
    profile: Profile, shop: dict[str, pl.DataFrame]
) -> None:
    rows = shop["customers"].sort("customer_id", "updated_at", maintain_order=True)
    before = pl.all().shift().over("customer_id").name.suffix("_before")
    states = rows.with_columns(before).filter(pl.col("delivered_before").is_not_null())
    moved = states.filter(pl.col("address") != pl.col("address_before"))
    emailed = states.filter(pl.col("email") != pl.col("email_before"))
    promoted = states.filter(pl.col("segment") != pl.col("segment_before"))

    habits = profile.customers
    total = habits.moves_a_year + habits.new_emails_a_year + habits.new_segments_a_year
    assert len(states) > 800
    assert (states["updated_at"] > states["updated_at_before"]).all()
    assert len(moved) / len(states) == pytest.approx(habits.moves_a_year / total, abs=0.05)
    assert len(emailed) / len(states) == pytest.approx(habits.new_emails_a_year / total, abs=0.05)
    assert len(promoted) / len(states) == pytest.approx(
        habits.new_segments_a_year / total, abs=0.06
    )
    assert (states["country"] == states["country_before"]).all()
    assert (states["registration_date"] == states["registration_date_before"]).all()


def test_orders_are_sent_to_where_the_customer_lives_that_day(
    shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    homes = shop["customers"].select("customer_id", "delivered", "city", "country")
    known = sales.drop_nulls("customer_id").sort("delivered")
    joined = known.join_asof(
        homes.sort("delivered"), on="delivered", by="customer_id", check_sortedness=False
    )

    assert (joined["shipping_city"] == joined["city"]).all()
    assert (joined["shipping_country"] == joined["country"]).all()


def test_countries_pay_in_their_own_ways(profile: Profile, sales: pl.DataFrame) -> None:
    share = dict(sales["shipping_country"].value_counts(normalize=True).iter_rows())
    for country, expected in zip(COUNTRIES, country_shares(profile), strict=True):
        own = sales.filter(pl.col("shipping_country") == country.name)
        assert share[country.name] == pytest.approx(expected, abs=0.02)
        assert own["currency"].unique().to_list() == [country.currency]
        assert set(own["payment_method"]) <= set(country.payments)
        favourite = own["payment_method"].value_counts().sort("count")["payment_method"][-1]
        assert country.payments[favourite] > 0.8 * max(country.payments.values())


def test_ways_to_pay_follow_the_years(tmp_path: Path) -> None:
    share = {}
    for year in (2018, 2030):
        size = {"days": 30, "transactions": 20_000, "start": date(year, 3, 1)}
        generate(tmp_path / str(year), **size)  # type: ignore[arg-type]
        rows = read_table(tmp_path / str(year), "transactions")
        german = rows.filter(pl.col("shipping_country") == "Germany")["payment_method"]
        share[year] = (german == "invoice").to_numpy().mean()
        row = payment_shares(year)[[one.name for one in COUNTRIES].index("Germany")]
        assert share[year] == pytest.approx(row[PAYMENT_METHODS.index("invoice")], abs=0.03)

    assert share[2018] > 2 * share[2030]


def test_returns_are_whole_or_a_part(
    profile: Profile, shop: dict[str, pl.DataFrame], returns: pl.DataFrame
) -> None:
    quantity = pl.col("quantity").cast(pl.Int64).sum()
    units = dict(shop["transaction_items"].group_by("transaction_id").agg(quantity).iter_rows())
    pairs = returns.select("transaction_id", "original_transaction_id").rows()
    whole = [units[sale] == -units[refund] for refund, sale in pairs]

    # a part of a sale of one unit is the whole of it
    least = profile.returns.whole_share
    assert least + 0.1 < sum(whole) / len(whole) < least + 0.27


def test_share_of_cancelled_orders_and_of_orders_in_progress(
    profile: Profile, shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    habits = profile.orders
    cancelled = (shop["transactions"]["status"] == "cancelled").sum()
    assert cancelled / len(sales) == pytest.approx(habits.cancelled_share, abs=0.003)
    online = sales.filter(pl.col("channel") != "shop")
    paid = (online["status"] == "paid").mean()
    assert paid == pytest.approx(habits.cancelled_share + habits.in_progress_share, abs=0.006)


def test_lives_follow_the_law_that_the_profile_names() -> None:
    habits = load_profile().customers
    drawn = lives(stream(1, "lives"), habits, 200_000)
    after = np.array([30.0, 100.0, habits.median_life_days, 730.0, 3650.0])

    left = [(drawn >= days).mean() for days in after]
    assert left == pytest.approx(survival(habits, after).tolist(), abs=0.005)
    assert left[2] == pytest.approx(0.5, abs=0.005)
    assert left[4] > 0.03  # the tail that an exponential law would not have
