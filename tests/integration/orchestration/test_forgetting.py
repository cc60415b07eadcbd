"""Forgetting a customer: nothing names them any more, and not a figure has changed."""

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from tests.conftest import DatabaseServer
from tests.shop import PACKINGS, Shop, csv_bytes, customer, item, product, refund, sale

from shopwright.orchestration.forgetting.forget import CustomerNotFound, forget, look_up
from shopwright.storage.database import Database, create_database
from shopwright.storage.embedded import EmbeddedServer
from shopwright.storage.migrations import migrate

ADA = "KUNDE-4711-X"
WORDS = [
    ADA, "Lovelace", "ada@example.com", "ada.king@example.com", "+49 30 1234567", "Lane 12",
    "1815-12-10", "AB-10115", "CARD-99",
]  # fmt: skip
FIGURES = """
    select 'daily', md5(string_agg(whole::text, ';' order by business_date))
    from warehouse.agg_daily_sales as whole
    union all
    select 'fact', concat(count(*), ' ', sum(net_amount), ' ', sum(discount_amount), ' ',
        md5(string_agg(whole::text, ';' order by item_id))) from warehouse.fact_sales as whole
    union all
    select 'segments', md5(string_agg(concat(segment, city, net), ';' order by segment, city))
    from (
        select segment, city, sum(net_amount) as net from warehouse.fact_sales
        inner join warehouse.dim_customer using (customer_key) group by segment, city
    ) as by_segment
    union all
    select 'value', md5(string_agg(concat(value_segment, orders.order_count, orders.net_amount),
        ';' order by orders.net_amount, orders.order_count, value_segment))
    from warehouse.agg_customer_value as value
    inner join warehouse.agg_customer_orders as orders using (customer_id)
"""


def ada(**more: object) -> dict[str, object]:
    return {
        "customer_id": ADA, "first_name": "Ada", "last_name": "Lovelace",
        "email": "ada@example.com", "phone": "+49 30 1234567", "birth_date": "1815-12-10",
        "address": "Lane 12", "postal_code": "AB-10115", "city": "Berlin", "segment": "gold",
        "loyalty_card": "CARD-99", **more,
    }  # fmt: skip


def deliver(shop: Shop, packing: str = "") -> None:
    """Ada with two states, orders, a return and rows set aside, beside two others."""
    bob = customer("C2", first_name="Bob", last_name="Hull", email="bob@example.com",
                   postal_code="CD-1", city="Berlin")  # fmt: skip
    shop.deliver_file(f"2024-05-01/customers.csv{packing}", csv_bytes([ada(), bob]))
    shop.deliver(
        "2024-05-02",
        customers=[ada(email="ada.king@example.com", segment="silver"), customer("C3")],
        products=[product("P1"), product("P2", unit_price="3")],
        transactions=[
            sale("T1", customer_id=ADA, note="for Ada Lovelace"),
            sale("T2", customer_id="C2"),
            sale("T3", "2024-05-03 10:00", customer_id=f" {ADA} "),
            sale("T4", "no time", customer_id=ADA),  # rejected
            refund("R1", customer_id=ADA),
        ],
        transaction_items=[
            item("I1", "T1", "P1", 2, "10.00"), item("I2", "T2", "P1", 1, "9.99"),
            item("I3", "T3", "P2", 7, "3.3333"), item("I4", "R1", "P1", -1, "10.00"),
        ],
    )  # fmt: skip
    shop.deliver("2024-05-03", customers=[
        ada(updated_at="no time"),  # rejected
        customer("", email="ada@example.com"),  # rejected, without a number
        customer("C4", email="not an address"),  # warned of
        ada(birth_date="long ago", updated_at="2024-05-01"),  # warned of
    ])  # fmt: skip


