"""The customers: who buys again, who changes, what is sent back."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from shopwright.generation.assortment import SUB_CATEGORIES
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.customer_changes import (
    MOVES_A_YEAR,
    NEW_EMAILS_A_YEAR,
    NEW_SEGMENTS_A_YEAR,
    CustomerChanges,
)
from shopwright.generation.customers import (
    FIRST_ORDER_SHARE,
    GUEST_SHARE,
    NOBODY,
    ONE_TIME_SHARE,
)
from shopwright.generation.order_status import CANCELLED_SHARE, IN_PROGRESS_SHARE
from shopwright.generation.period import blocks
from shopwright.generation.randomness import stream
from shopwright.generation.returns import FULL_SHARE
from shopwright.generation.sales import take_orders
from shopwright.generation.seasonality import sales_per_day
from shopwright.generation.shop import Shop


def test_guests_buy_without_a_number_but_with_an_address(sales: pl.DataFrame) -> None:
    guests = sales.filter(pl.col("customer_id").is_null())

    assert len(guests) / len(sales) == pytest.approx(GUEST_SHARE, abs=0.005)
    for column in ("shipping_city", "shipping_state", "shipping_country"):
        assert guests[column].null_count() == 0


def test_new_customers_order_at_once(shop: dict[str, pl.DataFrame], sales: pl.DataFrame) -> None:
    registered = shop["customers"].unique("customer_id", keep="first")
    joined = sales.join(registered, on="customer_id", suffix="_known")
    first_orders = joined.filter(pl.col("registration_date").str.to_date() == pl.col("delivered"))

    assert len(first_orders) / len(sales) == pytest.approx(FIRST_ORDER_SHARE, abs=0.005)


def test_many_buy_again_and_a_few_buy_a_lot(sales: pl.DataFrame) -> None:
    orders = sales.drop_nulls("customer_id").group_by("customer_id").len()["len"].sort()
    repeat_rate = (orders > 1).to_numpy().mean()
    top_fifth = orders.tail(len(orders) // 5).to_numpy().sum() / orders.to_numpy().sum()

    assert 0.4 < repeat_rate < 0.65
    assert 0.5 < top_fifth < 0.7
    assert orders.to_numpy().max() < 120


def test_customers_leave_and_some_after_their_first_order() -> None:
    per_day = sales_per_day(stream(3, "demand"), date(2024, 1, 1), 120, 20_000)
    shop = Shop(3, date(2024, 1, 1), per_day)
    customers, nobody = shop.customers, np.zeros(0, dtype=np.int64)
    unchanged = CustomerChanges(nobody, nobody, nobody, nobody)
    late = 0
    for block in blocks(date(2024, 1, 1), per_day):
        orders = take_orders(
            stream(3, "orders"), block, shop.buyers, customers, unchanged, shop.names, 1
        )
        buyer, day = (part[orders.customer != NOBODY] for part in (orders.customer, orders.day))
        registered, left = customers.registered_on[buyer], customers.left_on[buyer]
        assert (registered <= day).all()
        assert (day < left).all()
        late += int((left < 120).sum())

    assert late > 1_000  # orders of customers who leave within the period
    one_time = (customers.left_on == customers.registered_on + 1).mean()
    assert one_time == pytest.approx(ONE_TIME_SHARE, abs=0.02)


def test_changed_customers_are_delivered_again(shop: dict[str, pl.DataFrame]) -> None:
    rows = shop["customers"].sort("customer_id", "updated_at", maintain_order=True)
    before = pl.all().shift().over("customer_id").name.suffix("_before")
    states = rows.with_columns(before).filter(pl.col("delivered_before").is_not_null())
    moved = states.filter(pl.col("address") != pl.col("address_before"))
    emailed = states.filter(pl.col("email") != pl.col("email_before"))
    promoted = states.filter(pl.col("segment") != pl.col("segment_before"))

    total = MOVES_A_YEAR + NEW_EMAILS_A_YEAR + NEW_SEGMENTS_A_YEAR
    assert len(states) > 800
    assert (states["updated_at"] > states["updated_at_before"]).all()
    assert len(moved) / len(states) == pytest.approx(MOVES_A_YEAR / total, abs=0.05)
    assert len(emailed) / len(states) == pytest.approx(NEW_EMAILS_A_YEAR / total, abs=0.05)
    assert len(promoted) / len(states) == pytest.approx(NEW_SEGMENTS_A_YEAR / total, abs=0.06)
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


def test_countries_pay_in_their_own_ways(sales: pl.DataFrame) -> None:
    share = dict(sales["shipping_country"].value_counts(normalize=True).iter_rows())
    for country in COUNTRIES:
        own = sales.filter(pl.col("shipping_country") == country.name)
        assert share[country.name] == pytest.approx(country.share, abs=0.02)
        assert own["currency"].unique().to_list() == [country.currency]
        assert set(own["payment_method"]) <= set(country.payments)
        favourite = own["payment_method"].value_counts().sort("count")["payment_method"][-1]
        assert country.payments[favourite] > 0.8 * max(country.payments.values())


def test_share_of_returns(
    shop: dict[str, pl.DataFrame], sales: pl.DataFrame, returns: pl.DataFrame
) -> None:
    shelves = shop["products"].unique("product_id").select("product_id", "sub_category")
    rates = pl.DataFrame(
        {
            "sub_category": [shelf.name for shelf in SUB_CATEGORIES],
            "rate": [shelf.return_rate for shelf in SUB_CATEGORIES],
        }
    )
    first_lines = (
        shop["transaction_items"]
        .filter(pl.col("item_id").str.ends_with("-1"))
        .join(shelves, on="product_id")
        .join(rates, on="sub_category")
    )
    old_enough = sales.filter(pl.col("at").dt.date() < date(2024, 12, 20))
    expected = old_enough.join(first_lines, on="transaction_id")["rate"].to_numpy().mean()
    sent_back = old_enough["transaction_id"].is_in(returns["original_transaction_id"].to_list())

    assert sent_back.mean() == pytest.approx(expected * (1 - CANCELLED_SHARE), rel=0.06)
    clothing = first_lines.filter(pl.col("rate") > 0.1).select("transaction_id")
    fashion = old_enough.join(clothing, on="transaction_id", how="semi")
    back = fashion["transaction_id"].is_in(returns["original_transaction_id"].to_list()).mean()
    assert back == pytest.approx(0.125, abs=0.02)
    assert 0.04 < len(returns) / len(sales) < 0.06


def test_returns_are_whole_or_a_part(shop: dict[str, pl.DataFrame], returns: pl.DataFrame) -> None:
    quantity = pl.col("quantity").cast(pl.Int64).sum()
    units = dict(shop["transaction_items"].group_by("transaction_id").agg(quantity).iter_rows())
    pairs = returns.select("transaction_id", "original_transaction_id").rows()
    whole = [units[sale] == -units[refund] for refund, sale in pairs]

    # a part of a sale of one unit is the whole of it
    assert FULL_SHARE + 0.1 < sum(whole) / len(whole) < FULL_SHARE + 0.25


def test_share_of_cancelled_orders_and_of_orders_in_progress(
    shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    cancelled = (shop["transactions"]["status"] == "cancelled").sum()
    assert cancelled / len(sales) == pytest.approx(CANCELLED_SHARE, abs=0.003)
    online = sales.filter(pl.col("channel") != "shop")
    paid = (online["status"] == "paid").mean()
    assert paid == pytest.approx(CANCELLED_SHARE + IN_PROGRESS_SHARE, abs=0.006)
