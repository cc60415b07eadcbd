"""Disorder of the deliveries: each kind is there as promised, and no row is lost or damaged."""

import csv
import gzip
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.answer_keys import SMALL, MarkedShop, marked_shop

from shopwright.generation import generate, load_profile, resized
from shopwright.generation.courier import Courier, count_loss_makers
from shopwright.generation.faults import FaultRates
from shopwright.generation.faults.planting import Line
from shopwright.generation.mess import MESS_KINDS, MessRates
from shopwright.generation.mess.files import TableFile, packed
from shopwright.generation.period import blocks
from shopwright.generation.shop import Shop
from shopwright.ingestion.deliveries import find_deliveries
from shopwright.ingestion.header import read_header

TABLES = ("customers", "products", "transactions", "transaction_items")


def rows_of(shop: MarkedShop, table: str) -> Counter[tuple[str, ...]]:
    """How often each row was delivered, read as a pipeline reads files, in whatever form."""
    found: Counter[tuple[str, ...]] = Counter()
    for delivery in find_deliveries(shop.deliveries):
        for file in delivery.files:
            if file.table == table:
                header = read_header(file)
                text = b"".join(file.chunks()).decode().splitlines()
                rows = csv.DictReader(text, delimiter=header.delimiter)
                found.update(
                    tuple(value for name, value in row.items() if name != "campaign_code")
                    for row in rows
                )
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> MarkedShop:
    return marked_shop(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def clean_rows(clean: MarkedShop) -> dict[str, Counter[tuple[str, ...]]]:
    return {table: rows_of(clean, table) for table in TABLES}


def second_deliveries(shop: MarkedShop, arrival: str) -> list[tuple[date, str]]:
    """The day and the name of the deliveries that came in such a way."""
    found = shop.frame("deliveries").filter(arrival=arrival).select("of_day", "delivery")
    assert len(found)
    return list(found.iter_rows())


def test_a_courier_without_faults_and_mess_writes_the_plain_bytes(
    clean: MarkedShop, tmp_path: Path
) -> None:
    profile = resized(load_profile(), **SMALL)
    shop = Shop(profile)
    courier = Courier(
        tmp_path, profile.seed, shop.start, profile.size.days, FaultRates(), MessRates()
    )
    for block in blocks(shop.start, shop.sales_per_day):
        courier.deliver(block, shop.rows.tables(shop.live(block)))

    plain = sorted(clean.deliveries.rglob("*.csv"))
    assert len(plain) > 150
    assert len(plain) == len(list(tmp_path.rglob("*.csv")))
    for file in plain:
        assert (tmp_path / file.relative_to(clean.deliveries)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("late", 2, 7), ("out_of_order", 1, 1), ("missing_file", 2, 7)]
)
def test_what_comes_later_comes_whole(
    kind: str,
    least: int,
    most: int,
    clean_rows: dict[str, Counter[tuple[str, ...]]],
    tmp_path: Path,
) -> None:
    shop = marked_shop(tmp_path, mess=f"{kind}=30%")
    for day, name in second_deliveries(shop, kind):
        arrived = date.fromisoformat(name[:10])
        assert least <= (arrived - day).days <= most
        assert (shop.deliveries / str(day)).exists() == (kind == "missing_file")
    for table in TABLES:
        assert rows_of(shop, table) == clean_rows[table]


def test_a_missing_file_is_one_of_the_days(clean: MarkedShop, tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, mess="missing_file=30%")
    for day, name in second_deliveries(shop, "missing_file"):
        (later,) = (file.name for file in (shop.deliveries / name).iterdir())
        there = {file.name for file in (shop.deliveries / str(day)).iterdir()}
        assert there | {later} == {file.name for file in (clean.deliveries / str(day)).iterdir()}
        assert later not in there


def test_what_comes_twice_is_the_same(tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, mess="twice=30%,part_files=50%,gzip=30%")
    for day, name in second_deliveries(shop, "twice"):
        first, again = (
            {file.name: file.read_bytes() for file in (shop.deliveries / folder).iterdir()}
            for folder in (str(day), name)
        )
        assert first == again
    repeated = shop.frame("deliveries").filter(arrival="twice")
    assert (repeated["transactions_repeated"] == repeated["transactions_rows"]).all()


def test_a_corrected_day_was_wrong_in_values_that_no_rule_objects_to(
    clean: MarkedShop, clean_rows: dict[str, Counter[tuple[str, ...]]], tmp_path: Path
) -> None:
    shop = marked_shop(tmp_path, mess="corrected=30%")
    for day, name in second_deliveries(shop, "corrected"):
        for file in (shop.deliveries / name).iterdir():
            right = clean.lines(str(day), file.name)
            at_first, later = shop.lines(str(day), file.name), shop.lines(name, file.name)
            wrong = [(old, new) for old, new in zip(right, at_first, strict=True) if old != new]
            assert wrong
            assert [old for old, _ in wrong] == later[1:-1]
            assert all(old.split(b",")[0] == new.split(b",")[0] for old, new in wrong)
    for table in TABLES:
        assert clean_rows[table] <= rows_of(shop, table)


