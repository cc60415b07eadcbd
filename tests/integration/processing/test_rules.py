"""Every rule of the `*.rules.yml`, broken by one row: what becomes of it, and that it is kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.shop import Row, Shop, customer, item, product, refund, sale

from shopwright.config import Severity
from shopwright.ingestion.contract import contract
from shopwright.processing.rules import package_rules

LATE, EARLY = "2199-01-01", "0001-01-01"
BROKEN: list[tuple[str, str, Row]] = [
    ("customers", "customer_id_is_missing", customer("", first_name="Ada")),
    ("customers", "updated_at_is_not_a_timestamp", customer(updated_at="01/02/2024")),
    ("customers", "updated_at_is_in_the_future", customer(updated_at=LATE)),
    ("customers", "updated_at_is_before_1970", customer(updated_at=EARLY)),
    ("customers", "registration_date_is_not_a_date", customer(registration_date="2024-02-30")),
    ("customers", "birth_date_is_not_a_date", customer(birth_date="yesterday")),
    ("customers", "email_is_not_an_address", customer(email="ada.example.com")),
    ("customers", "row_is_the_header_again", customer("customer_id", first_name="Ada")),
    ("customers", "text_is_garbled", customer(last_name="MÃ¼ller")),
    ("customers", "birth_date_is_not_of_a_living_person", customer(birth_date="1850-01-01")),
    ("customers", "birth_date_is_not_of_a_living_person", customer(birth_date="2150-01-01")),
    ("customers", "registration_date_is_in_the_future", customer(registration_date=LATE)),
    ("customers", "registration_date_is_before_the_birth",
     customer(birth_date="2001-01-02", registration_date="2001-01-01")),
    ("customers", "updated_at_is_before_the_registration",
     customer(registration_date="2020-01-01", updated_at="2019-12-31")),
    ("products", "row_is_the_header_again", product("product_id")),
    ("products", "text_is_garbled", product(product_name="CafÃ© crÃ¨me")),
    ("products", "stock_quantity_is_negative", product(stock_quantity=-1)),
    ("transactions", "row_is_the_header_again", sale("transaction_id")),
    ("transactions", "updated_at_is_before_the_transaction", sale(updated_at="2024-04-30")),
    ("transactions", "currency_is_not_a_code", sale(currency="EURO", exchange_rate=1)),
    ("transactions", "currency_is_not_a_code", sale(currency="€", exchange_rate=1)),
    ("transactions", "total_amount_is_negative_in_a_sale", sale("T9", total_amount=-1)),
    ("transaction_items", "row_is_the_header_again", item("item_id")),
    ("products", "product_id_is_missing", product("", product_name="Lamp")),
    ("products", "product_name_is_missing", product(product_name=" ")),
    ("products", "updated_at_is_not_a_timestamp", product(updated_at="2024-13-01")),
    ("products", "updated_at_is_in_the_future", product(updated_at=LATE)),
    ("products", "updated_at_is_before_1970", product(updated_at=EARLY)),
    ("products", "unit_price_is_not_an_amount", product(unit_price="9,99")),
    ("products", "unit_price_is_negative", product(unit_price="-0.01")),
    ("products", "unit_cost_is_not_an_amount", product(unit_cost="NaN")),
    ("products", "unit_cost_is_negative", product(unit_cost=-1)),
    ("products", "price_or_cost_is_too_large", product(unit_price="100000000000")),
    ("products", "price_or_cost_is_too_large", product(unit_cost="100000000000")),
    ("products", "unit_cost_is_above_the_price", product(unit_price=2, unit_cost="2.01")),
    ("products", "stock_quantity_is_not_an_amount", product("P9", stock_quantity="many")),
    ("products", "is_active_is_neither_yes_nor_no", product("P9", is_active="perhaps")),
    ("transactions", "transaction_id_is_missing", sale("")),
    ("transactions", "transaction_at_is_not_a_timestamp", sale("T1", "yesterday")),
    ("transactions", "transaction_at_is_in_the_future", sale("T1", LATE)),
    ("transactions", "transaction_at_is_before_1970", sale("T1", "1969-12-31 23:59")),
    ("transactions", "updated_at_is_not_a_timestamp", sale(updated_at="now")),
    ("transactions", "updated_at_is_in_the_future", sale(updated_at=LATE)),
    ("transactions", "updated_at_is_before_1970", sale(updated_at=EARLY)),
    ("transactions", "transaction_type_is_unknown", sale(transaction_type="gift")),
    ("transactions", "status_is_unknown", sale(status="lost")),
    ("transactions", "exchange_rate_is_not_a_rate", sale(currency="USD", exchange_rate="0")),
    ("transactions", "exchange_rate_is_too_large", sale(exchange_rate="1000000")),
    ("transactions", "exchange_rate_is_missing", sale(currency="USD")),
    ("transactions", "shipping_amount_is_not_an_amount", sale(shipping_amount="free")),
    ("transactions", "tax_amount_is_not_an_amount", sale(tax_amount="1e2")),
    ("transactions", "total_amount_is_not_an_amount", sale(total_amount="0x1F")),
    ("transactions", "customer_is_unknown", sale(customer_id="C404")),
    ("transaction_items", "item_id_is_missing", item("")),
    ("transaction_items", "transaction_id_is_missing", item("I1", "")),
    ("transaction_items", "product_id_is_missing", item("I1", "T1", "")),
    ("transaction_items", "quantity_is_not_an_amount", item("I1", "T1", "P1", "two")),
    ("transaction_items", "quantity_is_zero", item("I1", "T1", "P1", "0.00")),
    ("transaction_items", "line_is_too_large", item("I1", "T1", "P1", "100000000")),
    ("transaction_items", "line_is_too_large", item("I1", "T1", "P1", 10, "10000000000")),
    ("transaction_items", "quantity_is_negative_in_a_sale", item("I1", "T1", "P1", -1)),
    ("transaction_items", "quantity_is_positive_in_a_return", item("I1", "R1", "P1", 1)),
    ("transaction_items", "unit_price_is_not_an_amount", item("I1", "T1", "P1", 1, "1_000")),
    ("transaction_items", "unit_price_is_negative", item("I1", "T1", "P1", 1, -5)),
    ("transaction_items", "discount_is_not_an_amount", item(discount_percentage="10%")),
    ("transaction_items", "discount_is_not_an_amount", item(discount_amount="x")),
    ("transaction_items", "discount_percentage_is_out_of_range", item(discount_percentage=101)),
    ("transaction_items", "discount_percentage_is_out_of_range", item(discount_percentage=-1)),
    ("transaction_items", "discount_amount_is_out_of_range", item(discount_amount="10.01")),
    ("transaction_items", "discount_amount_is_out_of_range", item(discount_amount="-1")),
    ("transaction_items", "tax_amount_is_not_an_amount", item(tax_amount="none")),
    ("transaction_items", "line_total_is_not_an_amount", item(line_total="ten")),
    ("transaction_items", "line_total_does_not_add_up", item(line_total="10.03")),
    ("transaction_items", "updated_at_is_not_a_timestamp", item(updated_at="2024-05-01 25:00")),
    ("transaction_items", "updated_at_is_in_the_future", item(updated_at=LATE)),
    ("transaction_items", "updated_at_is_before_1970", item(updated_at=EARLY)),
    ("transaction_items", "transaction_is_unknown", item("I1", "T404")),
    ("transaction_items", "product_is_unknown", item("I1", "T1", "P404")),
]  # fmt: skip
BROKEN_BELOW = {
    ("transactions", "original_transaction_is_itself"),
    ("transactions", "transaction_at_is_before_the_shop_opened"),
    ("transactions", "transaction_at_is_before_the_registration"),
}
"""Rules that need more than a row, or that break another one too."""
OUTCOMES = {"reject": (1, 0, 0, 1, 0), "wait": (1, 0, 0, 0, 1), "warn": (1, 1, 0, 0, 0)}


def parents(shop: Shop) -> None:
    """A delivery with what the lines above refer to."""
    shop.deliver("2024-01-01", products=[product()], transactions=[sale(), refund()])


@pytest.mark.parametrize(
    ("table", "name", "row"), BROKEN, ids=[f"{table}.{name}" for table, name, _ in BROKEN]
)
def test_a_row_that_breaks_one_rule(shop: Shop, table: str, name: str, row: Row) -> None:
    (rule,) = [rule for rule in package_rules(table) if rule.name == name]
    parents(shop)
    shop.deliver("2024-05-01", **{table: [row]})
    result = shop.run()

    assert shop.account(table, "2024-05-01") == OUTCOMES[rule.severity]
    assert shop.rows(
        "select table_name, rule_name, dimension, severity, row_count from quality.rule_results"
        " where run_id = %s",
        [result.run_id],
    ) == [(table, name, rule.dimension, rule.severity, 1)]
    kept = shop.rows(
        "select status, broken_rules, row_number, row_data, file_name"
        " from quality.rejected_rows inner join ops.files using (file_id)"
    )
    if rule.severity == "warn":
        assert kept == []
    else:
        status = {"reject": "rejected", "wait": "waiting"}[rule.severity]
        assert kept == [(status, [name], 2, delivered(row), f"{table}.csv")]


@pytest.mark.parametrize(
    ("table", "name", "row"),
    [
        broken
        for broken in BROKEN
        for rule in package_rules(broken[0])
        if rule.name == broken[1] and rule.severity == "reject" and not rule.needed
    ],
)
@pytest.mark.parametrize("severity", ["warn", "off"])
def test_a_rule_that_is_not_needed_can_be_done_without(
    shop: Shop, table: str, name: str, row: Row, severity: Severity
) -> None:
    shop.set_severity(table, **{name: severity})
    parents(shop)
    shop.deliver("2024-05-01", **{table: [row]})
    shop.run()
    *_, rejected, waiting = shop.account(table, "2024-05-01")
    assert (rejected, waiting) == (0, 0)
    assert shop.rebuild() == {}


def delivered(row: Row) -> Mapping[str, str]:
    """The row as text; an empty field of CSV is no value."""
    return {column: str(value) for column, value in row.items() if value != ""}


def test_every_rule_is_broken() -> None:
    broken = {(table, name) for table, name, _ in BROKEN}
    known = {(table, rule.name) for table in contract() for rule in package_rules(table)}
    assert known == broken | BROKEN_BELOW


def test_a_row_may_break_several_rules_and_is_one_row(shop: Shop) -> None:
    parents(shop)
    shop.deliver(
        "2024-05-01",
        transaction_items=[item("I1", "T1", "P404", -1, -2, tax_amount="?", remark='öäü "x", y')],
    )
    shop.run()
    assert shop.account("transaction_items") == (1, 0, 0, 1, 0)
    ((status, broken),) = shop.broken_rules()
    assert status == "rejected"
    assert set(broken) == {
        "quantity_is_negative_in_a_sale",
        "unit_price_is_negative",
        "tax_amount_is_not_an_amount",
        "product_is_unknown",
    }
    assert json.loads(shop.value("select row_data::text from quality.rejected_rows")) == {
        "item_id": "I1", "transaction_id": "T1", "product_id": "P404", "quantity": "-1",
        "unit_price": "-2", "tax_amount": "?", "remark": 'öäü "x", y',
    }  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        item("I1", "T1", "P1", " 2.5 ", "+0.001"),
        item("I1", "T1", "P1", "000012", "10"),
        item("I1", "T1", "P1", 3, "9.99", discount_percentage="33.3333", line_total="19.98"),
        item("I1", "T1", "P1", 2, 10, discount_amount=20, line_total=0),
        item("I1", "T1", "P1", 2, 10, discount_percentage=100),
        item("I1", "R1", "P1", -2, 0),
        item("I1", "T1", "P1", 1, 1, updated_at="2024-05-01T10:00:00+02:00"),
    ],
)
def test_a_row_at_the_edge_breaks_no_rule(shop: Shop, row: Row) -> None:
    parents(shop)
    shop.deliver("2024-05-01", transaction_items=[row])
    shop.run()
    assert shop.account("transaction_items") == (1, 1, 0, 0, 0)
    assert shop.rebuild() == {}


def test_a_cost_too_large_to_add_up_stops_nobody(shop: Shop) -> None:
    parents(shop)
    shop.deliver(
        "2024-05-01",
        products=[product("P2", unit_cost="99999999999")],
        transaction_items=[item("I1"), item("I2", "T1", "P2", "99999999", "1")],
    )
    shop.run()
    assert shop.value("select count(*) from warehouse.fact_sales where product_key <> 0") >= 1
    rows, *rest = shop.account("transaction_items")
    assert rows == sum(rest) == 2


def test_a_line_too_large_to_add_up_is_rejected_and_stops_nobody(shop: Shop) -> None:
    parents(shop)
    shop.deliver(
        "2024-05-01",
        transactions=[sale("T2", currency="IDR", exchange_rate="9999999999.99")],
        transaction_items=[
            item("I1"),
            item("I2", "T1", "P1", "99999999999999", "99999999999999"),
            item("I3", "T2", "P1", "1000000", "10000"),
            item("I4", "T1", "P1", "12345678901234567890", "1"),
        ],
    )
    shop.run()
    rows, accepted, duplicates, rejected, waiting = shop.account("transaction_items")
    assert (rows, accepted, duplicates, rejected, waiting) == (4, 1, 0, 2, 1)
    assert shop.broken_rules("transactions") == [("rejected", ["exchange_rate_is_too_large"])]
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 10


@pytest.mark.parametrize(
    "name",
    [
        "Müller",
        "Ångström",
        "ÄRA",
        "Señor Ñandú",
        "ΑΘΗΝΑ",
        "Élodie",
        "Voilà »",
        "Ðorđe",
        "日本",
        "CAFÉ…",
    ],
)
def test_letters_of_the_world_are_not_garbled(shop: Shop, name: str) -> None:
    garbled = name.encode().decode("cp1252", errors="replace")
    assert shop.value("select checked.is_garbled(%s)", [name]) is False
    assert shop.value("select checked.is_garbled(%s)", [garbled]) is True


@pytest.mark.parametrize(("registered", "warnings"), [("2024-05-01", 0), ("2024-05-02", 1)])
@pytest.mark.parametrize("at_once", [True, False])
def test_an_order_before_its_customer_registered_is_warned_of(
    shop: Shop, registered: str, warnings: int, at_once: bool
) -> None:
    shop.deliver("2024-05-03", customers=[customer(registration_date=registered)])
    if not at_once:
        shop.run()
    shop.deliver("2024-05-04", transactions=[sale("T1", "2024-05-01 10:00", customer_id="C1")])
    shop.run()
    assert shop.account("transactions") == (1, 1, 0, 0, 0)
    assert shop.rows("select row_count from quality.rule_results") == [(1,)] * warnings


def test_an_order_before_the_shop_opened_is_rejected(shop: Shop) -> None:
    settings = shop.workspace.settings
    opened = settings.shop.model_copy(update={"opened": date(2024, 5, 1)})
    shop.workspace = replace(shop.workspace, settings=settings.model_copy(update={"shop": opened}))
    shop.deliver(
        "2024-05-01",
        transactions=[sale("T1", "2024-05-01 00:00"), sale("T2", "2024-04-30 23:59")],
    )
    shop.run()
    assert shop.account("transactions") == (2, 1, 0, 1, 0)
    assert shop.broken_rules() == [("rejected", ["transaction_at_is_before_the_shop_opened"])]


def test_a_return_that_names_itself_is_warned_of(shop: Shop) -> None:
    shop.deliver("2024-05-01", transactions=[refund("R1", original_transaction_id="R1")])
    shop.run()
    assert warnings(shop) == [("original_transaction_is_itself", 1)]


def test_a_return_of_an_unknown_sale_is_published_with_a_warning(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale("T1"), refund("R1", original_transaction_id="T1"),
                      refund("R2", original_transaction_id="T404")],
        transaction_items=[item("I1"), item("I2", "R1", "P1", -1), item("I3", "R2", "P1", -1)],
    )  # fmt: skip
    shop.run()
    assert shop.account("transactions") == (3, 3, 0, 0, 0)
    assert warnings(shop) == [("original_transaction_is_unknown", 1)]


@pytest.mark.parametrize(("returned", "found"), [(-1, 0), (-2, 1)])
def test_more_units_returned_than_sold_are_warned_of(shop: Shop, returned: int, found: int) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale("T1"), refund("R1", original_transaction_id="T1")],
        transaction_items=[item("I1", "T1", "P1", 2), item("I2", "R1", "P1", -1)],
    )
    shop.run()
    assert warnings(shop) == []
    shop.deliver(
        "2024-05-02",
        transactions=[refund("R2", original_transaction_id="T1")],
        transaction_items=[item("I3", "R2", "P1", returned)],
    )
    shop.run()
    assert warnings(shop) == [("more_is_returned_than_was_sold", 1)] * found


@pytest.mark.parametrize(
    ("total", "found"), [(20, 0), (24, 0), (23, 0), (27, 0), ("27.04", 1), (25, 1)]
)
def test_a_total_that_is_not_that_of_its_lines_is_warned_of(
    shop: Shop, total: object, found: int
) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale(total_amount=total, shipping_amount=3)],
        transaction_items=[item("I1", tax_amount=2), item("I2", tax_amount=2)],
    )
    shop.run()
    assert warnings(shop) == [("total_amount_differs_from_the_lines", 1)] * found


@pytest.mark.parametrize(
    ("orders", "price", "found"),
    [
        (2, 10, []),
        (6, 10, []),
        (7, 10, ["order_count_is_unusual", "revenue_is_unusual"]),
        (2, 31, ["average_price_is_unusual", "revenue_is_unusual"]),
        (2, 3, ["average_price_is_unusual", "revenue_is_unusual"]),
    ],
)
def test_a_day_unlike_the_same_weekday_of_the_weeks_before_is_warned_of(
    shop: Shop, orders: int, price: int, found: list[str]
) -> None:
    def day(number: int, count: int, unit_price: int) -> None:
        at = date(2024, 1, 1) + timedelta(weeks=number)
        ids = [f"{number}-{one}" for one in range(count)]
        shop.deliver(
            str(at),
            products=[product()],
            transactions=[sale(one, f"{at} 10:00") for one in ids],
            transaction_items=[item(one, one, "P1", 1, unit_price) for one in ids],
        )

    for number in range(4):
        day(number, 2, 10)
    shop.run()
    day(4, orders, price)
    shop.run()
    assert warnings(shop) == [(name, 1) for name in found]


def warnings(shop: Shop) -> list[tuple[str, int]]:
    """What was warned of, with the number of rows."""
    return [
        (name, count)
        for name, count in shop.rows(
            "select rule_name, row_count from quality.rule_results where severity = 'warn'"
            " order by rule_name"
        )
    ]
