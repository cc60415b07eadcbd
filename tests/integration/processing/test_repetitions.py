"""The same row, another row of the same key, and rows that wait: all are accounted for."""

from decimal import Decimal

import pytest
from tests.shop import Shop, customer, item, product, refund, sale

TABLES = ("customers", "products", "transactions", "transaction_items")


def day_one() -> dict[str, list[object]]:
    """A delivery of one of each."""
    return {
        "customers": [customer("C1", segment="new")],
        "products": [product("P1", unit_cost=4)],
        "transactions": [sale("T1", customer_id="C1")],
        "transaction_items": [item("I1", "T1", "P1", 2, 10)],
    }


def test_a_delivery_that_is_published_is_not_read_again(shop: Shop) -> None:
    shop.deliver("2024-05-01", **day_one())  # type: ignore[arg-type]
    assert shop.run().outcome == "published"
    before = shop.fingerprint()
    again = shop.run()
    assert (again.outcome, again.deliveries, again.accounts) == ("nothing to do", [], [])
    assert shop.fingerprint() == before
    assert shop.value("select count(*) from ops.deliveries") == 1


def test_the_same_rows_under_another_name_are_duplicates(shop: Shop) -> None:
    shop.deliver("2024-05-01", **day_one())  # type: ignore[arg-type]
    shop.run()
    before = shop.fingerprint()
    shop.deliver("2024-05-01-again", **day_one())  # type: ignore[arg-type]
    result = shop.run()
    assert result.deliveries == ["2024-05-01-again"]
    for table in TABLES:
        assert shop.account(table, "2024-05-01-again") == (1, 0, 1, 0, 0), table
    assert shop.fingerprint() == before


def test_the_same_rows_twice_in_one_run_are_duplicates(shop: Shop) -> None:
    shop.deliver("2024-05-01", **day_one())  # type: ignore[arg-type]
    shop.deliver("2024-05-01-again", **day_one())  # type: ignore[arg-type]
    shop.run()
    for table in TABLES:
        assert shop.account(table) == (2, 1, 1, 0, 0), table
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 20


@pytest.mark.parametrize("at_once", [True, False])
def test_changed_content_under_the_same_name_is_a_correction(shop: Shop, at_once: bool) -> None:
    shop.deliver("2024-05-01", **day_one())  # type: ignore[arg-type]
    shop.run()
    corrected = {**day_one(), "transaction_items": [item("I1", "T1", "P1", 3, 10)]}
    shop.deliver("2024-05-01", **corrected)  # type: ignore[arg-type]
    if at_once:
        shop.deliver("2024-05-02", products=[product("P2")])
    assert "2024-05-01" in shop.run().deliveries
    assert shop.row("select quantity, net_amount, cost_amount from warehouse.fact_sales") == (
        3, 30, 12
    )  # fmt: skip
    assert shop.rows(
        "select revision, delivery_key from ops.deliveries where delivery_name = '2024-05-01'"
        " order by 1"
    ) == [(1, 20240501001), (2, 20240501002)]
    assert shop.account("transaction_items") == (2, 2, 0, 0, 0)
    assert shop.account("customers", "2024-05-01") == (2, 1, 1, 0, 0)


@pytest.mark.parametrize("one_by_one", [True, False])
def test_an_overtaken_state_that_comes_again_is_a_duplicate(shop: Shop, one_by_one: bool) -> None:
    paid = sale(status="paid", updated_at="2024-05-01 10:00")
    line = item(updated_at="2024-05-01 10:00")
    shop.deliver("2024-05-01", products=[product()], transactions=[paid], transaction_items=[line])
    shop.deliver(
        "2024-05-02",
        transactions=[sale(channel="web", status="paid", updated_at="2024-05-01 10:00")],
    )
    shop.deliver(
        "2024-05-03",
        transactions=[sale(status="shipped", updated_at="2024-05-03 10:00")],
        transaction_items=[item("I1", "T1", "P1", 2, updated_at="2024-05-03 10:00")],
    )
    shop.deliver("2024-05-04", transactions=[paid], transaction_items=[line])
    shop.deliver("2024-05-05", transactions=[paid], transaction_items=[line, line])
    shop.run(one_by_one=one_by_one)
    assert shop.account("transactions", "2024-05-04") == (1, 0, 1, 0, 0)
    assert shop.account("transactions", "2024-05-05") == (1, 0, 1, 0, 0)
    assert shop.account("transaction_items") == (5, 2, 3, 0, 0)
    assert shop.value("select status from production.transactions") == "shipped"