def dump(shop: Shop) -> str:
    """The whole database as pg_dump writes it."""
    program = EmbeddedServer(Path.home()).bin_folder / "pg_dump"
    done = subprocess.run(
        [program, "--dbname", shop.database.url], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return content


def everything(folder: Path) -> str:
    """All files of a folder, unpacked, in one text."""
    return "\n".join(
        unpacked(path).decode("utf-8", "replace") for path in sorted(folder.rglob("*"))
        if path.is_file()
    )  # fmt: skip


@pytest.mark.parametrize("packing", PACKINGS)
def test_nothing_names_the_person_and_no_figure_changes(shop: Shop, packing: str) -> None:
    deliver(shop, packing)
    shop.run(one_by_one=True)
    before, parts = shop.rows(FIGURES), (dump(shop), everything(shop.workspace.folder))
    assert all(word in parts[0] and word in parts[1] for word in WORDS)
    accounts = shop.rows("select * from ops.delivery_tables order by 1, 2")

    done = forget(shop.workspace, shop.database, ADA)

    assert done.search.remnants == []
    for text in (dump(shop), everything(shop.workspace.folder)):
        for word in WORDS:
            assert word not in text
        assert done.pseudonym in text
        assert "bob@example.com" in text
    assert shop.rows(FIGURES) == before
    assert shop.rows("select * from ops.delivery_tables order by 1, 2") == accounts
    assert shop.value(
        "select count(*) from warehouse.fact_sales inner join warehouse.dim_customer"
        " using (customer_key) where customer_id = %s", [done.pseudonym]
    ) == 3  # fmt: skip
    assert shop.rebuild() == {}
    assert shop.run().outcome == "nothing to do"


def test_every_other_byte_of_a_delivered_file_stays(shop: Shop) -> None:
    lines = [
        b"\xef\xbb\xbfcustomer_id;last_name;city;extra\r\n",
        b'C1;"Hull; the ""elder""";"New\r\nYork";x\r\n',
        b'"KUNDE-4711-X";"Love\r\nlace";" Berlin ";y\r\n',
        b"C2;M\xc3\xbcller;;z",
    ]
    path = shop.deliver_file("2024-05-01/customers.csv", b"".join(lines))
    path.chmod(0o640)
    shop.run()
    done = forget(shop.workspace, shop.database, ADA)
    lines[2] = done.pseudonym.encode() + b';;" Berlin ";\r\n'
    assert path.read_bytes() == b"".join(lines)
    assert path.stat().st_mode & 0o777 == 0o640
    assert done.files == ["2024-05-01/customers.csv"]
    assert [one.name for one in path.parent.iterdir()] == ["customers.csv"]


def test_rewritten_files_published_anew_give_the_same_warehouse(
    shop: Shop, server: DatabaseServer, template_database: str
) -> None:
    deliver(shop)
    shop.run()
    forget(shop.workspace, shop.database, ADA)
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database:
            again = Shop(shop.workspace.folder, database)
            again.run()
            assert again.rows(FIGURES.replace("whole::text", "concat(whole.net_amount)")) == (
                shop.rows(FIGURES.replace("whole::text", "concat(whole.net_amount)"))
            )
            query = (
                "select customer_id, last_name, segment, city, postal_code, updated_at"
                " from production.customers left join production.locations using (location_id)"
                " order by customer_id"
            )
            assert again.rows(query) == shop.rows(query)
    finally:
        server.drop(name)


def test_who_was_forgotten_stays_so_when_the_shop_delivers_them_again(shop: Shop) -> None:
    deliver(shop)
    shop.run()
    done = forget(shop.workspace, shop.database, ADA)
    shop.deliver(
        "2024-05-09",
        customers=[ada(address="Lane 12, again")],
        transactions=[sale("T9", "2024-05-09 10:00", customer_id=ADA)],
        transaction_items=[item("I9", "T9", "P1", 1, "5.00")],
    )
    shop.run()
    assert shop.account("transactions", "2024-05-09") == (1, 1, 0, 0, 0)
    assert shop.value(
        "select sum(net_amount) from warehouse.fact_sales inner join warehouse.dim_customer"
        " using (customer_key) where customer_id = %s and transaction_id = 'T9'", [done.pseudonym]
    ) == 5  # fmt: skip
    text = dump(shop)
    assert not [word for word in WORDS if word in text]
    # the file that came since is rewritten by forgetting again
    again = forget(shop.workspace, shop.database, ADA)
    assert again.pseudonym == done.pseudonym
    assert sorted(again.files) == ["2024-05-09/customers.csv", "2024-05-09/transactions.csv"]
    assert again.search.remnants == []
    assert not [word for word in WORDS if word in everything(shop.workspace.folder)]


def test_the_search_tells_where_something_is_left(shop: Shop) -> None:
    deliver(shop)
    shop.run()
    shop.execute("create table production.notes (note text)")
    shop.execute("insert into production.notes values ('call ADA@example.com')")
    (shop.workspace.folder / "letter.txt").write_text("Dear Ada Lovelace,")
    (shop.workspace.folder / "export.csv.gz").write_bytes(gzip.compress(ADA.lower().encode()))
    done = forget(shop.workspace, shop.database, ADA)
    assert {(one.place.removeprefix(f"{shop.workspace.folder}/"), one.kind)
            for one in done.search.remnants} == {
        ("production.notes, 1 rows", "email"), ("letter.txt", "name"),
        ("export.csv.gz", "customer_id"),
    }  # fmt: skip


def test_a_short_number_is_looked_for_where_customers_are_named(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("12"), customer("112")],
        products=[product("12")],
        transactions=[sale("12", customer_id="12"), sale("T2", customer_id="112")],
        transaction_items=[item("12", "12", "12", 12)],
    )
    shop.run()
    done = forget(shop.workspace, shop.database, "12")
    assert done.search.remnants == []
    assert shop.rows("select transaction_id, customer_id from production.transactions order by 1"
        ) == [("12", done.pseudonym), ("T2", "112")]  # fmt: skip
    (shop.workspace.folder / "old.csv").write_text("a,customer_id\n1,12\n")
    assert [one.kind for one in forget(shop.workspace, shop.database, "12").search.remnants] == [
        "customer_id"
    ]


