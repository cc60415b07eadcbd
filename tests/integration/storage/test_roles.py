"""The reader role sees the warehouse and how it fares, and nothing personal."""

import psycopg
import pytest
from tests.shop import Shop, customer, item, product, sale

from shopwright.storage.roles import READER

MAY = [
    "warehouse.fact_sales",
    "warehouse.dim_customer",
    "warehouse.agg_customer_value",
    "ops.runs",
    "ops.deliveries",
    "ops.delivery_tables",
    "quality.rule_results",
    "quality.claim_results",
]
MAY_NOT = [
    "production.customers",
    "production.customer_history",
    "production.transactions",
    "staging.customers",
    "staging.files",
    "quality.rejected_rows",
]


@pytest.fixture
def published(shop: Shop) -> Shop:
    """A shop with a customer whose data are personal, and a rejected row."""
    shop.deliver(
        "2024-05-01",
        customers=[
            customer("C1", first_name="Ada", last_name="Lovelace", email="ada@example.com",
                     phone="0049 30 1", birth_date="1815-12-10", address="Lane 1",
                     postal_code="10115", city="Berlin"),
            customer("", first_name="Grace"),
        ],
        products=[product()],
        transactions=[sale(customer_id="C1")],
        transaction_items=[item()],
    )  # fmt: skip
    shop.run()
    return shop


def as_reader(shop: Shop, query: str) -> list[tuple[object, ...]]:
    with shop.database.connect() as connection:
        connection.execute(f"set role {READER}")
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("table", MAY)
def test_the_reader_may_read(published: Shop, table: str) -> None:
    assert as_reader(published, f"select count(*) >= 0 from {table}") == [(True,)]


@pytest.mark.parametrize("table", MAY_NOT)
def test_the_reader_may_not_read(published: Shop, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_reader(published, f"select * from {table}")


@pytest.mark.parametrize(
    "statement",
    ["delete from warehouse.fact_sales", "update ops.runs set error = ''",
     "create table warehouse.mine (a int)", "truncate warehouse.fact_sales"],
)  # fmt: skip
def test_the_reader_may_not_write(published: Shop, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_reader(published, statement)


def test_nothing_that_the_reader_may_read_holds_personal_data(published: Shop) -> None:
    tables = as_reader(
        published,
        "select format('%I.%I', table_schema, table_name) from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema')",
    )
    assert len(tables) > 15
    for (table,) in tables:
        for (text,) in as_reader(published, f"select whole::text from {table} as whole"):
            for word in (
                "Ada",
                "Lovelace",
                "example.com",
                "0049",
                "1815",
                "Lane",
                "10115",
                "Grace",
            ):
                assert word not in str(text), (table, text)