@pytest.mark.parametrize("one_by_one", [True, False])
def test_the_same_content_at_another_given_moment_is_a_state(shop: Shop, one_by_one: bool) -> None:
    for day in ("01", "02", "02-again"):
        moment = f"2024-05-{day[:2]}"
        shop.deliver(f"2024-05-{day}", customers=[customer(segment="a", updated_at=moment)])
    shop.run(one_by_one=one_by_one)
    assert shop.account("customers") == (3, 2, 1, 0, 0)


@pytest.mark.parametrize("one_by_one", [True, False])
def test_without_a_moment_what_changes_nothing_is_a_duplicate(shop: Shop, one_by_one: bool) -> None:
    for day, stock in enumerate((5, 5, "5.0", 4, 5, 5), 1):
        shop.deliver(f"2024-05-0{day}", products=[product(stock_quantity=stock)])
    shop.run(one_by_one=one_by_one)
    assert [shop.account("products", f"2024-05-0{day}")[2] for day in range(1, 7)] == [
        0, 1, 1, 0, 0, 1
    ]  # fmt: skip


def test_a_correction_that_is_taken_back_is_taken_back(shop: Shop) -> None:
    for segment in ("a", "b", "a"):
        shop.deliver("2024-05-01", customers=[customer(segment=segment)])
        shop.run()
    assert shop.value("select segment from production.customers") == "a"
    assert shop.rows("select segment from warehouse.dim_customer where customer_key <> 0") == [
        ("a",)
    ]


def test_a_row_twice_in_a_file_is_a_duplicate(shop: Shop) -> None:
    rows = day_one()
    shop.deliver("2024-05-01", **{table: given * 3 for table, given in rows.items()})  # type: ignore[arg-type]
    shop.run()
    for table in TABLES:
        assert shop.account(table) == (3, 1, 2, 0, 0), table
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 20


def test_of_rows_that_contradict_each_other_the_first_stays(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1", segment="new"), customer("C1", segment="old")],
        products=[
            product("P1", unit_cost=4),
            product("P1", unit_cost=5),
            product("P1", unit_cost=4),
        ],
        transactions=[sale("T1", "2024-05-01 10:00"), sale("T1", "2024-05-01 11:00")],
        transaction_items=[item("I1"), item("I1", "T1", "P1", 2), item("I1", "T1", "P1", 2)],
    )
    shop.run()
    assert shop.account("customers") == (2, 1, 0, 1, 0)
    assert shop.account("products") == (3, 1, 1, 1, 0)
    assert shop.account("transactions") == (2, 1, 0, 1, 0)
    assert shop.account("transaction_items") == (3, 1, 1, 1, 0)
    assert shop.row(
        "select segment, unit_cost, transaction_at::text, quantity from warehouse.fact_sales"
        " inner join warehouse.dim_product using (product_key)"
        " cross join production.customers"
    ) == ("new", 4, "2024-05-01 10:00:00+00", 1)
    assert shop.broken_rules() == [("rejected", ["conflicts_with_an_earlier_row"])] * 4
    assert shop.rows(
        "select table_name, row_data ->> 'quantity' from quality.rejected_rows"
        " where table_name = 'transaction_items'"
    ) == [("transaction_items", "2")]
    assert shop.rows(
        "select distinct rule_name, dimension, severity from quality.rule_results"
    ) == [("conflicts_with_an_earlier_row", "uniqueness", "reject")]


