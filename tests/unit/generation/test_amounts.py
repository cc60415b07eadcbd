"""Money is exact: recomputed here with decimals, from the text of the files."""

from decimal import Decimal

import numpy as np
import polars as pl

from shopwright.generation.amounts import net_amounts, tax_amounts
from shopwright.generation.exchange_rates import in_currency

CENT = Decimal("0.01")


def test_net_and_tax_of_a_line() -> None:
    quantity = np.array([3, -1, 1, 1, 1])
    price = np.array([1999, 1999, 1, 0, 50])
    net = net_amounts(quantity, price, np.array([15, 15, 10, 0, 0]))
    tax = tax_amounts(net, np.array([190, 190, 70, 250, 190]))

    # 3 x 19.99 less 15 % is 50.9745; with 19 % tax 60.659655, so 60.66 is paid; 0.595 is 0.60
    assert net.tolist() == [509745, -169915, 90, 0, 5000]
    assert tax.tolist() == [606600 - 509745, 202200 - 169915, 10, 0, 1000]


def test_euro_cents_in_a_currency_round_half_up() -> None:
    euro, rate = np.array([1999, 100, 1, 5]), np.array([880, 8000, 10_000, 100_000])
    assert in_currency(euro, rate).tolist() == [22716, 125, 1, 1]


def test_line_totals_are_exact(shop: dict[str, pl.DataFrame]) -> None:
    columns = ("quantity", "unit_price", "discount_percentage", "line_total", "tax_amount")
    for quantity, price, discount, total, tax in shop["transaction_items"].select(columns).rows():
        gross = Decimal(quantity) * Decimal(price)
        assert Decimal(total) == gross * (100 - Decimal(discount)) / 100
        assert Decimal(price) > 0
        assert 0 <= Decimal(discount) <= 100
        paid = abs(Decimal(total)) + Decimal(tax)
        assert paid == paid.quantize(CENT)


def test_totals_are_the_lines_and_tax_and_shipping(shop: dict[str, pl.DataFrame]) -> None:
    lines: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    columns = ("transaction_id", "line_total", "tax_amount")
    for order, total, tax in shop["transaction_items"].select(columns).rows():
        lines[order] = lines.get(order, Decimal(0)) + Decimal(total)
        taxes[order] = taxes.get(order, Decimal(0)) + Decimal(tax)

    heads = shop["transactions"].select(
        "transaction_id", "transaction_type", "tax_amount", "shipping_amount", "total_amount"
    )
    for order, kind, tax, shipping, total in heads.rows():
        sign = -1 if kind == "return" else 1
        assert Decimal(tax) == sign * taxes[order]
        assert Decimal(total) == lines[order] + Decimal(tax) + Decimal(shipping)
        assert Decimal(total) * sign >= 0
        assert Decimal(shipping) >= 0


def test_items_carry_the_list_price_of_their_day_in_their_currency(
    shop: dict[str, pl.DataFrame], sale_items: pl.DataFrame
) -> None:
    states = shop["products"].select(
        "product_id", "delivered", list_price=pl.col("unit_price").cast(pl.Float64)
    )
    valid = sale_items.sort("delivered").join_asof(
        states.sort("delivered"), on="delivered", by="product_id", check_sortedness=False
    )
    expected = pl.col("list_price") / pl.col("exchange_rate").cast(pl.Float64)
    off = valid.select((pl.col("unit_price").cast(pl.Float64) - expected).abs()).to_series()

    assert off.null_count() == 0
    assert off.to_numpy().max() <= 0.00501
    assert valid["currency"].n_unique() == 6


def test_rates_drift_and_are_one_for_the_euro(sales: pl.DataFrame) -> None:
    by_day = sales.group_by("currency", "delivered").agg(pl.col("exchange_rate").n_unique())
    assert by_day["exchange_rate"].max() == 1
    rates = sales.group_by("currency").agg(
        pl.col("exchange_rate").cast(pl.Float64).min().alias("low"),
        pl.col("exchange_rate").cast(pl.Float64).max().alias("high"),
    )
    for currency, low, high in rates.rows():
        spread = high / low
        assert (spread == 1) if currency == "EUR" else (1.01 < spread < 1.4)
