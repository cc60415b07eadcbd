"""An import mapping turns a foreign folder into deliveries, byte for byte."""

import gzip
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from shopwright.ingestion.mapping import ImportSummary, import_mapping, list_mappings

ITEMS = """
-- One row per line.
select
    line as item_id,
    number as transaction_id,
    sku as product_id,
    quantity,
    price as unit_price,
    day as delivery_date,
from read_csv('lines.csv', all_varchar = true)
order by line
"""
LINES = """\
line,number,sku,quantity,price,day
0001,A1,007,1,2.55,2024-05-01
0002,A1,008,-2,0.001,2024-05-01
0003,A2,007,3,10.0,2024-05-02
"""


@pytest.fixture
def shop(tmp_path: Path) -> "Shop":
    return Shop(tmp_path)


class Shop:
    """A foreign folder, a user's mapping `mine` over it, and the deliveries it leads to."""

    def __init__(self, tmp_path: Path) -> None:
        self.source = tmp_path / "foreign"
        self.mappings = tmp_path / "mappings"
        self.deliveries = tmp_path / "deliveries"
        self.source.mkdir()

    def has_file(self, name: str, content: str | bytes) -> None:
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def has_select(self, name: str, select: str, mapping: str = "mine") -> None:
        folder = self.mappings / mapping
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.sql").write_text(select, encoding="utf-8")

    def imports(self, mapping: str = "mine", delivery_date: date | None = None) -> ImportSummary:
        return import_mapping(
            mapping,
            self.source,
            self.deliveries,
            user_mappings=self.mappings,
            delivery_date=delivery_date,
        )

    def delivered(self) -> dict[str, str]:
        """Everything below `deliveries`, hidden leftovers too."""
        return {
            path.relative_to(self.deliveries).as_posix(): path.read_bytes().decode()
            for path in sorted(self.deliveries.rglob("*"))
            if path.is_file()
        }


def test_writes_one_folder_per_day_with_every_value_as_it_was(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)

    summary = shop.imports()

    assert shop.delivered() == {
        "2024-05-01/transaction_items.csv": (
            "item_id,transaction_id,product_id,quantity,unit_price\n"
            "0001,A1,007,1,2.55\n"
            "0002,A1,008,-2,0.001\n"
        ),
        "2024-05-02/transaction_items.csv": (
            "item_id,transaction_id,product_id,quantity,unit_price\n0003,A2,007,3,10.0\n"
        ),
    }
    assert summary.mapping == "mine"
    assert [folder.name for folder in summary.deliveries] == ["2024-05-01", "2024-05-02"]
    assert summary.rows == {"transaction_items": 3}
    assert (summary.first_date, summary.last_date) == (date(2024, 5, 1), date(2024, 5, 2))
    assert summary.extra_columns == {}
    assert summary.remarks() == []


def test_quotes_what_a_csv_must_quote_and_keeps_absent_apart_from_empty(shop: Shop) -> None:
    shop.has_file("names.json", json.dumps([{"n": 'a "b", c\nd'}, {"n": ""}, {"n": None}]))
    shop.has_select(
        "products",
        "select row_number() over () as product_id, n as product_name, 'Tea ☕' as brand,"
        " from 'names.json' order by 1",
    )

    shop.imports(delivery_date=date(2024, 1, 1))

    assert shop.delivered()["2024-01-01/products.csv"] == (
        'product_id,product_name,brand\n1,"a ""b"", c\nd",Tea ☕\n2,"",Tea ☕\n3,,Tea ☕\n'
    )


PRODUCTS = "product_id,product_name,unit_price\n1,Tea,2.55\n2,Milk,0.1\n"


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("goods.csv", "read_csv('goods.csv', all_varchar = true)"),
        ("goods.csv.gz", "read_csv('*.csv.gz', all_varchar = true)"),
        ("goods.parquet", "'goods.parquet'"),
        ("goods.json", "read_json('goods.json')"),
        ("in/here/goods.csv", "read_csv('**/*.csv', all_varchar = true)"),
        ("goods.xlsx", "'goods.xlsx'"),
        ("goods.xlsx", "'goods.xlsx/Goods, all'"),
    ],
)
def test_reads_files_of_every_kind_alike(shop: Shop, file: str, read: str) -> None:
    goods = [(1, "Tea", 2.55), (2, "Milk", 0.1)]
    frame = pl.DataFrame(goods, schema=["product_id", "product_name", "unit_price"], orient="row")
    path = shop.source / file
    shop.has_file(file, PRODUCTS)
    if file.endswith(".gz"):
        path.write_bytes(gzip.compress(PRODUCTS.encode()))
    elif file.endswith(".parquet"):
        frame.write_parquet(path)
    elif file.endswith(".json"):
        frame.write_json(path)
    elif file.endswith(".xlsx"):
        _write_workbook(path, {"Goods, all": [frame.columns, *goods], "Empty": []})
    shop.has_select("products", f"select product_id, product_name, unit_price from {read}")

    shop.imports(delivery_date=date(2024, 1, 1))

    assert shop.delivered() == {"2024-01-01/products.csv": PRODUCTS}


