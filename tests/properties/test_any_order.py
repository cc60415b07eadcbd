"""A shop's deliveries in any order, at once or one by one, once or twice: the same warehouse."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from tests.shop import Row, Shop

from shopwright.storage.database import Database

CUSTOMERS = [f"C{n}" for n in range(1, 4)]
PRODUCTS = [f"P{n}" for n in range(1, 4)]
SALES, RETURNS = [f"T{n}" for n in range(1, 5)], ["R1", "R2"]
ITEMS = [f"I{n}" for n in range(1, 8)]
FIRST_DAY = date(2023, 12, 28)

Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class World:
    """Deliveries by name, in the order of their days; `orders` to publish them in, and repeats."""

    deliveries: dict[str, Tables]
    order: tuple[str, ...]
    repeated: tuple[str, ...]


def moments(days: int = 8) -> st.SearchStrategy[str]:
    return st.builds(
        lambda day, hour: f"{FIRST_DAY + timedelta(days=day)} {hour:02}:00",
        st.integers(0, days),
        st.sampled_from([0, 12, 23]),
    )


def rows(keys: list[str], key: str, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({key: st.sampled_from(keys), **columns})


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(""), values)


def faulty(good: st.SearchStrategy[Any], bad: Any) -> st.SearchStrategy[Any]:
    """Now and then what breaks a rule."""
    return st.integers(0, 11).flatmap(lambda die: st.just(bad) if die == 0 else good)


TABLES: dict[str, st.SearchStrategy[Row]] = {
    "customers": rows(
        CUSTOMERS, "customer_id",
        segment=st.sampled_from(["", "new", "gold"]),
        city=st.sampled_from(["", "Paris", "Lyon"]),
        email=st.sampled_from(["a@b.example", "?"]),
        updated_at=faulty(optional(moments()), "soon"),
    ),
    "products": rows(
        PRODUCTS, "product_id",
        product_name=faulty(st.sampled_from(["Lamp", "Bulb"]), ""),
        category=st.sampled_from(["", "Light"]),
        sub_category=st.sampled_from(["", "Desk"]),
        unit_cost=optional(st.sampled_from(["1", "2.5"])),
        stock_quantity=optional(st.sampled_from(["1", "2"])),
        updated_at=optional(moments()),
    ),
    "transactions": st.one_of(
        rows(
            SALES, "transaction_id",
            transaction_at=faulty(moments(370), "never"),
            customer_id=optional(st.sampled_from(CUSTOMERS)),
            payment_method=st.sampled_from(["", "Card", "Unknown"]),
            status=st.sampled_from(["paid", "cancelled"]),
            updated_at=optional(moments()),
        ),
        rows(
            RETURNS, "transaction_id",
            transaction_at=moments(40),
            customer_id=optional(st.sampled_from(CUSTOMERS)),
            transaction_type=st.just("return"),
            updated_at=optional(moments()),
        ),
    ),
    "transaction_items": st.one_of(
        rows(
            ITEMS[:5], "item_id",
            transaction_id=st.sampled_from(SALES),
            product_id=st.sampled_from(PRODUCTS),
            quantity=faulty(st.integers(1, 3), "-1"),
            unit_price=st.sampled_from(["0", "0.001", "9.99"]),
            discount_percentage=st.sampled_from(["", "10", "100"]),
            updated_at=optional(moments()),
        ),
        rows(
            ITEMS[5:], "item_id",
            transaction_id=st.sampled_from(RETURNS),
            product_id=st.sampled_from(PRODUCTS),
            quantity=st.integers(-2, -1),
            unit_price=st.sampled_from(["0", "9.99"]),
            updated_at=optional(moments()),
        ),
    ),
}  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two to five deliveries, each of a day of its own."""
    count = draw(st.integers(2, 5))
    deliveries: dict[str, Tables] = {}
    for number in range(count):
        tables = draw(
            st.fixed_dictionaries(
                {table: st.lists(row, max_size=5) for table, row in TABLES.items()}
            )
        )
        some = {table: given_rows for table, given_rows in tables.items() if given_rows}
        if some:
            deliveries[str(FIRST_DAY + timedelta(days=2 * number))] = some
    names = list(deliveries)
    order = tuple(draw(st.permutations(names)))
    repeated = tuple(name for name in names if draw(st.booleans()))
    return World(deliveries, order, repeated)


@contextmanager
def emptied(database: Database) -> Iterator[Shop]:
    """A shop without rows: each example starts from nothing."""
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "do $$ declare name text; begin for name in"
            " select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('production', 'warehouse', 'quality', 'ops')"
            " and tablename <> 'schema_version' and tablename not like 'dim\\_%'"
            " loop execute 'alter table ' || name || ' disable trigger all';"
            " execute 'delete from ' || name;"
            " execute 'alter table ' || name || ' enable trigger all'; end loop; end $$;"
            "delete from warehouse.dim_customer where customer_key <> 0;"
            "delete from warehouse.dim_product where product_key <> 0;"
            "delete from warehouse.dim_payment_method where payment_method_key <> 0;"
            "delete from warehouse.dim_date"
        )
    with tempfile.TemporaryDirectory() as folder:
        yield Shop(Path(folder), database)


def check(shop: Shop) -> dict[str, tuple[int, int]]:
    """Nothing to rebuild, every row accounted for; gives the warehouse's fingerprint."""
    assert shop.rebuild() == {}
    assert shop.rows(
        "select file_name, files.row_count from ops.files where not exists (select from"
        " ops.delivery_tables as account where account.delivery_key = files.delivery_key"
        " and account.table_name = files.table_name and account.row_count = files.row_count"
        " and account.row_count = accepted_count + duplicate_count + rejected_count + waiting_count"
        " and least(accepted_count, duplicate_count, rejected_count, waiting_count) >= 0)"
        " and files.row_count > 0"
    ) == []  # fmt: skip
    assert shop.value("select coalesce(sum(waiting_count), 0) from ops.delivery_tables") == (
        shop.value("select count(*) from quality.rejected_rows where status = 'waiting'")
    )
    return shop.fingerprint()


def differences(
    one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]]
) -> dict[str, tuple[object, object]]:
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


@pytest.mark.parametrize("way", ["in another order", "repeated"])
@given(world=worlds())
def test_the_warehouse_is_the_same(database: Database, way: str, world: World) -> None:
    note(f"{world.deliveries}\norder {world.order}, repeated {world.repeated}")
    with emptied(database) as shop:
        for name, tables in world.deliveries.items():
            shop.deliver(name, **tables)
        shop.run()
        at_once = check(shop)
    with emptied(database) as shop:
        if way == "repeated":
            for name, tables in world.deliveries.items():
                shop.deliver(name, **tables)
                if name in world.repeated:
                    shop.deliver(f"{name}-again", **tables)
            shop.run(one_by_one=True)
        else:
            for name in world.order:
                shop.deliver(name, **world.deliveries[name])
                shop.run()
        assert differences(at_once, check(shop)) == {}
