"""What becomes of sales, returns, guests, cancelled orders and foreign currencies."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.shop import Shop, customer, item, product, refund, sale

from shopwright.storage.database import Database

AMOUNTS = "quantity, gross_amount, discount_amount, net_amount, tax_amount"


def amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def test_a_guests_sale_is_a_sale_with_the_key_of_the_guest(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer()],
        products=[product()],
        transactions=[sale("T1"), sale("T2", customer_id="C1"), sale("T3", customer_id="  ")],
        transaction_items=[item("I1", "T1"), item("I2", "T2"), item("I3", "T3")],
    )
    shop.run()
    assert shop.rows(
        "select item_id, customer_key = 0, customers.customer_id from warehouse.fact_sales"
        " inner join warehouse.dim_customer as customers using (customer_key) order by item_id"
    ) == [("I1", True, "(guest)"), ("I2", False, "C1"), ("I3", True, "(guest)")]
    assert shop.row(
        "select order_count, customer_count, net_amount from warehouse.agg_daily_sales"
    ) == (3, 1, Decimal(30))
    assert shop.rows("select customer_id, order_count from warehouse.agg_customer_orders") == [
        ("C1", 1)
    ]


def test_a_return_counts_on_the_day_of_the_refund_and_never_reduces_gross(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product(unit_cost=4)],
        transactions=[sale("T1")],
        transaction_items=[item("I1", "T1", "P1", 3, 10, discount_percentage=10, tax_amount=5)],
    )
    shop.deliver(
        "2024-06-03",
        transactions=[refund("R1", "2024-06-02 09:30", original_transaction_id="T1")],
        transaction_items=[item("I2", "R1", "P1", -1, 10, discount_percentage=10, tax_amount=1.5)],
    )
    shop.run()
    assert shop.rows(f"select {AMOUNTS} from warehouse.fact_sales order by item_id") == [
        amounts("3", "30", "3", "27", "5"),
        amounts("-1", "-10", "-1", "-9", "-1.5"),
    ]
    assert shop.rows(
        "select business_date::text, gross_amount, refund_amount, net_amount, profit_amount,"
        " order_count, return_count from warehouse.agg_daily_sales order by business_date"
    ) == [
        ("2024-05-01", *amounts("30", "0", "27", "15"), 1, 0),
        ("2024-06-02", *amounts("0", "9", "-9", "-5"), 0, 1),
    ]
    assert (
        shop.value(
            "select original_transaction_id from production.transactions"
            " where transaction_type = 'return'"
        )
        == "T1"
    )


def test_a_discount_amount_of_a_return_is_taken_back(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[refund("R1")],
        transaction_items=[item("I1", "R1", "P1", -2, 10, discount_amount=3, line_total=-17)],
    )
    shop.run()
    assert shop.row(f"select {AMOUNTS} from warehouse.fact_sales") == amounts(
        "-2", "-20", "-3", "-17", "0"
    )


def test_an_order_cancelled_later_leaves_the_sales_and_one_restored_comes_back(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer()],
        products=[product("P1"), product("P2")],
        transactions=[sale("T1", customer_id="C1", status="paid"), sale("T2", status="Cancelled")],
        transaction_items=[
            item("I1", "T1", "P1"), item("I2", "T1", "P2"), item("I3", "T2", "P1", 1, 99)
        ],
    )  # fmt: skip
    shop.run()
    sold = "select string_agg(item_id, ' ' order by item_id), sum(net_amount)"
    assert shop.row(f"{sold} from warehouse.fact_sales") == ("I1 I2", Decimal(20))
    before = shop.fingerprint()

    shop.deliver("2024-05-02", transactions=[sale("T1", customer_id="C1", status="cancelled")])
    shop.run()
    assert shop.row(f"{sold} from warehouse.fact_sales") == (None, None)
    for table in ("daily_sales", "product_pairs", "customer_orders", "cohort_retention"):
        assert shop.rows(f"select * from warehouse.agg_{table}") == [], table
    assert shop.value("select count(*) from production.transaction_items") == 3

    shop.deliver(
        "2024-05-03",
        transactions=[sale("T1", customer_id="C1", status="paid"), sale("T2", status="paid")],
    )
    shop.run()
    assert shop.row(f"{sold} from warehouse.fact_sales") == ("I1 I2 I3", Decimal(119))
    assert shop.row("select product_id, other_product_id, order_count"
                    " from warehouse.agg_product_pairs") == ("P1", "P2", 1)  # fmt: skip
    assert shop.rebuild() == {}

    shop.deliver("2024-05-04", transactions=[sale("T2", status="cancelled")])
    shop.run()
    after = shop.fingerprint()
    assert {name for name in before if before[name] != after[name]} == {"production.transactions"}


def test_an_old_state_that_arrives_late_does_not_undo_a_newer_one(shop: Shop) -> None:
    shop.deliver(
        "2024-05-03",
        products=[product()],
        transactions=[sale("T1", status="cancelled", updated_at="2024-05-03 12:00")],
        transaction_items=[item()],
    )
    shop.run()
    shop.deliver(
        "2024-05-04", transactions=[sale("T1", status="paid", updated_at="2024-05-01 12:00")]
    )
    shop.run()
    assert shop.value("select status from production.transactions") == "cancelled"
    assert shop.value("select count(*) from warehouse.fact_sales") == 0


def test_a_line_that_moves_to_another_order_takes_its_sales_along(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product("P1"), product("P2")],
        transactions=[sale("T1"), sale("T2", "2024-06-02 12:00")],
        transaction_items=[item("I1", "T1"), item("I2", "T1", "P2", 1, 7)],
    )
    shop.run()
    shop.deliver("2024-05-02", transaction_items=[item("I2", "T2", "P2", 1, 7)])
    shop.run()
    assert shop.rows(
        "select business_date::text, net_amount, item_count from warehouse.agg_daily_sales"
        " order by business_date"
    ) == [("2024-05-01", Decimal(10), 1), ("2024-06-02", Decimal(7), 1)]
    assert shop.rows("select * from warehouse.agg_product_pairs") == []
    assert shop.rebuild() == {}


@pytest.mark.parametrize("corrected", ["2024-05-01 10:00", "2022-05-01 10:00"])
def test_a_sale_whose_date_is_corrected_changes_the_year(shop: Shop, corrected: str) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale("T1", "2023-05-01 10:00"), sale("T2")],
        transaction_items=[item("I1", "T1"), item("I2", "T2")],
    )
    shop.run()
    assert shop.value("select count(*) from warehouse.dim_date") == 365 + 366
    shop.deliver("2024-05-02", transactions=[sale("T1", corrected)])
    shop.run()
    assert shop.value(
        "select business_date::text from production.transactions where transaction_id = 'T1'"
    ) == corrected[:10]  # fmt: skip
    years = 366 if corrected.startswith("2024") else 365 + 365 + 366
    assert shop.value("select count(*) from warehouse.dim_date") == years
    assert shop.rebuild() == {}


def test_amounts_are_in_reporting_currency_beside_the_original_ones(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product(unit_cost="4.00")],
        transactions=[
            sale("T1", currency="usd", exchange_rate="0.92345678"),
            sale("T2", currency="EUR"),
            sale("T3"),
        ],
        transaction_items=[
            item("I1", "T1", "P1", 3, "9.99", discount_percentage="12.5", tax_amount="1.00"),
            item("I2", "T2"),
            item("I3", "T3"),
        ],
    )
    shop.run()
    rate, gross, discount = Decimal("0.92345678"), Decimal("29.97"), Decimal("3.7463")
    expected_gross, expected_discount = round(gross * rate, 4), round(discount * rate, 4)
    assert shop.rows(
        "select item_id, currency, exchange_rate, gross_amount, discount_amount, net_amount,"
        " tax_amount, cost_amount, original_net_amount from warehouse.fact_sales order by item_id"
    ) == [
        ("I1", "USD", rate, expected_gross, expected_discount, expected_gross - expected_discount,
         Decimal("0.9235"), Decimal(12), gross - discount),
        ("I2", "EUR", 1, 10, 0, 10, 0, 4, 10),
        ("I3", None, 1, 10, 0, 10, 0, 4, 10),
    ]  # fmt: skip


def test_a_payment_method_called_unknown_is_the_unknown_one(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale("T1", payment_method="Unknown"), sale("T2", payment_method="Card"),
                      sale("T3")],
        transaction_items=[item("I1", "T1"), item("I2", "T2"), item("I3", "T3")],
    )  # fmt: skip
    shop.run()
    assert shop.rows(
        "select payment_method, order_count, net_amount from warehouse.agg_payment_month order by 1"
    ) == [("Card", 1, Decimal(10)), ("Unknown", 2, Decimal(20))]
    assert shop.rebuild() == {}


@pytest.mark.parametrize(
    ("written", "business_date", "hour"),
    [
        ("2024-05-01 00:00", "2024-05-01", 0),
        ("2024-05-01 23:59:59.999", "2024-05-01", 23),
        ("2024-05-01T22:00:00Z", "2024-05-02", 0),
        ("2024-05-01 21:59:59+00", "2024-05-01", 23),
        ("2024-01-31 23:30:00Z", "2024-02-01", 0),  # winter time: one hour ahead
        ("2024-05-01 20:00:00-05:00", "2024-05-02", 3),
        ("2024-03-31 00:59:59Z", "2024-03-31", 1),  # a second before the clocks go forward
        ("2024-03-31 01:00:00Z", "2024-03-31", 3),
        ("2024-03-30 23:00:00Z", "2024-03-31", 0),
        ("2024-03-31 22:00:00Z", "2024-04-01", 0),
        ("2024-10-27 00:30:00Z", "2024-10-27", 2),  # 02:30 comes twice that night
        ("2024-10-27 01:30:00Z", "2024-10-27", 2),
        ("2024-10-27 22:59:59Z", "2024-10-27", 23),
        ("2024-10-27 23:00:00Z", "2024-10-28", 0),
    ],
)
def test_the_business_date_is_a_day_in_the_shops_time_zone(
    database: Database, tmp_path: Path, written: str, business_date: str, hour: int
) -> None:
    shop = Shop(tmp_path, database, timezone="Europe/Berlin")
    shop.deliver(
        "2024-12-01",
        products=[product()],
        transactions=[sale("T1", written)],
        transaction_items=[item()],
    )
    shop.run()
    assert shop.row(
        "select transactions.business_date::text, dates.full_date::text, hour_of_day,"
        " daily.business_date::text from production.transactions as transactions"
        " inner join warehouse.fact_sales using (transaction_id)"
        " inner join warehouse.dim_date as dates using (date_key)"
        " cross join warehouse.agg_daily_sales as daily"
    ) == (business_date, business_date, hour, business_date)


def test_a_date_and_a_time_in_two_columns_are_one_moment(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        transactions=[
            {"transaction_id": "T1", "transaction_date": "2024-04-30", "transaction_time": "23:15"},
            {"transaction_id": "T2", "transaction_date": "2024-04-30"},
        ],
    )
    shop.run()
    assert shop.rows(
        "select transaction_id, transaction_at::text from production.transactions order by 1"
    ) == [("T1", "2024-04-30 23:15:00+00"), ("T2", "2024-04-30 00:00:00+00")]