def test_a_renamed_column_comes_again_under_its_own_name(clean: MarkedShop, tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, mess="renamed_column=30%")
    for day, name in second_deliveries(shop, "renamed_column"):
        (file,) = (shop.deliveries / name).iterdir()
        wrong, right = shop.lines(str(day), file.name), clean.lines(str(day), file.name)
        assert wrong[1:] == right[1:]
        assert sum(a != b for a, b in zip(
            wrong[0].split(b","), right[0].split(b","), strict=True)) == 1  # fmt: skip
        assert file.read_bytes().split(b"\n") == right


@pytest.mark.parametrize("kind", ["part_files", "gzip", "dialect", "new_column"])
def test_a_file_in_another_form_holds_the_same_rows(
    kind: str, clean_rows: dict[str, Counter[tuple[str, ...]]], tmp_path: Path
) -> None:
    shop = marked_shop(tmp_path, mess=f"{kind}=60%")
    for table in TABLES:
        assert rows_of(shop, table) == clean_rows[table]
    names = [file.name for file in shop.deliveries.rglob("*.csv*")]
    contents = [file.read_bytes() for file in shop.deliveries.rglob("*.csv")]
    first_lines = [content.split(b"\n", 1)[0] for content in contents]
    if kind == "part_files":
        assert {"transactions-1.csv", "transactions-2.csv", "transactions.csv"} <= set(names)
    elif kind == "gzip":
        assert 0.4 < sum(name.endswith(".gz") for name in names) / len(names) < 0.8
    elif kind == "new_column":
        assert any(b"campaign_code" in line for line in first_lines)
    else:
        for mark in (b";", b"\t", b"|", b"\xef\xbb\xbf", b"\r"):
            assert any(mark in line for line in first_lines)


def test_a_packed_file_says_nothing_of_the_time_and_the_machine() -> None:
    content = b"customer_id\nC1\n" * 100
    assert packed(content)[4:10] == b"\0\0\0\0\0\xff"
    assert gzip.decompress(packed(content)) == content


def test_the_first_day_comes_as_it_should_and_nothing_after_the_last(tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, mess="late=50%,twice=50%")
    days = sorted(folder.name for folder in shop.deliveries.iterdir())
    assert days[0] == "2024-01-01"
    assert max(name[:10] for name in days) <= "2024-02-29"
    assert set(shop.frame("deliveries")["delivery"]) == set(days)


def test_every_kind_at_once_is_the_same_on_every_run(tmp_path: Path) -> None:
    for name in ("first", "again"):
        generate(tmp_path / name, mess=MessRates.parse("10%"), **SMALL)
    first, again = (
        {file.relative_to(tmp_path / name): file.read_bytes()
         for file in (tmp_path / name).rglob("*.*")}
        for name in ("first", "again")
    )  # fmt: skip
    assert first == again


def test_the_answer_key_names_every_kind(tmp_path: Path) -> None:
    deliveries = marked_shop(tmp_path, mess="10%").frame("deliveries")
    forms = set(deliveries["forms"].str.split(", ").explode()) - {""}
    assert set(deliveries["arrival"]) | forms == {*MESS_KINDS, "as it should"}
    written = {
        (folder.name, table): sum(
            max(
                len(MarkedShop(tmp_path / "deliveries", tmp_path).lines(folder.name, file.name))
                - 2,
                0,
            )
            for file in folder.glob(f"{table}*")
            if file.name.removeprefix(table)[:1] in ".-"
        )
        for folder in (tmp_path / "deliveries").iterdir()
        for table in TABLES
    }
    for delivery, *counts in deliveries.select(
        "delivery", *(f"{table}_rows" for table in TABLES)
    ).iter_rows():
        assert counts == [written[delivery, table] for table in TABLES]


def test_mess_leaves_the_figures_as_they_are(clean: MarkedShop, tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, mess="10%")
    assert not (shop.answer_key / "expected").exists()
    for name in ("totals", "by_day", "customers"):
        mine, plain = shop.frame(f"true/{name}"), clean.frame(f"true/{name}")
        assert mine.sort(pl.all()).equals(plain.sort(pl.all()))


def test_products_that_cost_more_than_they_sell_for_are_counted_as_they_stand_in_the_file() -> None:
    header = ["product_id", "unit_price", "unit_cost"]
    lines = [b"P1,10.0,4.0", b"P2,4.0,4.01", b"P3, 1 , 2 ", b"P4,on request,2", b'P5,"1,000",9']
    file = TableFile("products", header, [Line(line) for line in lines])
    assert count_loss_makers(file) == 2
