"""Customers and products change: versions, and the facts that point at them."""

from decimal import Decimal

from tests.shop import Shop, customer, item, product, sale

PRODUCTS = (
    "select product_name, valid_from::date::text, valid_to::date::text, is_current"
    " from warehouse.dim_product where product_key <> 0 order by product_id, valid_from"
)
CUSTOMERS = (
    "select customer_id, segment, valid_from::date::text, valid_to::date::text, is_current"
    " from warehouse.dim_customer where customer_key <> 0 order by customer_id, valid_from"
)
SOLD_AS = (
    "select item_id, product_name, segment from warehouse.fact_sales"
    " inner join warehouse.dim_product using (product_key)"
    " inner join warehouse.dim_customer using (customer_key) order by item_id"
)


def sell(shop: Shop, *days: str) -> None:
    """A sale of P1 to C1 at noon of each day, T1 the first."""
    shop.deliver(
        "2024-01-01-sales",
        customers=[customer("C1", segment="new", updated_at="2024-01-01")],
        products=[product("P1", product_name="first", unit_cost=1, updated_at="2024-01-01")],
        transactions=[
            sale(f"T{n}", f"{day} 12:00", customer_id="C1") for n, day in enumerate(days, 1)
        ],
        transaction_items=[item(f"I{n}", f"T{n}") for n, _ in enumerate(days, 1)],
    )


def test_a_price_change_between_two_sales_gives_each_its_own_version_and_cost(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product(unit_price=10, unit_cost="4.50")],
        transactions=[sale("T1", "2024-05-01 10:00")],
        transaction_items=[item("I1", "T1", "P1", 2, 10)],
    )
    shop.run()
    shop.deliver(
        "2024-05-03",
        products=[product(unit_price=12, unit_cost="5.25")],
        transactions=[sale("T2", "2024-05-02 23:59:59"), sale("T3", "2024-05-03 00:00:00")],
        transaction_items=[item("I2", "T2", "P1", 2, 10), item("I3", "T3", "P1", 2, 12)],
    )
    shop.run()
    assert shop.rows(
        "select item_id, products.unit_price, cost_amount, profit_amount"
        " from warehouse.fact_sales inner join warehouse.dim_product as products"
        " using (product_key) order by item_id"
    ) == [
        ("I1", Decimal(10), Decimal("9.00"), Decimal("11.00")),
        ("I2", Decimal(10), Decimal("9.00"), Decimal("11.00")),
        ("I3", Decimal(12), Decimal("10.50"), Decimal("13.50")),
    ]
    assert shop.rows(
        "select unit_cost, valid_from::text, valid_to::date::text, is_current"
        " from warehouse.dim_product where product_id = 'P1' order by valid_from"
    ) == [
        (Decimal("4.50"), "1900-01-01 00:00:00+00", "2024-05-03", False),
        (Decimal("5.25"), "2024-05-03 00:00:00+00", "9999-12-31", True),
    ]


def test_a_sale_before_the_first_state_known_gets_the_first_version(shop: Shop) -> None:
    sell(shop, "2019-02-03")
    shop.run()
    assert shop.rows(SOLD_AS) == [("I1", "first", "new")]


def test_a_late_change_splits_an_interval_and_moves_the_sales_in_it(shop: Shop) -> None:
    sell(shop, "2024-02-01", "2024-03-01", "2024-04-01")
    shop.deliver(
        "2024-04-01",
        customers=[customer("C1", segment="gold", updated_at="2024-04-01")],
        products=[product("P1", product_name="third", unit_cost=3, updated_at="2024-04-01")],
    )
    shop.run()
    assert shop.rows(SOLD_AS) == [
        ("I1", "first", "new"), ("I2", "first", "new"), ("I3", "third", "gold")
    ]  # fmt: skip

    shop.deliver(
        "2024-05-01-late",
        customers=[customer("C1", segment="silver", updated_at="2024-02-15")],
        products=[product("P1", product_name="second", unit_cost=2, updated_at="2024-02-15")],
    )
    shop.run()
    assert shop.rows(PRODUCTS) == [
        ("first", "1900-01-01", "2024-02-15", False),
        ("second", "2024-02-15", "2024-04-01", False),
        ("third", "2024-04-01", "9999-12-31", True),
    ]
    assert [row[1:] for row in shop.rows(CUSTOMERS)] == [
        ("new", "1900-01-01", "2024-02-15", False),
        ("silver", "2024-02-15", "2024-04-01", False),
        ("gold", "2024-04-01", "9999-12-31", True),
    ]
    assert shop.rows(SOLD_AS) == [
        ("I1", "first", "new"), ("I2", "second", "silver"), ("I3", "third", "gold")
    ]  # fmt: skip
    assert shop.rows("select cost_amount from warehouse.fact_sales order by item_id") == [
        (1,), (2,), (3,)
    ]  # fmt: skip
    assert shop.row("select product_name from production.products") == ("third",)
    assert shop.row("select segment from production.customers") == ("gold",)
    assert shop.rebuild() == {}


