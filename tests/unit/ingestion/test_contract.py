"""The input contract, read and asked."""

import pytest

from shopwright.ingestion.contract import contract


def test_parents_come_before_their_children() -> None:
    assert list(contract()) == ["customers", "products", "transactions", "transaction_items"]
    assert [table.key for table in contract().values()] == [
        "customer_id", "product_id", "transaction_id", "item_id"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "required"),
    [
        ("customers", {"customer_id"}),
        ("products", {"product_id", "product_name"}),
        ("transactions", {"transaction_id", "transaction_at"}),
        ("transaction_items",
         {"item_id", "transaction_id", "product_id", "quantity", "unit_price"}),
    ],
)  # fmt: skip
def test_few_columns_are_required(table: str, required: set[str]) -> None:
    assert {one.name for one in contract()[table].missing_columns([])} == required
    assert contract()[table].missing_columns(list(required)) == []


def test_a_day_may_stand_in_for_a_moment_but_a_time_of_day_not() -> None:
    transactions = contract()["transactions"]
    assert transactions.missing_columns(["transaction_id", "transaction_date"]) == []
    missing = transactions.missing_columns(["transaction_id", "transaction_time"])
    assert [column.name for column in missing] == ["transaction_at"]
    assert missing[0].alternatives == ("transaction_date", "transaction_time")


@pytest.mark.parametrize(
    ("wanted", "header", "nearest"),
    [
        ("product_name", ["product_id", "prod_name", "price"], "prod_name"),
        ("customer_id", ["CustomerID", "name"], "CustomerID"),
        ("quantity", ["menge", "unit_price"], None),
        ("product_id", ["product_name", "x"], None),  # a column of the contract means itself
    ],
)
def test_the_nearest_column_is_one_that_the_contract_does_not_know(
    wanted: str, header: list[str], nearest: str | None
) -> None:
    table = "customers" if wanted == "customer_id" else "products"
    assert contract()[table].nearest(wanted, header) == nearest


def test_every_column_says_what_it_means() -> None:
    for table in contract().values():
        for column in table.columns.values():
            assert column.meaning, column.name
            assert column.kind in {
                "key", "text", "choice", "amount", "percentage", "timestamp", "date", "boolean"
            }, column.name  # fmt: skip
