"""The forms in which files may come: what is loaded is what was written, letter by letter."""

import random
from pathlib import Path

import pytest
import zstandard
from tests.shop import Shop, csv_bytes, customer, item, product, sale

DIMENSIONS = (
    "select customer_id, first_name, address from production.customers order by customer_id"
)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst"])
def test_packed_files_hold_the_same(shop: Shop, ending: str) -> None:
    rows = [customer(f"C{n:05}", first_name=f"Ada {n}") for n in range(20_000)]
    shop.deliver_file(f"2024-05-01/customers.{ending}", csv_bytes(rows))
    shop.run()
    assert shop.account("customers") == (20_000, 20_000, 0, 0, 0)
    assert shop.row("select min(customer_id), max(first_name) from production.customers") == (
        "C00000", "Ada 9999"
    )  # fmt: skip
    assert shop.value("select byte_count from ops.files") == (
        (shop.workspace.deliveries / f"2024-05-01/customers.{ending}").stat().st_size
    )


def test_a_zstd_file_of_several_frames_is_read_to_its_end(shop: Shop) -> None:
    path = shop.deliver_file("2024-05-01/customers.csv.zst", "customer_id\nC1\n")
    path.write_bytes(path.read_bytes() + zstandard.compress(b"C2\nC3\n"))
    shop.run()
    assert shop.account("customers") == (3, 3, 0, 0, 0)


def test_a_gzip_file_of_several_members_is_read_to_its_end(shop: Shop) -> None:
    path = shop.deliver_file("2024-05-01/customers.csv.gz", "customer_id\nC1\n")
    other = shop.deliver_file("other.gz", "C2\nC3\n")
    path.write_bytes(path.read_bytes() + other.read_bytes())
    other.unlink()
    shop.run()
    assert shop.account("customers") == (3, 3, 0, 0, 0)


