"""Rows that were set aside: resolved by a later row, judged again, dismissed.

No account goes wrong: the claims of each run hold the entries against it.
"""

from typing import Any

import pytest
from tests.shop import Shop, item, product, sale

from shopwright.ingestion.contract import MASK, contract
from shopwright.orchestration.run import retry
from shopwright.processing import rejections
from shopwright.processing.rejections import Filter, FilterInvalid, NoSuchRejectedRow, SetAside


def found(shop: Shop, **wanted: Any) -> list[SetAside]:
    """What a filter means."""
    with shop.database.connect() as connection:
        return list(rejections.find(connection, Filter(**wanted)))


def dismiss(shop: Shop, numbers: list[int], reason: str = "tests") -> None:
    """Gives rows up."""
    with shop.database.connect() as connection:
        rejections.dismiss(connection, numbers, reason)


def statuses(shop: Shop) -> list[tuple[str, str | None]]:
    """Of all rows that were set aside: the status and the key."""
    return shop.rows("select status, row_key from quality.rejected_rows order by rejected_row_id")


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_corrected_row_delivered_later_resolves_its_rejection(
    shop: Shop, one_by_one: bool
) -> None:
    wrong = [product("P1", unit_price=-1), product("P2", unit_price=-1), product("", unit_price=1)]
    shop.deliver("2024-05-01", products=wrong)
    shop.deliver("2024-05-02", products=[product("P1", unit_price=1)])
    shop.deliver("2024-05-03", products=wrong[:1])
    shop.run(one_by_one=one_by_one)
    assert statuses(shop) == [("resolved", "P1"), ("rejected", "P2"), ("rejected", None)]
    assert shop.account("products", "2024-05-01") == (3, 0, 0, 3, 0)
    assert shop.account("products", "2024-05-03") == (1, 0, 1, 0, 0)
    assert [row.key for row in found(shop)] == ["P2", None]
    assert [row.key for row in found(shop, status="resolved")] == ["P1"]


def test_a_row_that_comes_after_its_correction_is_resolved_at_once(shop: Shop) -> None:
    shop.deliver("2024-05-02", products=[product("P1", unit_price=1)])
    shop.run()
    shop.deliver("2024-05-01", products=[product("P1", unit_price=-1)])
    shop.run()
    assert statuses(shop) == [("resolved", "P1")]


def test_a_good_row_of_an_earlier_delivery_resolves_nothing(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product("P1", unit_price=1)])
    shop.run()
    shop.deliver("2024-05-02", products=[product("P1", unit_price=-1)])
    shop.run()
    assert statuses(shop) == [("rejected", "P1")]


def test_rows_are_judged_again_by_the_rules_as_they_have_become(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product()], transactions=[sale()])
    shop.deliver(
        "2024-05-02", transaction_items=[item("I1", line_total=11), item("I2", "T1", "P1", 0)]
    )
    shop.run()
    assert shop.account("transaction_items") == (2, 0, 0, 2, 0)
    shop.set_severity("transaction_items", line_total_does_not_add_up="off")
    result = retry(shop.workspace, shop.database, [row.number for row in found(shop)])

    assert shop.account("transaction_items") == (2, 1, 0, 1, 0)
    assert statuses(shop) == [("published", "I1"), ("rejected", "I2")]
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 10
    assert shop.value(
        "select published_run_id from quality.rejected_rows where row_key = 'I1'"
    ) == (result.run_id)
    assert shop.row("select command, outcome from ops.runs order by run_id desc limit 1") == (
        "retry", "published"
    )  # fmt: skip
    assert shop.rebuild() == {}


def test_a_contradiction_is_not_for_the_row_alone_to_decide(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01", products=[product(), product(unit_price=3), product("P2", unit_price=-1)]
    )
    shop.run()
    assert [rejections.can_be_judged_again(row) for row in found(shop)] == [False, True]


def test_a_dismissed_row_stays_in_the_account_and_never_comes_back(shop: Shop) -> None:
    rows = [product("P1", unit_price=-1), product("P2", unit_price=-1)]
    shop.deliver("2024-05-01", products=rows, transaction_items=[item("I1", "T404")])
    shop.run()
    numbers = [row.number for row in found(shop) if row.key != "P2"]
    dismiss(shop, numbers, "made up")
    assert [row.key for row in found(shop)] == ["P2"]
    assert shop.account("products") == (2, 0, 0, 2, 0)
    assert shop.account("transaction_items") == (1, 0, 0, 1, 0)

    shop.deliver("2024-05-02", products=[product("P404"), *rows], transactions=[sale("T404")])
    shop.run()
    assert [row.key for row in found(shop)] == ["P2"]
    assert shop.account("products", "2024-05-02") == (3, 1, 2, 0, 0)
    assert shop.value("select count(*) from production.transaction_items") == 0
    assert {row.dismissed_reason for row in found(shop, status="dismissed")} == {"made up"}
    with pytest.raises(NoSuchRejectedRow, match="none was dismissed"):
        dismiss(shop, [found(shop)[0].number, numbers[0]])
    assert [row.key for row in found(shop)] == ["P2"]


def test_rows_are_found_by_table_rule_status_and_delivery(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product(unit_price=-1), product("P2", unit_price="x")],
                 transaction_items=[item()])  # fmt: skip
    shop.deliver("2024-05-02", products=[product("P3", unit_price=-1)])
    shop.run()
    assert len(found(shop)) == 4
    assert [row.key for row in found(shop, rule="unit_price_is_negative")] == ["P1", "P3"]
    assert [row.key for row in found(shop, table="products", delivery="2024-05-01")] == ["P1", "P2"]
    (waiting,) = found(shop, status="waiting")
    assert (waiting.key, waiting.rules, waiting.line, waiting.file) == (
        "I1", ["transaction_is_unknown", "product_is_unknown"], 2, "transaction_items.csv"
    )  # fmt: skip
    assert waiting.row == {
        "item_id": "I1", "transaction_id": "T1", "product_id": "P1", "quantity": "1",
        "unit_price": "10.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"table": "product"}, r"no table 'product' \(did you mean 'products'"),
        ({"status": "lost"}, "Known are: open, all, rejected"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(wanted: dict[str, str], said: str) -> None:
    with pytest.raises(FilterInvalid, match=said):
        Filter(**wanted)


def test_what_is_personal_or_unknown_is_hidden() -> None:
    row = {"customer_id": "C1", "email": "ada@example.com", "city": "Paris", "nickname": "Ada"}
    assert contract()["customers"].masked(row) == {
        "customer_id": "C1", "email": MASK, "city": "Paris", "nickname": MASK
    }  # fmt: skip
