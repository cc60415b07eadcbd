"""Northwind: another shop, against figures computed elsewhere."""

import shutil
from decimal import ROUND_HALF_UP, Decimal

import pytest
from tests.acceptance.conftest import Imported
from tests.shop import Shop

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def shop(shop_of_module: Shop, northwind_deliveries: Imported) -> Shop:
    """Northwind, published."""
    for folder in northwind_deliveries.deliveries.iterdir():
        shutil.copytree(folder, shop_of_module.workspace.deliveries / folder.name)
    shop_of_module.run()
    return shop_of_module


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def test_the_total_is_right_to_the_last_digit(shop: Shop, northwind_deliveries: Imported) -> None:
    totals = northwind_deliveries.answers["totals"][0]
    net, gross, units = shop.row(
        "select sum(net_amount), sum(gross_amount), sum(unit_count) from warehouse.agg_daily_sales"
    )
    assert net == Decimal("1265793.0395") == Decimal(totals["net"])
    assert (gross, units) == (Decimal(totals["gross"]), totals["units"])
    assert shop.value("select sum(shipping_amount) from production.transactions") == Decimal(
        totals["freight"]
    )


def test_no_row_was_lost_or_refused(shop: Shop, northwind_deliveries: Imported) -> None:
    counts = northwind_deliveries.answers["row_counts"][0]
    expected = {"customers": counts["customers"], "products": counts["products"],
                "transactions": counts["orders"], "transaction_items": counts["lines"]}  # fmt: skip
    for table, rows in expected.items():
        assert shop.account(table) == (rows, rows, 0, 0, 0), table
        assert shop.value(f"select count(*) from production.{table}") == rows
    assert (
        shop.value("select count(*) from warehouse.agg_customer_orders")
        == (northwind_deliveries.answers["customers_with_order"][0]["n"])
    )


@pytest.mark.parametrize(("span", "letters"), [("year", 4), ("month", 7)])
def test_every_year_and_month_is_right(
    shop: Shop, northwind_deliveries: Imported, span: str, letters: int
) -> None:
    published = {
        name: (orders, cents(net))
        for name, orders, net in shop.rows(
            f"select left(business_date::text, {letters}), sum(order_count), sum(net_amount)"
            " from warehouse.agg_daily_sales group by 1"
        )
    }
    answers = northwind_deliveries.answers[f"revenue_by_{span}"]
    assert published == {
        str(one["y" if span == "year" else "ym"]): (one["orders"], Decimal(one["net"]))
        for one in answers
    }


def test_top_products_and_categories_are_right(shop: Shop, northwind_deliveries: Imported) -> None:
    products = shop.rows(
        "select product_name, sum(net_amount), sum(unit_count)"
        " from warehouse.agg_product_performance"
        " inner join warehouse.dim_product using (product_id) where is_current"
        " group by product_name order by 2 desc limit 5"
    )
    assert [(name, cents(net), units) for name, net, units in products] == [
        (one["product_name"], Decimal(one["net"]), one["units"])
        for one in northwind_deliveries.answers["top5_products"]
    ]
    categories = shop.rows(
        "select category, sum(net_amount) from warehouse.agg_category_month"
        " group by category order by 2 desc"
    )
    assert [(name, cents(net)) for name, net in categories] == [
        (one["category_name"], Decimal(one["net"]))
        for one in northwind_deliveries.answers["by_category"]
    ]


def test_deriving_it_anew_finds_nothing_to_mend(shop: Shop) -> None:
    assert shop.rebuild() == {}
