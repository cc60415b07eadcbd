"""Amounts and dates as a delivery declares to write them: read as meant, and never guessed."""

from decimal import Decimal

import pytest
from tests.shop import Shop, item, product, sale

from shopwright.config import ColumnSettings, DialectSettings, Settings, TableDialects
from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import DeliveryInvalid
from shopwright.orchestration.record import DeliveriesRefused

DAY = "2024-05-01"


def prices(shop: Shop, values: list[str], dialect: str, day: str = DAY) -> list[Decimal | None]:
    """What list prices become, None for those rejected; the products are called after them."""
    lines = "".join(f'"{value}";x;"{value}"\n' for value in values)
    shop.deliver_file(f"{day}/products.csv", f"product_id;product_name;unit_price\n{lines}")
    shop.deliver_file(f"{day}/delivery.toml", f"[dialect]\n{dialect}\n")
    shop.run()
    found = dict(shop.rows("select product_id, unit_price from production.products"))
    return [found.get(value.strip()) for value in values]


def numbers(*values: str | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


def test_a_decimal_comma_is_read_where_it_is_declared(shop: Shop) -> None:
    given = ["9,99", "0,5", "-1,25", "7", ",5", "9.99", "1.355,90", "1,355.90", "9,99,9", "x"]
    assert prices(shop, given, 'decimal = ","') == numbers(
        "9.99", "0.5", None, "7", "0.5", None, None, None, None, None
    )  # a list price below 0 breaks a rule


def test_a_decimal_comma_is_never_guessed(shop: Shop) -> None:
    assert prices(shop, ["9,99", "9.99", "1.355,90"], "") == numbers(None, "9.99", None)


@pytest.mark.parametrize(
    ("mark", "given"),
    [
        (".", ["1.355,90", "1.000.000", "999", "1355,9", "1.35", "1.3555", "12.34,5", "1,355"]),
        (" ", ["1 355,90", "1\u00a0000\u202f000", "999", "1355,9", "1 35", "1 3555", "12 34,5",
               "1,355"]),
        ("'", ["1'355,90", "1’000’000", "999", "1355,9", "1'35", "1'3555", "12'34,5", "1,355"]),
    ],
)  # fmt: skip
def test_thousands_are_read_where_their_mark_is_declared_and_well_placed(
    shop: Shop, mark: str, given: list[str]
) -> None:
    dialect = f'decimal = ","\nthousands = "{mark}"'
    assert prices(shop, given, dialect) == numbers(
        "1355.90", "1000000", "999", "1355.9", None, None, None, "1.355"
    )


def test_thousands_with_a_decimal_point(shop: Shop) -> None:
    assert prices(shop, ["1,355.90", "1,355", "1,35", "1.355,90"], 'thousands = ","') == numbers(
        "1355.90", "1355", None, None
    )


def test_staging_and_rejected_rows_keep_the_text_as_it_came(shop: Shop) -> None:
    prices(shop, ["1.355,90", "9.9"], 'decimal = ","\nthousands = "."')
    assert shop.rows("select unit_price from staging.products order by _place") == [
        ("1.355,90",), ("9.9",)
    ]  # fmt: skip
    assert shop.value("select row_data ->> 'unit_price' from quality.rejected_rows") == "9.9"


@pytest.mark.parametrize(
    ("date_format", "given"),
    [
        ("DD.MM.YYYY", ["03.04.2024 09:12", "3.4.2024", "31.12.2024 23:59", "2024-04-03 09:12"]),
        ("MM/DD/YYYY", ["04/03/2024 09:12 AM", "4/3/2024", "12/31/2024 23:59", "2024-04-03 09:12"]),
        ("YYYYMMDD", ["20240403 0912", "20240403", "20241231T23:59", "2024-04-03 09:12"]),
    ],
)
def test_dates_are_read_as_declared(shop: Shop, date_format: str, given: list[str]) -> None:
    shop.deliver(
        DAY, transactions=[sale(f"T{n}", at) for n, at in enumerate([*given, "32.13.2024", "13"])]
    )
    shop.deliver_file(f"{DAY}/delivery.toml", f'[dialect]\ndate_format = "{date_format}"\n')
    shop.run()
    assert shop.rows(
        "select transaction_id, to_char(transaction_at, 'YYYY-MM-DD HH24:MI')"
        " from production.transactions order by 1"
    ) == [
        ("T0", "2024-04-03 09:12"), ("T1", "2024-04-03 00:00"), ("T2", "2024-12-31 23:59"),
        ("T3", "2024-04-03 09:12"),
    ]  # fmt: skip
    assert shop.account("transactions") == (6, 4, 0, 2, 0)


def test_one_table_may_be_written_otherwise_and_a_waiting_row_keeps_its_dialect(shop: Shop) -> None:
    shop.deliver(DAY, products=[product(unit_price="1.5")], transactions=[sale()],
                 transaction_items=[item("I1", "T1", "P1", "2", "9,99"),
                                    item("I2", "T2", "P1", "1", "1,01")])  # fmt: skip
    shop.deliver_file(f"{DAY}/delivery.toml", '[dialect.transaction_items]\ndecimal = ","\n')
    shop.run()
    assert shop.account("transaction_items") == (2, 1, 0, 0, 1)
    shop.deliver("2024-05-02", transactions=[sale("T2")])
    shop.run()
    assert shop.rows("select item_id, net_amount from warehouse.fact_sales order by 1") == [
        ("I1", Decimal("19.98")), ("I2", Decimal("1.01"))
    ]  # fmt: skip
    assert shop.value("select unit_price from production.products") == Decimal("1.5")
    assert shop.rebuild() == {}


def test_a_declaration_made_later_is_a_correction(shop: Shop) -> None:
    shop.deliver(DAY, products=[product(unit_price="9,99")])
    shop.run()
    assert shop.account("products") == (1, 0, 0, 1, 0)
    shop.deliver_file(f"{DAY}/delivery.toml", '[dialect]\ndecimal = ","\n')
    assert shop.run().deliveries == [DAY]
    assert shop.value("select unit_price from production.products") == Decimal("9.99")
    assert shop.run().deliveries == []


def with_settings(shop: Shop, **sections: object) -> None:
    """Gives the workspace these settings."""
    settings = Settings.model_validate({**shop.workspace.settings.model_dump(), **sections})
    shop.workspace = Workspace(shop.workspace.folder, settings)


def test_the_workspace_declares_for_all_and_a_delivery_for_itself(shop: Shop) -> None:
    with_settings(
        shop, dialect=TableDialects(decimal=",", products=DialectSettings(encoding="cp850"))
    )
    shop.deliver_file(f"{DAY}/products.csv", "product_id,product_name,unit_price\nP1,Köln,'1'\n")
    shop.deliver_file(
        f"{DAY}/products.csv",
        'product_id,product_name,unit_price\nP1,Käse,"1,5"\n'.encode("cp850"),
    )
    shop.deliver("2024-05-02", products=[product("P2", unit_price="1.5")])
    shop.deliver_file("2024-05-02/delivery.toml", '[dialect]\ndecimal = "."\n')
    shop.run()
    assert shop.rows("select product_name, unit_price from production.products order by 1") == [
        ("Käse", Decimal("1.5")), ("Product P2", Decimal("1.5"))
    ]  # fmt: skip
    assert shop.row("select encoding, decimal_mark from ops.files order by file_id limit 1") == (
        "cp850", ","
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ['[dialect]\ndecimal = ";"', '[dialect]\nencoding = "klingon"', '[dialect]\ndelimiter = "ab"',
     '[dialect]\ndate_format = "day"', '[dialect]\nthousands = ","\ndecimal = ","',
     '[dialects]\ndecimal = ","', '[dialect.orders]\ndecimal = ","'],
)  # fmt: skip
def test_a_declaration_that_says_nothing_known_is_refused(shop: Shop, text: str) -> None:
    shop.deliver(DAY, products=[product()])
    shop.deliver_file(f"{DAY}/delivery.toml", text)
    with pytest.raises(DeliveryInvalid, match=rf"{DAY}/delivery.toml, line [12]: ") as caught:
        shop.run()
    assert "date_format" in caught.value.mend


def test_a_run_says_which_files_are_not_plain(shop: Shop) -> None:
    for day in (1, 2):
        text = f"customer_id;city\nC{day};Köln\n"
        shop.deliver_file(f"2024-05-0{day}/customers.csv", text.encode("cp1252"))
    shop.deliver("2024-05-03", products=[product()])
    (one,) = shop.run(one_by_one=True).readings
    assert (one.table, one.encoding, one.delimiter, one.files) == ("customers", "cp1252", ";", 2)


def test_a_required_column_is_mapped_by_the_workspace(shop: Shop) -> None:
    shop.deliver_file(f"{DAY}/customers.csv", "customerid,city\nC1,Ulm\n")
    with pytest.raises(
        DeliveriesRefused, match=r'\[columns.customers\] "customerid" = "customer_id"'
    ):
        shop.run()
    with_settings(shop, columns=ColumnSettings(customers={"customerid": "customer_id"}))
    assert shop.run().deliveries == [DAY]
    assert shop.value("select customer_id from production.customers") == "C1"
