"""Wrong input: each with a message of its own that names the mend, and nothing lost or changed."""

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from tests.shop import Shop, csv_bytes, customer, item, product, sale

from shopwright.cli.overview import look
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.deliveries import DeliveryInvalid
from shopwright.orchestration.record import DeliveriesRefused
from shopwright.storage.database import Database, DatabaseUnreachable

DAY = "2024-05-02"
MANY = csv_bytes([customer(f"C{n}", address=str(random.Random(n).random())) for n in range(30_000)])


@pytest.fixture
def published(shop: Shop) -> Shop:
    """A shop with a published delivery."""
    shop.deliver(
        "2024-05-01",
        products=[product()],
        transactions=[sale()],
        transaction_items=[item(), item("I2", "T404")],
    )
    shop.run()
    return shop


def refused(shop: Shop, kind: type[ShopwrightError], *phrases: str) -> None:
    """The run raises this error with these phrases (regular expressions) and changes nothing."""
    before, deliveries = shop.fingerprint(), shop.rows("select * from ops.deliveries")
    aside = shop.rows("select * from quality.rejected_rows")
    with pytest.raises(kind) as caught:
        shop.run()
    for phrase in phrases:
        assert re.search(phrase, str(caught.value)), str(caught.value)
    assert caught.value.exit_code == 1
    assert caught.value.mend
    assert shop.fingerprint() == before
    assert shop.rows("select * from ops.deliveries") == deliveries
    assert shop.rows("select * from quality.rejected_rows") == aside
    assert shop.row("select outcome, error from ops.runs order by run_id desc limit 1") == (
        "failed", str(caught.value)
    )  # fmt: skip


def mended(shop: Shop) -> None:
    """After the wrong delivery was put right, the next run publishes it."""
    shop.deliver(DAY, transactions=[sale("T404")])
    assert shop.run().deliveries == [DAY]
    assert shop.value("select count(*) from warehouse.fact_sales") == 2


FILES: dict[str, tuple[str, bytes | str, tuple[str, ...]]] = {
    "empty": ("customers.csv", "", (f"{DAY}/customers.csv is empty", "leave the file out")),
    "blank": ("customers.csv", "\n \n", ("customers.csv is empty",)),
    "empty-packed": ("customers.csv.gz", "", ("customers.csv.gz is empty",)),
    "missing-column": (
        "products.csv",
        "product_id,prod_name\nP2,Lamp\n",
        (f"{DAY}/products.csv, line 1", "required column product_name", "Did prod_name mean it",
         "Name the column product_name", r'\[columns.products\] "prod_name" = "product_name"'),
    ),
    "missing-column-without-a-near-one": (
        "transaction_items.csv",
        "item_id,transaction_id,product_id,unit_price\nI9,T1,P1,2\n",
        ("required column quantity", "The file has: item_id, transaction_id"),
    ),
    "missing-moment": (
        "transactions.csv",
        "transaction_id,ordered\nT9,2024-05-01\n",
        ("transaction_at", "transaction_date and transaction_time"),
    ),
    "column-twice": (
        "customers.csv", "customer_id,segment,segment\nC1,a,b\n", ("segment stands there twice",)
    ),
    "column-without-a-name": (
        "customers.csv", "customer_id,,segment\nC1,a,b\n", ("column 2 is called ''",)
    ),
    "column-of-our-own": ("customers.csv", "customer_id,_file\nC1,a\n", ("called '_file'",)),
    "binary": (
        "customers.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        ("not a CSV table",)
    ),
    "nul-in-the-header": ("customers.csv", b"customer_id,a\x00b\nC1,x\n", ("NUL byte",)),
    "json": (
        "customers.csv", '{"customers": [' + '{"customer_id": "C1"}, ' * 10_000 + "{}]}",
        ("not a CSV table", "first line"),
    ),
    "one-long-line": ("customers.csv", "x" * 3_000_000, ("not a CSV table", "first line")),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read(published: Shop, case: str) -> None:
    name, content, phrases = FILES[case]
    published.deliver_file(f"{DAY}/{name}", content)
    refused(published, DeliveriesRefused, *phrases)
    mended(published)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def cut_by_a_little(content: bytes) -> bytes:
    return content[:-2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(255 - byte for byte in content[middle : middle + 40]) + (
        content[middle + 40 :]
    )  # fmt: skip


def another_format(content: bytes) -> bytes:
    return b"customer_id\nC1\n"


@pytest.mark.parametrize("harm", [cut, cut_by_a_little, flipped, another_format])
@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_damaged_packed_file(
    published: Shop, ending: str, harm: Callable[[bytes], bytes]
) -> None:
    path = published.deliver_file(f"{DAY}/customers.csv.{ending}", MANY)
    path.write_bytes(harm(path.read_bytes()))
    refused(published, DeliveriesRefused, f"{DAY}/customers.csv.{ending}", "damaged or cut short")
    mended(published)


def test_a_gzip_file_with_something_else_behind_it(published: Shop) -> None:
    path = published.deliver_file(f"{DAY}/customers.csv.gz", MANY)
    path.write_bytes(path.read_bytes() + gzip.compress(b"C999999,x\n")[:-6])
    refused(published, DeliveriesRefused, "damaged or cut short")


def test_a_delivery_without_a_table(published: Shop) -> None:
    (published.workspace.deliveries / DAY).mkdir()
    refused(published, DeliveriesRefused, f"delivery {DAY} holds no CSV file", "customers.csv")
    published.deliver_file(f"{DAY}/notes.txt", "hello")
    refused(published, DeliveriesRefused, r"only notes\.txt", "Put at least one of")
    mended(published)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("customer.csv", "customers.csv"), ("Products.csv.gz", "products.csv"),
     ("transaction-items.csv", "transaction_items.csv"), ("stock.csv", None)],
)  # fmt: skip
def test_a_file_of_no_known_table(published: Shop, name: str, meant: str | None) -> None:
    published.deliver_file(f"{DAY}/{name}", csv_bytes([customer()]))
    asked = re.escape(f" Did you mean {meant}?") if meant else ""
    whole = f"^{re.escape(f'{DAY}/{name}')} is none of the contract's tables.{asked}\nName the file"
    refused(published, DeliveriesRefused, whole)
    mended(published)