def test_what_somebody_else_has_too_stays_theirs(shop: Shop) -> None:
    shop.deliver("2024-05-01", customers=[
        ada(), customer("C2", first_name="ADA", last_name="Lovelace", address="Lane 12"),
    ])  # fmt: skip
    shop.run()
    done = forget(shop.workspace, shop.database, ADA)
    assert done.search.shared == ["address", "name"]
    assert done.search.remnants == []
    assert shop.row("select customer_id, last_name, address from production.customers"
                    " where last_name is not null") == ("C2", "Lovelace", "Lane 12")  # fmt: skip


def test_a_correction_that_is_pending_stays_pending(shop: Shop) -> None:
    deliver(shop)
    shop.run()
    shop.deliver("2024-05-01", customers=[ada(), customer("C2"), customer("C8")])
    forget(shop.workspace, shop.database, ADA)
    assert shop.run().deliveries == ["2024-05-01"]
    assert shop.value("select count(*) from production.customers where customer_id = 'C8'") == 1


def test_nobody_is_found_under_a_number_that_is_nobodys(shop: Shop) -> None:
    with pytest.raises(CustomerNotFound):
        look_up(shop.workspace, shop.database, "C99")
    deliver(shop)  # not published yet
    person = look_up(shop.workspace, shop.database, ADA)
    assert (person.orders, person.states, person.file_rows) == (0, 0, 8)


@pytest.fixture
def embedded_shop() -> Iterator[Shop]:
    """A shop whose embedded server keeps its files in the workspace."""
    folder = Path(tempfile.mkdtemp(prefix="shopwright-forget-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "database", {"shared_buffers": "128MB"})
    create_database(server.start(), "shop")
    try:
        with Database(server.url("shop"), server=server) as database:
            migrate(database)
            yield Shop(folder, database)
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.mark.skipif(
    "SHOPWRIGHT_TEST_DATABASE_URL" in os.environ, reason="another server is under test"
)
def test_the_embedded_servers_own_files_hold_nothing_either(embedded_shop: Shop) -> None:
    shop = embedded_shop
    deliver(shop)
    shop.run(one_by_one=True)
    shop.execute("analyze; checkpoint")
    with pytest.raises(Exception, match="not-a-number"):
        shop.execute("select cast('not-a-number ada@example.com' as integer)")
    assert "ada@example.com" in everything(shop.workspace.folder / "database")
    done = forget(shop.workspace, shop.database, ADA)
    assert done.left == []
    assert done.search.remnants == []
    found = everything(shop.workspace.folder)
    assert [word for word in WORDS if word in found] == []
