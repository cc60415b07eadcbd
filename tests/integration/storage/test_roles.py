"""The reader role sees the warehouse and how it fares, and nothing personal."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy
from tests.conftest import DatabaseServer
from tests.shop import Shop, customer, item, product, sale

from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate
from shopwright.storage.roles import READER

MAY = [
    "warehouse.fact_sales",
    "warehouse.dim_customer",
    "warehouse.agg_customer_value",
    "ops.runs",
    "ops.deliveries",
    "ops.delivery_tables",
    "ops.alerts",
    "ops.notifications",
    "ops.open_rejections",
    "quality.rule_results",
    "quality.claim_results",
    "quality.scores",
    "quality.open_rejections",
]
MAY_NOT = [
    "production.customers",
    "production.customer_history",
    "production.transactions",
    "staging.customers",
    "staging.files",
    "quality.rejected_rows",
    "quality.forgotten_customers",
]

# Whole, as a few digits may well stand in the seconds that a step took.
PERSONAL = ["Ada", "Lovelace", "example.com", "0049 30", "1815-12-10", "Lane", "AB-101", "Grace"]


@pytest.fixture
def published(shop: Shop) -> Shop:
    """A shop with a customer whose data are personal, and a rejected row."""
    shop.deliver(
        "2024-05-01",
        customers=[
            customer("C1", first_name="Ada", last_name="Lovelace", email="ada@example.com",
                     phone="0049 30 1", birth_date="1815-12-10", address="Lane 1",
                     postal_code="AB-10115", city="Berlin"),
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
            for word in PERSONAL:
                assert word not in str(text), (table, text)


def test_the_reader_sees_how_many_rows_are_set_aside_and_why(published: Shop) -> None:
    query = "select table_name, rule_name, status, row_count from quality.open_rejections"
    expected = published.rows(
        "select table_name, unnest(broken_rules), status, 1 from quality.rejected_rows"
    )
    assert as_reader(published, query) == expected != []


@pytest.fixture
def ordinary_owner(server: DatabaseServer, empty_database: Database) -> Iterator[str]:
    """The URL of an empty database whose owner may do nothing but own it."""
    owner = f"shopwright_test_owner_{secrets.token_hex(3)}"
    name = sqlalchemy.make_url(empty_database.url).database
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create role {owner} login")
        connection.execute(f'alter database "{name}" owner to {owner}')
        try:
            url = sqlalchemy.make_url(empty_database.url).set(username=owner)
            yield url.render_as_string(hide_password=False)
        finally:
            with empty_database.connect() as own_connection:
                own_connection.execute(f"reassign owned by {owner} to current_user")
                own_connection.execute(f"drop owned by {owner}")
            connection.execute(f"drop role {owner}")


def test_an_owner_who_may_not_make_roles_lets_the_reader_in_that_is_there(
    published: Shop, ordinary_owner: str
) -> None:
    """An administrator makes the role, as here another database's migration did."""
    with Database(ordinary_owner) as database:
        migrate(database)
    url = sqlalchemy.make_url(ordinary_owner).set(username=READER)
    with Database(url.render_as_string()) as database, database.connect() as connection:
        count = "select count(*) from warehouse.fact_sales"
        assert connection.execute(count).fetchone() == (0,)