@pytest.mark.parametrize("name", ["may", "01.05.2024", "2024-02-30", "20240501"])
def test_a_delivery_that_does_not_say_its_day(published: Shop, name: str) -> None:
    published.deliver(name, customers=[customer()])
    refused(published, DeliveriesRefused, re.escape(f"delivery {name} does not say"), "date = 2024")


def test_settings_of_a_delivery_that_cannot_be_read(published: Shop) -> None:
    published.deliver("may", customers=[customer()])
    published.deliver_file("may/delivery.toml", "date = yesterday\n")
    refused(published, DeliveriesRefused, "may/delivery.toml cannot be read", "date = 2024-05-01")


def test_a_table_beside_the_deliveries(published: Shop) -> None:
    published.deliver_file("customers.csv", csv_bytes([customer()]))
    refused(
        published, DeliveriesRefused, "customers.csv lies beside the deliveries", "Move it into"
    )


def test_a_folder_that_cannot_be_understood_keeps_no_other_back(published: Shop) -> None:
    published.deliver("may", customers=[customer("C5")])
    published.deliver_file("2024-05-02/delivery.toml", "\n[dialect]\ndecimal = ';'\n")
    published.deliver_file("2024-05-02/customers.csv", "customer_id\nC2\n")
    published.deliver("2024-05-03", customers=[customer("C3")])
    published.deliver_file("2024-05-04/stock.csv", "a\n1\n")
    published.deliver_file("customers.csv", "customer_id\nC1\n")
    with pytest.raises(DeliveriesRefused) as caught:
        published.run()
    assert caught.value.exit_code == 1
    assert caught.value.result.deliveries == ["2024-05-03"]
    assert list(caught.value.result.refused) == ["2024-05-02", "2024-05-04", "customers.csv", "may"]
    assert "2024-05-02/delivery.toml, line 3: dialect.decimal: " in caught.value.problem
    assert "The other deliveries are published." in caught.value.mend
    assert published.rows("select delivery_name from ops.refused_deliveries order by 1") == [
        ("2024-05-02",), ("2024-05-04",), ("customers.csv",), ("may",)
    ]  # fmt: skip
    found = look(published.workspace, published.database)
    assert (found.pending, found.next.split(":")[0]) == (
        [],
        "Known are date, [dialect] with encod"
        "ing, delimiter, decimal, thousands and date_format, [dialect.TABLE], and [columns.TABLE].",
    )


def test_where_nothing_can_be_understood_the_run_fails_at_once(shop: Shop) -> None:
    shop.deliver("may", customers=[customer()])
    refused(shop, DeliveryInvalid, "delivery may does not say")


def test_no_folder_of_deliveries(shop: Shop) -> None:
    shop.workspace.deliveries.rmdir()
    refused(shop, DeliveryInvalid, "There is no folder", "transactions.csv")


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_delivery_that_cannot_be_read_keeps_no_other_back(
    published: Shop, one_by_one: bool
) -> None:
    damaged = zstandard.compress(MANY)[:-9]
    published.deliver("2024-05-02", transactions=[sale("T404")])
    published.deliver("2024-05-03", products=[product("P3")])
    published.deliver_file("2024-05-03/customers.csv.zst", b"").write_bytes(damaged)
    published.deliver_file("2024-05-04/customers.csv", "")
    published.deliver("2024-05-05", products=[product("P5")])
    for tries in (1, 2):
        with pytest.raises(DeliveriesRefused) as caught:
            published.run(one_by_one=one_by_one)
        result = caught.value.result
        assert set(result.refused) == {"2024-05-03", "2024-05-04"}
        assert "cut short" in caught.value.problem
        assert "2024-05-04/customers.csv is empty" in caught.value.problem
        assert result.deliveries == (["2024-05-02", "2024-05-05"] if tries == 1 else [])
        assert published.value("select count(*) from warehouse.fact_sales") == 2
        assert published.rows("select product_id from production.products order by 1") == [
            ("P1",), ("P5",)
        ]  # fmt: skip
        last = published.row("select outcome, error from ops.runs order by run_id desc limit 1")
        assert last == ("published" if tries == 1 else "failed", str(caught.value))
        assert published.value("select count(*) from ops.refused_deliveries") == 2 * tries
    published.deliver("2024-05-03", customers=[customer()])
    published.deliver("2024-05-04", customers=[customer("C2")])
    assert published.run().deliveries == ["2024-05-03", "2024-05-04"]


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        Database(f"postgresql://nobody@/shop?host={tmp_path}&port=5999")
    assert "Cannot reach database shop" in caught.value.problem
    assert "SHOPWRIGHT_DATABASE_URL" in caught.value.mend
    assert caught.value.exit_code == 1
