"""The scores of a delivery: the share of its rows without a flaw, by dimension."""

import pytest
from tests.shop import Shop, customer, item, product, sale

from shopwright.processing.rules import CONFLICT, DIMENSIONS, package_rules


def scores(shop: Shop, table: str, delivery: str = "%") -> dict[str, tuple[int, int, int]]:
    """Rows, rows set aside and rows warned of, by dimension."""
    found = shop.rows(
        "select dimension, row_count::int, set_aside_count::int, warned_count::int"
        " from quality.scores inner join ops.deliveries using (delivery_key)"
        " where table_name = %s and delivery_name like %s",
        [table, delivery],
    )
    return {dimension: (rows, aside, warned) for dimension, rows, aside, warned in found}


def test_a_row_counts_once_in_each_dimension_that_it_breaks_a_rule_of(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[
            product("P1"),
            product("P2", unit_price="-1", unit_cost="x"),  # two of validity: one row
            product("P3", unit_price="1", unit_cost="2"),  # warned of
            product("P4", unit_price="-2", unit_cost="1", stock_quantity="many"),  # validity twice,
            # of which one only warns; and consistency, which warns
        ],
    )
    shop.run()
    found = scores(shop, "products")
    assert found["validity"] == (4, 2, 0)
    assert found["consistency"] == (4, 0, 2)
    assert found["completeness"] == (4, 0, 0)
    assert found["all"] == (4, 2, 1)
    assert shop.value(
        "select score from quality.scores where dimension = 'all' and table_name = 'products'"
    ) == pytest.approx(0.25)


def test_two_rows_that_contradict_each_other_are_a_flaw_of_uniqueness(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product("P1", brand="A"), product("P1", brand="B")])
    shop.run()
    assert scores(shop, "products")["uniqueness"] == (2, 1, 0)


def test_a_delivery_is_scored_as_it_came_and_not_again_when_its_rows_are_retried(
    shop: Shop,
) -> None:
    shop.deliver("2024-05-01", transactions=[sale()], transaction_items=[item()])
    shop.run()
    shop.deliver("2024-05-02", products=[product()])
    shop.run()
    assert shop.account("transaction_items") == (1, 1, 0, 0, 0)
    assert scores(shop, "transaction_items") == {
        "completeness": (1, 0, 0),
        "uniqueness": (1, 0, 0),
        "validity": (1, 0, 0),
        "consistency": (1, 0, 0),
        "integrity": (1, 1, 0),
        "timeliness": (1, 0, 0),
        "all": (1, 1, 0),
    }


def test_each_delivery_of_a_batch_has_scores_of_its_own(shop: Shop) -> None:
    shop.deliver("2024-05-01", customers=[customer("C1", email="nobody"), customer("C2")])
    shop.deliver("2024-05-02", customers=[customer("C3", email="c3@shop.example")])
    shop.run()
    assert scores(shop, "customers", "2024-05-01")["all"] == (2, 0, 1)
    assert scores(shop, "customers", "2024-05-02")["all"] == (1, 0, 0)


def test_a_repeated_reject_counts_though_it_is_kept_once(shop: Shop) -> None:
    for day in ("2024-05-01", "2024-05-02"):
        shop.deliver(day, products=[product("P1", unit_price="-1")])
        shop.run()
    assert shop.account("products", "2024-05-02") == (1, 0, 1, 0, 0)
    assert scores(shop, "products", "2024-05-02")["all"] == (1, 1, 0)


def test_a_line_that_is_no_row_is_a_flaw_of_validity(shop: Shop) -> None:
    lines = ["product_id,product_name,unit_price", "P1,Mug,2", "P2,Pen,-1", "P3,Cup,1,2", "P4"]
    shop.deliver_file("2024-05-01/products.csv", "\n".join(lines) + "\n")
    shop.deliver_file("2024-05-01/customers.csv", "customer_id,email\nC1\n")  # nothing else
    shop.run()
    found = scores(shop, "products")
    assert found["validity"] == found["all"] == (4, 3, 0)
    assert found["completeness"] == (4, 0, 0)
    assert scores(shop, "customers")["all"] == (1, 1, 0)
    assert shop.rows(
        "select table_name, score from quality.scores where dimension = 'all' order by 1"
    ) == [("customers", 0.0), ("products", 0.25)]


def test_a_dimension_that_no_rule_looks_at_has_no_score(shop: Shop) -> None:
    shop.deliver("2024-05-01", customers=[customer()])
    shop.run()
    looked_at = {rule.dimension for rule in (*package_rules("customers"), CONFLICT)}
    assert scores(shop, "customers").keys() == looked_at | {"all"}
    assert "integrity" in set(DIMENSIONS) - looked_at