def test_states_with_moments_of_their_own_do_not_contradict(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        transactions=[
            sale("T1", status="shipped", updated_at="2024-05-01 12:00"),
            sale("T1", status="paid", updated_at="2024-05-01 11:00"),
        ],
    )
    shop.run()
    assert shop.account("transactions") == (2, 2, 0, 0, 0)
    assert shop.value("select status from production.transactions") == "shipped"


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_contradiction_delivered_again_by_itself_is_a_state(shop: Shop, one_by_one: bool) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer(city="Berlin"), customer(city="Paris")],
        products=[product(category="Toys", brand="A"), product(category="Games", brand="B")],
        transactions=[sale(payment_method="Card"), sale(payment_method="Cash")],
    )
    shop.deliver(
        "2024-05-02",
        customers=[customer(city="Paris")],
        products=[product(category="Games", brand="B")],
        transactions=[sale(payment_method="Cash")],
    )
    shop.run(one_by_one=one_by_one)
    assert shop.rows(
        "select city from warehouse.dim_customer where customer_key <> 0 order by valid_from"
    ) == [("Berlin",), ("Paris",)]
    assert shop.rows(
        "select category, brand from warehouse.dim_product where product_key <> 0"
        " order by valid_from"
    ) == [("Toys", "A"), ("Games", "B")]
    assert shop.value(
        "select payment_method_name from production.transactions"
        " inner join production.payment_methods using (payment_method_id)"
    ) == "Cash"  # fmt: skip


def test_a_rejected_row_delivered_again_is_kept_once(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product(unit_price=-1), product(unit_price=-1)])
    shop.run()
    shop.deliver("2024-05-02", products=[product(unit_price=-1), product("P2", unit_price=-1)])
    shop.run()
    assert shop.account("products", "2024-05-01") == (2, 0, 1, 1, 0)
    assert shop.account("products", "2024-05-02") == (2, 0, 1, 1, 0)
    assert len(shop.broken_rules()) == 2


def test_a_line_waits_for_its_transaction_and_is_published_when_it_comes(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product()], transaction_items=[item("I1"), item("I2")])
    shop.run()
    assert shop.account("transaction_items") == (2, 0, 0, 0, 2)
    assert shop.broken_rules() == [("waiting", ["transaction_is_unknown"])] * 2
    assert shop.value("select count(*) from production.transaction_items") == 0

    shop.deliver("2024-05-02", products=[product("P2")])
    shop.run()  # tried again, in vain
    assert shop.account("transaction_items") == (2, 0, 0, 0, 2)
    assert shop.broken_rules() == [("waiting", ["transaction_is_unknown"])] * 2

    shop.deliver("2024-05-03", transactions=[sale()])
    result = shop.run()
    assert shop.account("transaction_items") == (2, 2, 0, 0, 0)
    assert (
        shop.rows(
            "select status, published_run_id, first_run_id < published_run_id"
            " from quality.rejected_rows"
        )
        == [("published", result.run_id, True)] * 2
    )
    assert shop.row("select count(*), sum(net_amount) from warehouse.fact_sales") == (2, 20)
    assert shop.rows("select distinct delivery_key from production.transaction_items") == [
        (20240501001,)
    ]
    assert shop.rebuild() == {}


def test_a_transaction_waits_for_its_customer_and_its_lines_with_it(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale(customer_id="C1"), sale("T2")],
        transaction_items=[item("I1"), item("I2", "T2"), item("I3", "T2", "P9")],
    )
    shop.run()
    assert shop.account("transactions") == (2, 1, 0, 0, 1)
    assert shop.account("transaction_items") == (3, 1, 0, 0, 2)
    shop.deliver("2024-05-02", customers=[customer(segment="vip", updated_at="2024-01-01")])
    shop.run()
    assert shop.account("transactions") == (2, 2, 0, 0, 0)
    assert shop.account("transaction_items") == (3, 2, 0, 0, 1)
    shop.deliver("2024-05-03", products=[product("P9")])
    shop.run()
    assert shop.account("transaction_items") == (3, 3, 0, 0, 0)
    assert shop.rows(
        "select item_id, segment from warehouse.fact_sales"
        " inner join warehouse.dim_customer using (customer_key) order by item_id"
    ) == [("I1", "vip"), ("I2", "Unknown"), ("I3", "Unknown")]
    assert {status for status, _ in shop.broken_rules()} == {"published"}