def test_a_state_before_the_first_one_known_becomes_the_first(shop: Shop) -> None:
    sell(shop, "2023-06-01", "2024-02-01")
    shop.run()
    shop.deliver(
        "2024-05-01", products=[product("P1", product_name="zeroth", updated_at="2023-01-01")]
    )
    shop.run()
    assert shop.rows(PRODUCTS) == [
        ("zeroth", "1900-01-01", "2024-01-01", False),
        ("first", "2024-01-01", "9999-12-31", True),
    ]
    assert [row[1] for row in shop.rows(SOLD_AS)] == ["zeroth", "first"]
    assert shop.rebuild() == {}


def test_states_in_reverse_order_give_the_same_versions(shop: Shop) -> None:
    for name, day in (("d", "03-20"), ("c", "03-10"), ("b", "03-05"), ("a", "03-01")):
        shop.deliver(f"2024-{day}", products=[product(product_name=name)])
        shop.run()
    assert shop.rows(PRODUCTS) == [
        ("a", "1900-01-01", "2024-03-05", False),
        ("b", "2024-03-05", "2024-03-10", False),
        ("c", "2024-03-10", "2024-03-20", False),
        ("d", "2024-03-20", "9999-12-31", True),
    ]


def test_two_changes_in_one_delivery_are_two_versions_and_one_is_current(shop: Shop) -> None:
    sell(shop, "2024-02-02", "2024-02-04", "2024-02-06")
    shop.deliver(
        "2024-02-07",
        products=[
            product("P1", product_name="third", updated_at="2024-02-05"),
            product("P1", product_name="second", updated_at="2024-02-03"),
        ],
    )
    shop.run(one_by_one=True)
    assert shop.rows(PRODUCTS) == [
        ("first", "1900-01-01", "2024-02-03", False),
        ("second", "2024-02-03", "2024-02-05", False),
        ("third", "2024-02-05", "9999-12-31", True),
    ]
    assert [row[1] for row in shop.rows(SOLD_AS)] == ["first", "second", "third"]
    assert shop.row("select product_name from production.products") == ("third",)
    assert shop.account("products", "2024-02-07") == (2, 2, 0, 0, 0)


def test_equal_neighbouring_states_are_one_version(shop: Shop) -> None:
    for day, name in (("01", "a"), ("02", "a"), ("03", "b"), ("04", "b"), ("05", "a")):
        shop.deliver(f"2024-03-{day}", products=[product(product_name=name, stock_quantity=day)])
    shop.run(one_by_one=True)
    assert shop.rows(PRODUCTS) == [
        ("a", "1900-01-01", "2024-03-03", False),
        ("b", "2024-03-03", "2024-03-05", False),
        ("a", "2024-03-05", "9999-12-31", True),
    ]
    assert shop.value("select count(*) from production.product_history") == 5
    assert shop.value("select stock_quantity from production.products") == 5


def test_a_late_state_between_two_equal_ones_splits_and_its_correction_heals(shop: Shop) -> None:
    sell(shop, "2024-02-10")
    for day in ("2024-02-01", "2024-03-01"):
        shop.deliver(
            day, products=[product("P1", product_name="first", unit_cost=1, updated_at=day)]
        )
    shop.run()
    assert len(shop.rows(PRODUCTS)) == 1
    late = {"product_name": "second", "updated_at": "2024-02-05"}
    shop.deliver("2024-04-01", products=[product("P1", **late)])
    shop.run()
    assert shop.rows(PRODUCTS) == [
        ("first", "1900-01-01", "2024-02-05", False),
        ("second", "2024-02-05", "2024-03-01", False),
        ("first", "2024-03-01", "9999-12-31", True),
    ]
    assert shop.rows(SOLD_AS) == [("I1", "second", "new")]
    # the same moment told again, otherwise: three versions fall together
    shop.deliver(
        "2024-04-02", products=[product("P1", **{**late, "product_name": "first"}, unit_cost=1)]
    )
    shop.run()
    assert shop.rows(PRODUCTS) == [("first", "1900-01-01", "9999-12-31", True)]
    assert shop.rows(SOLD_AS) == [("I1", "first", "new")]
    assert shop.rebuild() == {}