def test_writes_the_cells_of_a_workbook_as_people_see_them(shop: Shop) -> None:
    morning = datetime.fromisoformat("2010-12-01 08:26")
    rows: list[list[object]] = [
        ["number", "when", "bought on", "paid", "customer", None, "note"],
        ["007", morning, date(2010, 12, 1), True, 17850.0, "lost", 1e20],
        [None, None, None, None, None, None, None],
        ["008", morning, None, False, None, None, 2.50],
        ["009", morning],
    ]
    _write_workbook(shop.source / "sales.xlsx", {"First": [["x"], [1]], "Sales": rows})
    shop.has_select(
        "transactions",
        'select number as transaction_id, "when" as transaction_at, "bought on", paid,'
        " customer as customer_id, note from 'sales.xlsx/Sales'",
    )

    shop.imports()

    assert shop.delivered()["2010-12-01/transactions.csv"] == (
        "transaction_id,transaction_at,bought on,paid,customer_id,note\n"
        "007,2010-12-01 08:26:00,2010-12-01 00:00:00,true,17850,100000000000000000000\n"
        "008,2010-12-01 08:26:00,,false,,2.5\n"
        "009,2010-12-01 08:26:00,,,,\n"
    )


def test_other_selects_are_tables_that_the_four_share(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("a_lines", "select * from read_csv('lines.csv', all_varchar = true);")
    shop.has_select(
        "b_orders", "-- One row per order.\nselect number, min(day) d from a_lines group by 1"
    )
    shop.has_select(
        "transactions",
        "select number as transaction_id, d as transaction_at, d as delivery_date from b_orders",
    )

    summary = shop.imports()

    assert summary.rows == {"transactions": 2}
    assert shop.delivered()["2024-05-02/transactions.csv"] == (
        "transaction_id,transaction_at\nA2,2024-05-02\n"
    )


def test_rows_without_a_day_go_to_the_first_day_of_the_others(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)
    shop.has_select("customers", "select 'C1' as customer_id")
    shop.has_select(
        "products",
        "select '007' as product_id, 'Tea' as product_name, '2024-05-02' as delivery_date",
    )

    shop.imports()

    assert sorted(shop.delivered()) == [
        "2024-05-01/customers.csv",
        "2024-05-01/transaction_items.csv",
        "2024-05-02/products.csv",
        "2024-05-02/transaction_items.csv",
    ]


@pytest.mark.parametrize(
    "columns",
    [
        "'2024-03-01 10:00' as transaction_at",
        "date '2024-03-01' as transaction_date, '10:00' as transaction_time",
    ],
)
def test_without_any_day_the_newest_transaction_names_the_delivery(
    shop: Shop, columns: str
) -> None:
    shop.has_file("unused.txt", "")
    older = columns.replace("2024-03-01", "2023-12-31")
    shop.has_select(
        "transactions",
        f"select '1' as transaction_id, {columns} union all select '2', {older}",
    )

    summary = shop.imports()

    assert [folder.name for folder in summary.deliveries] == ["2024-03-01"]
    assert summary.rows == {"transactions": 2}


def test_without_any_time_today_names_the_delivery(shop: Shop) -> None:
    shop.has_file("unused.txt", "")
    shop.has_select("customers", "select 'C1' as customer_id")

    today = datetime.now().astimezone().date()
    summary = shop.imports()

    assert summary.first_date == summary.last_date
    assert 0 <= (summary.first_date - today).days <= 1  # midnight may fall between the two


def test_a_given_date_makes_one_delivery_of_everything(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)

    shop.imports(delivery_date=date(2025, 1, 31))

    assert list(shop.delivered()) == ["2025-01-31/transaction_items.csv"]
    assert shop.delivered()["2025-01-31/transaction_items.csv"].count("\n") == 4


def test_a_delivery_of_the_same_day_is_replaced_as_a_whole(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)
    old = shop.deliveries / "2024-05-01" / "transaction_items-1.csv"
    other = shop.deliveries / "2023-01-01" / "customers.csv"
    for path in (old, other):
        path.parent.mkdir(parents=True)
        path.write_text("old")

    first = shop.imports()
    written = shop.delivered()
    second = shop.imports()

    assert sorted(written) == [
        "2023-01-01/customers.csv",
        "2024-05-01/transaction_items.csv",
        "2024-05-02/transaction_items.csv",
    ]
    assert shop.delivered() == written
    assert first.deliveries == second.deliveries
    assert sorted(path.name for path in shop.deliveries.iterdir()) == [
        "2023-01-01",
        "2024-05-01",
        "2024-05-02",
    ]


def test_without_an_order_of_its_own_a_select_is_sorted_by_all_columns(shop: Shop) -> None:
    shop.has_file("unused.txt", "")
    values = "(values ('b', 'x'), ('a', 'z'), ('b', 'a')) as t(k, c)"
    shop.has_select("customers", f"select k as customer_id, c as city from {values}")
    shop.has_select(
        "products", f"select k as product_id, c as product_name from {values} order by c"
    )

    shop.imports(delivery_date=date(2024, 1, 1))

    assert shop.delivered() == {
        "2024-01-01/customers.csv": "customer_id,city\na,z\nb,a\nb,x\n",
        "2024-01-01/products.csv": "product_id,product_name\nb,a\nb,x\na,z\n",
    }


def test_times_with_a_zone_leave_as_utc(shop: Shop) -> None:
    shop.has_file("unused.txt", "")
    shop.has_select(
        "transactions",
        "select 1 as transaction_id, timestamptz '2024-01-01 01:00:00+02' as transaction_at",
    )

    shop.imports()

    assert shop.delivered() == {
        "2023-12-31/transactions.csv": "transaction_id,transaction_at\n1,2023-12-31 23:00:00+00\n"
    }


def test_extra_columns_are_kept_and_reported_with_what_may_be_meant(shop: Shop) -> None:
    shop.has_file("unused.txt", "")
    shop.has_select("customers", "select 1 as customer_id, 'x' as zodiac, 'NL' as contry")
    shop.has_select("products", "select 1 as product_id, 'Tea' as product_name limit 0")

    summary = shop.imports(delivery_date=date(2024, 1, 1))

    assert summary.extra_columns == {"customers": ("zodiac", "contry")}
    assert summary.remarks() == [
        "products: the SELECT gave no row.",
        "customers.zodiac: kept, though not in the contract.",
        "customers.contry: kept, though not in the contract (did you mean country?).",
    ]
    assert shop.delivered() == {"2024-01-01/customers.csv": "customer_id,zodiac,contry\n1,x,NL\n"}


def test_a_file_of_the_same_name_in_the_current_folder_is_not_read(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lines.csv").write_text(LINES.replace("0001", "WRONG"))
    monkeypatch.chdir(elsewhere)
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)

    shop.imports()

    assert "WRONG" not in "".join(shop.delivered().values())
    assert Path.cwd() == elsewhere


def test_paths_may_be_relative_and_hold_commas_and_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "Bob's shop, new"
    odd.mkdir()
    monkeypatch.chdir(odd)
    shop = Shop(Path())
    shop.has_file("lines.csv", LINES)
    shop.has_select("transaction_items", ITEMS)

    shop.imports()

    assert len(shop.delivered()) == 2


def test_progress_is_told_from_the_selects_to_the_deliveries(shop: Shop) -> None:
    shop.has_file("lines.csv", LINES)
    shop.has_select("lines", "select * from read_csv('lines.csv', all_varchar = true)")
    shop.has_select("transaction_items", ITEMS)
    told: list[tuple[str, int, int]] = []

    import_mapping(
        "mine",
        shop.source,
        shop.deliveries,
        user_mappings=shop.mappings,
        progress=lambda what, done, in_all: told.append((what, done, in_all)),
    )

    assert told == [
        ("selects", 1, 2),
        ("selects", 2, 2),
        ("tables", 1, 1),
        ("deliveries", 1, 2),
        ("deliveries", 2, 2),
    ]


def test_duckdb_draws_no_progress_bar_of_its_own(shop: Shop) -> None:
    shop.has_file("unused.txt", "")
    shop.has_select(
        "customers",
        "select 1 as customer_id, current_setting('enable_progress_bar') as city",
    )

    shop.imports(delivery_date=date(2024, 1, 1))

    assert shop.delivered() == {"2024-01-01/customers.csv": "customer_id,city\n1,false\n"}


def test_lists_built_in_mappings_and_the_users_own_which_win(shop: Shop) -> None:
    shop.has_select("customers", "select 1 as customer_id", mapping="northwind")
    shop.has_select("orders", "select 1", mapping="unfinished")

    listed = {info.name: info for info in list_mappings(shop.mappings)}

    assert list(listed) == ["northwind", "online_retail", "unfinished"]
    assert listed["northwind"].tables == ("customers",)
    assert not listed["northwind"].is_built_in
    assert listed["northwind"].folder == shop.mappings / "northwind"
    assert listed["online_retail"].is_built_in
    assert listed["unfinished"].tables == ()
    four = ("customers", "products", "transactions", "transaction_items")
    assert [(info.name, info.tables) for info in list_mappings(None)] == [
        ("northwind", four),
        ("online_retail", four),
    ]
    assert list_mappings(shop.mappings / "not there") == list_mappings(None)


def _write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel` is not installed")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(os.fspath(path))