def test_a_row_that_waited_may_be_rejected_in_the_end(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product()],
                 transaction_items=[item("I1", "R1", "P1", 1)])  # fmt: skip
    shop.run()
    assert shop.account("transaction_items") == (1, 0, 0, 0, 1)
    shop.deliver("2024-05-02", transactions=[refund("R1")])
    shop.run()
    assert shop.account("transaction_items") == (1, 0, 0, 1, 0)
    assert shop.broken_rules() == [("rejected", ["quantity_is_positive_in_a_return"])]


def test_of_states_that_waited_the_newest_wins(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product()], transaction_items=[item()])
    for day, status in (("02", "paid"), ("03", "cancelled"), ("04", "paid")):
        shop.deliver(f"2024-05-{day}", transactions=[sale(customer_id="C1", status=status)])
    shop.deliver("2024-05-05", customers=[customer()])
    shop.run(one_by_one=True)
    assert shop.row("select status, updated_at::date::text from production.transactions") == (
        "paid", "2024-05-04"
    )  # fmt: skip
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 10
    rows, *rest = shop.account("transactions")
    assert (rows, sum(rest), rest[-1]) == (3, 3, 0)


def test_what_a_waiting_row_said_first_stays_first(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1")],
        transactions=[sale(customer_id="C9"), sale(customer_id="C1")],
    )
    shop.deliver("2024-05-02", customers=[customer("C9")])
    shop.run(one_by_one=True)
    assert shop.value("select customer_id from production.transactions") == "C9"
    assert shop.account("transactions") == (2, 1, 0, 1, 0)


def test_extra_columns_of_a_waiting_row_survive(shop: Shop) -> None:
    row = item("I1", "T1", "P1", 1, 10, gift_note='for "Ada",\nwith love')
    shop.deliver("2024-05-01", products=[product()], transaction_items=[row])
    shop.run()
    shop.deliver("2024-05-02", products=[product("P2")])
    shop.run()
    assert shop.value("select row_data ->> 'gift_note' from quality.rejected_rows") == (
        'for "Ada",\nwith love'
    )
    shop.deliver("2024-05-03", transactions=[sale()])
    shop.run()
    assert shop.value("select net_amount from warehouse.fact_sales") == Decimal(10)


def test_a_sale_that_turns_out_to_be_a_return_takes_its_lines_along(shop: Shop) -> None:
    # in one batch; lines judged in an earlier run are not judged again (docs/decisions/0001)
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale()],
        transaction_items=[item("I1", "T1", "P1", -1)],
    )
    shop.deliver("2024-05-02", transactions=[refund("T1", "2024-05-01 10:00")])
    shop.run()
    assert shop.rows("select item_id, net_amount, is_return from warehouse.fact_sales") == [
        ("I1", -10, True)
    ]


def test_rows_in_are_rows_accepted_repeated_rejected_or_waiting(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1"), customer("C1"), customer(""), customer("C2", email="x")],
        products=[product("P1"), product("P1", product_name="other"), product("P2")],
        transactions=[sale("T1"), sale("T2", customer_id="C404"), sale("T3", status="?")],
        transaction_items=[item("I1"), item("I2", "T2"), item("I3", "T3"), item("I1"),
                           item("I5", "T1", "P1", 0)],
    )  # fmt: skip
    result = shop.run()
    assert [
        (a.table, a.rows, a.accepted, a.duplicates, a.rejected, a.waiting) for a in result.accounts
    ] == [
        ("customers", 4, 2, 1, 1, 0),
        ("products", 3, 2, 0, 1, 0),
        ("transactions", 3, 1, 0, 1, 1),
        ("transaction_items", 5, 1, 1, 1, 2),
    ]
    for table in TABLES:
        delivered = shop.value("select row_count from ops.files where table_name = %s", [table])
        assert shop.account(table)[0] == delivered