def test_a_version_of_a_customer_that_is_no_more_gives_its_sales_back(shop: Shop) -> None:
    sell(shop, "2024-02-10", "2024-03-10")
    shop.deliver("2024-04-01", customers=[customer("C1", segment="gold", updated_at="2024-02-05")])
    shop.run()
    assert [row[2] for row in shop.rows(SOLD_AS)] == ["gold", "gold"]
    shop.deliver("2024-04-02", customers=[customer("C1", segment="new", updated_at="2024-02-05")])
    shop.run()
    assert [row[1:] for row in shop.rows(CUSTOMERS)] == [("new", "1900-01-01", "9999-12-31", True)]
    assert [row[2] for row in shop.rows(SOLD_AS)] == ["new", "new"]
    assert shop.rebuild() == {}


def test_what_is_personal_alone_makes_no_version(shop: Shop) -> None:
    shop.deliver("2024-03-01", customers=[customer(segment="new", email="a@example.com")])
    shop.deliver("2024-03-02", customers=[customer(segment="new", email="b@example.com")])
    shop.run()
    assert shop.rows(CUSTOMERS) == [("C1", "new", "1900-01-01", "9999-12-31", True)]
    assert shop.value("select email from production.customers") == "b@example.com"
    assert shop.value("select count(*) from production.customer_history") == 2


def test_a_category_change_moves_only_the_sales_after_it(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product(category="Toys", sub_category="Cars")],
        transactions=[sale("T1", "2024-05-01 10:00"), sale("T2", "2024-05-20 10:00")],
        transaction_items=[item("I1", "T1"), item("I2", "T2", "P1", 1, 20)],
    )
    shop.run()
    shop.deliver("2024-05-10", products=[product(category="Games")])
    shop.run()
    assert shop.rows(
        "select category, sub_category, order_count, net_amount"
        " from warehouse.agg_category_month order by category"
    ) == [("Games", "Games", 1, Decimal(20)), ("Toys", "Cars", 1, Decimal(10))]
    assert shop.rebuild() == {}


def test_states_that_began_before_1970_are_rejected_and_harm_nobody(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1", segment="a", updated_at="1900-01-01"), customer("C2")],
    )
    shop.deliver("2024-05-02", customers=[customer("C1", segment="b", updated_at="1900-01-01")])
    shop.run()
    assert shop.rows("select customer_id from production.customers") == [("C2",)]
    assert shop.account("customers") == (3, 1, 0, 2, 0)


def test_a_version_keeps_its_number_when_others_change(shop: Shop) -> None:
    sell(shop, "2024-02-01", "2024-04-01")
    shop.deliver("2024-03-01", products=[product("P1", product_name="second")])
    shop.run()
    keys = "select product_name, product_key from warehouse.dim_product where product_key <> 0"
    before = dict(shop.rows(keys))
    shop.deliver("2024-03-15", products=[product("P1", product_name="third")])
    shop.deliver("2024-03-10", products=[product("P9")])
    shop.run()
    after = dict(shop.rows(keys))
    assert {name: after[name] for name in before} == before


def test_an_age_group_is_of_the_date_of_birth_at_each_state_unless_one_is_delivered(
    shop: Shop,
) -> None:
    born = {"customer_id": "C1", "birth_date": "2000-02-29"}
    shop.deliver(
        "2025-03-01",
        customers=[
            customer(**born, updated_at="2018-02-28 23:59:59"),
            customer(**born, updated_at="2018-03-01"),
            customer(**born, updated_at="2024-12-31"),
            customer(**born, updated_at="2025-03-01"),
            customer("C2", birth_date="1950-01-01", age_group="grown-up"),
            customer("C3"),
        ],
    )
    shop.run()
    assert shop.rows(
        "select customer_id, age_group, valid_from::date::text from warehouse.dim_customer"
        " where customer_key <> 0 order by customer_id, valid_from"
    ) == [
        ("C1", "0-17", "1900-01-01"),
        ("C1", "18-24", "2018-03-01"),
        ("C1", "25-34", "2025-03-01"),
        ("C2", "grown-up", "1900-01-01"),
        ("C3", "Unknown", "1900-01-01"),
    ]
    assert shop.rows("select customer_id, age_group from production.customers order by 1") == [
        ("C1", "25-34"),
        ("C2", "grown-up"),
        ("C3", None),
    ]