def test_parts_are_one_table_whatever_their_columns_and_their_order(shop: Shop) -> None:
    shop.deliver_file("2024-05-01/customers-1.csv", "customer_id,first_name\nC1,Ada\n")
    shop.deliver_file("2024-05-01/customers-2.csv.gz", "address;customer_id\nLane 2;C2\n")
    shop.deliver_file("2024-05-01/customers.csv.zst", "first_name,customer_id,age\nEve,C3,7\n")
    shop.run()
    assert shop.rows(DIMENSIONS) == [
        ("C1", "Ada", None), ("C2", None, "Lane 2"), ("C3", "Eve", None)
    ]  # fmt: skip
    assert shop.rows("select file_name, row_count from ops.files order by file_name") == [
        ("customers-1.csv", 1), ("customers-2.csv.gz", 1), ("customers.csv.zst", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(shop: Shop, delimiter: str) -> None:
    rows = [customer("C1", first_name=f"a{delimiter}b", address="Lane 1, left; right")]
    shop.deliver_file("2024-05-01/customers.csv", csv_bytes(rows, delimiter))
    shop.run()
    assert shop.rows(DIMENSIONS) == [("C1", f"a{delimiter}b", "Lane 1, left; right")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_the_line_end_are_no_part_of_the_data(
    shop: Shop, mark: bytes, line_end: str
) -> None:
    text = line_end.join(["customer_id,first_name,address", "C1,Ada,Lane 1", "C2,Zoë,Straße 2"])
    shop.deliver_file("2024-05-01/customers.csv", mark + text.encode())
    shop.run()
    assert shop.rows(DIMENSIONS) == [("C1", "Ada", "Lane 1"), ("C2", "Zoë", "Straße 2")]


def test_leading_zeros_underscores_and_odd_keys_survive(shop: Shop) -> None:
    keys = ["007", "29051_00040", "1e5", "SAT", "0x1F", "NULL", "a'b", "名前", "true"]
    shop.deliver("2024-05-01", customers=[customer(key, postal_code="01067") for key in keys])
    shop.run()
    assert {key for key, *_ in shop.rows(DIMENSIONS)} == set(keys)
    assert shop.value("select distinct postal_code from production.locations") == "01067"


def test_any_order_of_columns_and_blanks_around_their_names(shop: Shop) -> None:
    shop.deliver_file("2024-05-01/products.csv", "unit_cost , product_name,product_id\n4,Lamp,P1\n")
    shop.run()
    assert shop.row("select product_id, product_name, unit_cost from production.products") == (
        "P1", "Lamp", 4
    )  # fmt: skip


def test_optional_columns_may_be_absent_from_all_four(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer()],
        products=[product()],
        transactions=[sale(customer_id="C1")],
        transaction_items=[item()],
    )
    shop.run()
    assert shop.row(
        "select customers.country, category, brand, unit_cost, cost_amount, profit_amount,"
        " net_amount, channel from warehouse.fact_sales"
        " inner join warehouse.dim_customer as customers using (customer_key)"
        " inner join warehouse.dim_product using (product_key)"
    ) == ("Unknown", "Unknown", "Unknown", None, None, None, 10, None)


def test_extra_columns_are_kept_in_staging(shop: Shop) -> None:
    shop.deliver_file(
        "2024-05-01/products.csv",
        'product_id,product_name,Colour of "it",select\nP1,Lamp,red,x\nP2,Bulb,,\n',
    )
    shop.run()
    assert shop.rows(
        'select product_id, "Colour of ""it""", "select" from staging.products order by _place'
    ) == [("P1", "red", "x"), ("P2", None, None)]


def test_staging_holds_the_text_as_it_was_delivered(shop: Shop) -> None:
    shop.deliver_file(
        "2024-05-01/customers.csv", 'customer_id,first_name,phone\n  C1 ,"",00 49\nC2,," x\ny "\n'
    )
    shop.run()
    assert shop.rows(
        "select _row, customer_id, first_name, phone, last_name"
        " from staging.located_customers order by 1"
    ) == [(2, "  C1 ", "", "00 49", None), (3, "C2", None, " x\ny ", None)]
    assert shop.row("select first_name, phone from production.customers where customer_id = 'C1'"
                    ) == (None, "00 49")  # fmt: skip


def test_a_row_has_the_number_of_its_line_in_its_file(shop: Shop) -> None:
    shop.deliver_file("2024-05-01/products-1.csv", "product_id,product_name\nP1,a\n,b\n")
    shop.deliver_file("2024-05-01/products-2.csv", 'product_id,product_name\n,"c\n"\nP2,d\n,e\n')
    shop.run()
    assert shop.rows(
        "select file_name, row_number, row_data ->> 'product_name' from quality.rejected_rows"
        " inner join ops.files using (file_id) order by 1, 2"
    ) == [("products-1.csv", 3, "b"), ("products-2.csv", 2, "c\n"), ("products-2.csv", 5, "e")]


@pytest.mark.parametrize("content", ["customer_id,segment\n", "customer_id", "customer_id\r\n"])
def test_a_file_of_a_header_alone_is_a_delivery_without_rows(shop: Shop, content: str) -> None:
    shop.deliver_file("2024-05-01/customers.csv", content)
    shop.deliver("2024-05-02", products=[product()])
    result = shop.run()
    assert result.deliveries == ["2024-05-01", "2024-05-02"]
    assert shop.value("select row_count from ops.files where table_name = 'customers'") == 0
    assert shop.value("select count(*) from production.products") == 1


def test_the_day_may_come_from_the_deliverys_settings(shop: Shop) -> None:
    shop.deliver("export-17", customers=[customer()])
    shop.deliver_file("export-17/delivery.toml", "date = 2023-04-05\n")
    shop.deliver_file("export-17/README.txt", "no table")
    shop.run()
    assert shop.row(
        "select delivery_date::text, updated_at::text from ops.deliveries, production.customers"
    ) == ("2023-04-05", "2023-04-05 00:00:00+00")


def test_many_bytes_arrive_unchanged(shop: Shop, tmp_path: Path) -> None:
    chance = random.Random(7)
    letters = "abcäöü€😀\"',;|\t\n\r\\ "
    rows = [
        customer(f"C{n:04}", address="x" + "".join(chance.choices(letters, k=700)) + "x")
        for n in range(3000)  # more than the megabyte that is read at a time
    ]
    path = shop.deliver("2024-05-01", customers=rows) / "customers.csv"
    assert path.stat().st_size > 2_000_000
    shop.run()
    assert shop.rows("select customer_id, address from staging.customers order by _place") == [
        (row["customer_id"], row["address"]) for row in rows
    ]


def test_the_end_of_data_mark_inside_a_text_cuts_nothing_off(shop: Shop) -> None:
    content = 'customer_id,address\nC1,"a\n\\.\nb"\nC2,\n'
    shop.deliver_file("2024-05-01/customers.csv", content)
    shop.run()
    assert shop.rows("select customer_id, address from staging.customers order by _place") == [
        ("C1", "a\n\\.\nb"),
        ("C2", None),
    ]
