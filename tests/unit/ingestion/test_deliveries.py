"""Finding deliveries and telling whether their content is the same."""

import gzip
import random
from datetime import date
from pathlib import Path

import pytest

from shopwright.ingestion.deliveries import (
    Delivery,
    DeliveryFile,
    DeliveryInvalid,
    find_deliveries,
    read_delivery,
)
from shopwright.ingestion.header import read_header
from shopwright.ingestion.ledger import batches


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    return folder


def test_deliveries_come_in_the_order_of_their_days_then_names(tmp_path: Path) -> None:
    for name in ("2024-05-02", "2024-05-01-b", "2024-05-01", "2023-12-31 old", ".hidden"):
        write(tmp_path / name, customers="customer_id\n")
    write(tmp_path / "corrections", customers="customer_id\n")
    (tmp_path / "corrections" / "delivery.toml").write_text("date = 2024-05-01\n")
    (tmp_path / "README.md").write_text("notes")
    assert [(one.name, str(one.delivery_date)) for one in find_deliveries(tmp_path)] == [
        ("2023-12-31 old", "2023-12-31"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01-b", "2024-05-01"),
        ("corrections", "2024-05-01"),
        ("2024-05-02", "2024-05-02"),
    ]


def test_the_parts_of_a_table_belong_to_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "2024-05-01", **{"transactions-1": "", "transactions-2024.05": ""})
    (folder / "transaction_items.csv.gz").write_bytes(b"")
    (folder / "customers-eu.csv.zst").write_bytes(b"")
    delivery = read_delivery(folder)
    assert delivery.delivery_date == date(2024, 5, 1)
    assert [(file.path.name, file.table) for file in delivery.files] == [
        ("customers-eu.csv.zst", "customers"),
        ("transaction_items.csv.gz", "transaction_items"),
        ("transactions-1.csv", "transactions"),
        ("transactions-2024.05.csv", "transactions"),
    ]
    assert delivery.files[0].name == "2024-05-01/customers-eu.csv.zst"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("customers.csv", "customers"),
        ("customers-2010-12-01.csv", "customers"),
        ("transactions-1.csv.gz", "transactions"),
        ("products-eu-2.csv.zst", "products"),
        ("products-Île de France (2).csv", "products"),
        ("transaction_items-export 1.5.csv", "transaction_items"),
        ("transaction_items--1.csv", "transaction_items"),
    ],
)
def test_a_part_may_be_called_anything(tmp_path: Path, name: str, table: str) -> None:
    folder = tmp_path / "2024-05-01"
    folder.mkdir()
    (folder / name).touch()
    (file,) = read_delivery(folder).files
    assert (file.path.name, file.table) == (name, table)


def test_parts_come_in_the_order_in_which_people_count(tmp_path: Path) -> None:
    in_order = [
        "customers.csv",
        "customers-2010-12-01.csv",
        "customers-2010-12-02-1.csv",
        "customers-2010-12-02-2.csv.gz",
        "customers-2010-12-02-10.csv",
        "customers-2010-12-10.csv.zst",
        "customers-9999-01-01.csv",
        "customers-eu-02.csv",  # one number: the names decide
        "customers-eu-2.csv",
        "customers-eu-2.csv.gz",
        "customers-eu-10.csv",
        "transaction_items-2.csv",
        "transactions-1.csv",
    ]
    folder = tmp_path / "2024-05-01"
    folder.mkdir()
    for name in random.Random(7).sample(in_order, len(in_order)):
        (folder / name).touch()
    assert [file.path.name for file in read_delivery(folder).files] == in_order


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("costumers-2010-12-01.csv", "customers"),
        ("Transactions.csv", "transactions"),
        ("product.csv.gz", "products"),
        ("customers-.csv", "customers"),
        ("customers-1.CSV", "customers"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_nearest(
    tmp_path: Path, name: str, meant: str
) -> None:
    folder = write(tmp_path / "2024-05-01", customers="customer_id\n")
    (folder / name).touch()
    with pytest.raises(DeliveryInvalid) as caught:
        read_delivery(folder)
    assert name in caught.value.problem
    assert f"Did you mean {meant}.csv?" in caught.value.problem


def test_the_content_decides_whether_two_deliveries_are_the_same(tmp_path: Path) -> None:
    def content_hash(name: str, **files: str) -> str:
        return read_delivery(write(tmp_path / name, **files)).content_hash

    one = content_hash("2024-05-01", customers="a", products="b")
    assert content_hash("2024-05-02", customers="a", products="b") == one
    assert content_hash("2024-05-03", **{"customers-1": "a", "products": "b"}) == one
    assert content_hash("2024-05-04", customers="a", products="c") != one
    assert content_hash("2024-05-05", customers="b", products="a") != one
    assert content_hash("2024-05-06", customers="a") != one


def test_a_folder_without_a_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryInvalid, match="does not say which day"):
        read_delivery(write(tmp_path / "may", customers=""))


@pytest.mark.parametrize(
    ("line", "delimiter", "columns"),
    [
        (b"customer_id,first_name", ",", ["customer_id", "first_name"]),
        (b"\xef\xbb\xbfcustomer_id;first_name\r", ";", ["customer_id", "first_name"]),
        (b'"customer_id"\t"first, name"', "\t", ["customer_id", "first, name"]),
        (b"customer_id", ",", ["customer_id"]),
        ("customer_id|größe ".encode(), "|", ["customer_id", "größe"]),
    ],
)
def test_a_header_gives_the_columns_and_the_delimiter(
    tmp_path: Path, line: bytes, delimiter: str, columns: list[str]
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(line + b"\n1\n")
    header = read_header(DeliveryFile(path, "customers"))
    assert (header.delimiter, header.columns) == (delimiter, columns)


def test_a_packed_file_is_unpacked_as_it_is_read(tmp_path: Path) -> None:
    content = b"customer_id\n" + b"C1\n" * 1_000_000
    path = tmp_path / "customers.csv.gz"
    path.write_bytes(gzip.compress(content))
    chunks = list(DeliveryFile(path, "customers").chunks())
    assert b"".join(chunks) == content
    assert len(chunks) > 1


@pytest.mark.parametrize(
    ("budget", "sizes"), [(1, [1, 1, 1, 1]), (250, [2, 2]), (10**9, [4]), (120, [1, 1, 1, 1])]
)
def test_batches_follow_the_row_budget(tmp_path: Path, budget: int, sizes: list[int]) -> None:
    deliveries: list[Delivery] = []
    for day in range(1, 5):  # 100 rows each, by size
        folder = write(tmp_path / f"2024-05-0{day}", customers="x" * 10_000)
        deliveries.append(read_delivery(folder))
    made = list(batches(deliveries, budget))
    assert [len(batch) for batch in made] == sizes
    assert [one for batch in made for one in batch] == deliveries


def test_the_smallest_deliveries_are_batches_of_their_own_too(tmp_path: Path) -> None:
    deliveries = [
        read_delivery(write(tmp_path / f"2024-05-0{day}", customers="c\n")) for day in (1, 2, 3)
    ]
    assert [len(batch) for batch in batches(deliveries, 1)] == [1, 1, 1]
