"""Whatever a row refers to was delivered the same day or before."""

from datetime import date

import polars as pl


def first_delivery(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.group_by(key).agg(pl.col("delivered").min().alias("known"))


def test_products_and_customers_are_known_when_they_are_sold_and_buy(
    shop: dict[str, pl.DataFrame],
) -> None:
    for table, key, parent in (
        ("transaction_items", "product_id", "products"),
        ("transaction_items", "transaction_id", "transactions"),
        ("transactions", "customer_id", "customers"),
    ):
        child = shop[table].drop_nulls(key)
        joined = child.join(first_delivery(shop[parent], key), on=key, how="left")
        assert joined["known"].is_not_null().all(), (table, key)
        assert (joined["known"] <= joined["delivered"]).all(), (table, key)


def test_every_transaction_has_lines(shop: dict[str, pl.DataFrame]) -> None:
    heads = set(shop["transactions"]["transaction_id"])
    assert heads == set(shop["transaction_items"]["transaction_id"])


def test_a_customer_registers_before_the_first_order(
    shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    registered = (
        shop["customers"]
        .unique("customer_id", keep="first")
        .select("customer_id", began=pl.col("updated_at").str.to_datetime())
    )
    first_orders = sales.drop_nulls("customer_id").group_by("customer_id").agg(pl.col("at").min())
    joined = first_orders.join(registered, on="customer_id")

    assert len(joined) == len(first_orders)
    wait = (joined["at"] - joined["began"]).dt.total_seconds()
    assert wait.to_numpy().min() >= 60


def test_the_first_delivery_has_who_registered_up_to_then(shop: dict[str, pl.DataFrame]) -> None:
    first = shop["customers"].filter(pl.col("delivered") == date(2024, 1, 1))
    registered = first["registration_date"].str.to_date()

    assert registered.max() == date(2024, 1, 1)
    assert registered.min() == date(2023, 1, 1)  # a year of earlier customers
    assert first["customer_id"].is_unique().all()
    later = shop["customers"].filter(pl.col("delivered") > date(2024, 1, 1))
    new = later.filter(~pl.col("customer_id").is_in(first["customer_id"].to_list()))
    new = new.unique("customer_id", keep="first")
    assert (new["registration_date"].str.to_date() == new["delivered"]).all()


def test_returns_belong_to_an_earlier_sale_and_do_not_exceed_it(
    shop: dict[str, pl.DataFrame], sales: pl.DataFrame, returns: pl.DataFrame
) -> None:
    joined = returns.join(
        sales, left_on="original_transaction_id", right_on="transaction_id", suffix="_of_sale"
    )
    assert len(joined) == len(returns)
    delay = joined["transaction_at"].str.to_datetime().dt.date() - joined["at"].dt.date()
    assert delay.dt.total_days().min() == 7
    assert delay.dt.total_days().max() == 45
    assert joined["original_transaction_id"].is_unique().all()
    for column in ("customer_id", "currency", "payment_method", "shipping_city"):
        assert joined[column].eq_missing(joined[f"{column}_of_sale"]).all()

    number = pl.col("quantity").cast(pl.Int64)
    back = shop["transaction_items"].join(
        returns.select("transaction_id", "original_transaction_id"), on="transaction_id"
    )
    sold = back.join(
        shop["transaction_items"],
        left_on=["original_transaction_id", "product_id"],
        right_on=["transaction_id", "product_id"],
        suffix="_sold",
    )
    assert len(sold) == len(back)
    excess = sold.select(number + pl.col("quantity_sold").cast(pl.Int64)).to_series()
    assert excess.min() == 0
    assert excess.to_numpy().max() >= 1  # partial returns of a line
    assert back.select(number.max()).item() == -1
    assert (sold["unit_price"] == sold["unit_price_sold"]).all()
    assert (sold["discount_percentage"] == sold["discount_percentage_sold"]).all()


def test_nothing_is_sold_before_its_launch_or_after_its_end(
    shop: dict[str, pl.DataFrame],
) -> None:
    ended = shop["products"].filter(pl.col("is_active") == "false")
    lines = shop["transaction_items"].filter(pl.col("transaction_id").str.starts_with("T"))
    after = lines.join(ended, on="product_id", suffix="_end").filter(
        pl.col("delivered") >= pl.col("delivered_end")
    )
    assert len(ended) > 40
    assert len(after) == 0


def test_cancelled_orders_are_delivered_as_paid_first_and_never_returned(
    shop: dict[str, pl.DataFrame], returns: pl.DataFrame
) -> None:
    states = (
        shop["transactions"]
        .group_by("transaction_id", maintain_order=True)
        .agg("status", pl.col("delivered").diff().dt.total_days().drop_nulls().alias("gaps"))
    )
    cancelled = states.filter(pl.col("status").list.contains("cancelled"))

    assert cancelled["status"].list.join(">").unique().to_list() == ["paid>cancelled"]
    assert set(cancelled["gaps"].list.first()) == {1, 2}
    journeys = set(states["status"].list.join(">"))
    assert journeys == {
        "completed",
        "paid",
        "paid>shipped",
        "paid>shipped>delivered",
        "paid>cancelled",
        "refunded",
    }
    stopped = set(cancelled["transaction_id"])
    assert not stopped & set(returns["original_transaction_id"])


def test_a_basket_names_a_product_once(shop: dict[str, pl.DataFrame]) -> None:
    assert shop["transaction_items"].select("transaction_id", "product_id").is_unique().all()
