"""A first load makes large tables anew; nobody can tell afterwards but by their numbers."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.shop import Shop, customer, item, product, sale

from shopwright.storage.embedded import EmbeddedServer
from shopwright.storage.roles import READER

FACTS = "warehouse.fact_sales"


@pytest.fixture
def role(shop: Shop) -> Iterator[str]:
    """A role of the user's own; roles are not a database's, so it is dropped at the end."""
    name = f"analyst_{shop.value('select oid from pg_database where datname = current_database()')}"
    shop.execute(f"create role {name}")
    yield name
    shop.execute(f"drop owned by {name}; drop role {name}")


def deliver(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1")],
        products=[product("P1"), product("P2")],
        transactions=[sale("T1", "2024-05-01 10:00", customer_id="C1")],
        transaction_items=[item("I1", "T1", "P1"), item("I2", "T1", "P2")],
    )


def schema(shop: Shop) -> Counter[str]:
    """The lines that pg_dump writes of everything but the rows; their order says nothing."""
    program = EmbeddedServer(Path.home()).bin_folder / "pg_dump"
    options = ["--schema-only", "--exclude-schema=staging", "--dbname", shop.database.url]
    done = subprocess.run([program, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    # a random word that guards the file, another one each time
    return Counter(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def number(shop: Shop, table: str = FACTS) -> int:
    found: int = shop.value(f"select '{table}'::regclass::oid::int8")
    return found


def is_published(shop: Shop) -> bool:
    counts = "select (select count(*) from warehouse.fact_sales),"
    return shop.row(counts + " (select count(*) from warehouse.fact_orders)") == (2, 1)


def test_a_table_made_anew_is_the_one_before(shop: Shop, role: str) -> None:
    shop.execute(f"""
        alter table {FACTS} alter column quantity set statistics 200, set (fillfactor = 90);
        alter table {FACTS} add constraint sold check (unit_price < 1000000) not valid;
        alter table {FACTS} alter column channel set default 'it''s a shop';
        comment on column {FACTS}.channel is 'Where; it''s ordered';
        grant select, update on {FACTS} to {role} with grant option;
        grant select on production.transactions to public;
        grant select (customer_id) on production.customers to {role};
    """)
    before, numbers = schema(shop), number(shop)
    deliver(shop)

    shop.run()

    assert schema(shop) == before
    assert number(shop) != numbers
    assert is_published(shop)
    reading = "select has_table_privilege(%s, 'warehouse.fact_sales', 'update with grant option')"
    assert shop.value(reading, [role])


def test_a_table_keeps_its_owner(shop: Shop, role: str) -> None:
    shop.execute(f"grant create on schema warehouse to {role}; alter table {FACTS} owner to {role}")
    before = schema(shop)
    deliver(shop)

    shop.run()

    assert schema(shop) == before
    assert is_published(shop)


@pytest.mark.parametrize(
    "hanging",
    [
        f"create view warehouse.mine as select item_id, net_amount from {FACTS};"
        f"grant select on warehouse.mine to {READER}",
        "create function warehouse.mine() returns bigint begin atomic"
        f" select count(*) from {FACTS}; end",
        f"create function warehouse.mine({FACTS}) returns text language sql as 'select $1.item_id'",
        f"create statistics warehouse.mine on customer_key, date_key from {FACTS}",
        f"create policy mine on {FACTS} using (true)",
        f"create publication mine for table {FACTS}",
        f"create rule mine as on delete to {FACTS} do also notify gone",
        "create function warehouse.mine() returns trigger language plpgsql"
        " as 'begin return new; end';"
        f"create trigger mine before insert on {FACTS} execute function warehouse.mine()",
    ],
    ids=lambda statement: " ".join(statement.split()[1:3]),
)
def test_what_hangs_on_a_table_stays(shop: Shop, hanging: str) -> None:
    shop.execute(hanging)
    before, facts, orders = schema(shop), number(shop), number(shop, "warehouse.fact_orders")
    deliver(shop)

    shop.run()

    assert schema(shop) == before
    assert number(shop) == facts, "the table itself was filled"
    assert number(shop, "warehouse.fact_orders") != orders
    assert is_published(shop)
