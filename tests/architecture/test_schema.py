"""The tables hold to their rules: comments, keys, names, and nothing personal in the warehouse."""

import pytest
from sqlalchemy import Numeric, Table
from sqlalchemy.dialects.postgresql import TIMESTAMP

from shopwright.ingestion.contract import contract
from shopwright.storage.tables import metadata

TABLES = sorted(metadata.tables.values(), key=lambda table: table.fullname)
PERSONAL = {
    column.name
    for table in contract().values()
    for column in table.columns.values()
    if column.personal
}
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)


@each_table
def test_a_table_and_its_columns_say_what_they_hold(table: Table) -> None:
    assert table.comment
    assert table.comment.startswith("One row per ")
    for column in table.columns:
        assert column.comment, column.name


@each_table
def test_a_table_has_a_key_and_columns_with_telling_names(table: Table) -> None:
    assert table.primary_key.columns
    names = [column.name for column in table.columns]
    assert "id" not in names
    for column in table.columns:
        if column.name.endswith("_at"):
            assert isinstance(column.type, TIMESTAMP), column.name
            assert column.type.timezone, column.name
        if column.name.startswith(("is_", "has_")):
            assert column.type.python_type is bool, column.name
        if column.name.endswith("_amount"):
            assert isinstance(column.type, Numeric), column.name
            assert column.type.scale == 4, column.name
            assert column.type.precision in (18, 24), column.name


def test_what_is_personal_is_flagged_in_the_contract() -> None:
    assert {
        "first_name", "last_name", "email", "phone", "birth_date", "address", "postal_code"
    } == PERSONAL  # fmt: skip


@pytest.mark.parametrize("schema", ["warehouse", "ops"])
def test_nothing_personal_is_where_readers_may_look(schema: str) -> None:
    columns = {
        column.name for table in TABLES if table.schema == schema for column in table.columns
    }
    assert not columns & PERSONAL
    assert len(columns) > 20


def test_the_reference_of_every_fact_is_enforced() -> None:
    fact = metadata.tables["warehouse.fact_sales"]
    assert {key.parent.name for key in fact.foreign_keys} == {
        "date_key", "customer_key", "product_key", "payment_method_key"
    }  # fmt: skip
    items = metadata.tables["production.transaction_items"]
    assert {key.column.table.fullname for key in items.foreign_keys} == {
        "production.transactions", "production.products"
    }  # fmt: skip
