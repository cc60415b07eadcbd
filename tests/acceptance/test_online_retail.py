"""Online Retail: a real shop's year as 305 deliveries, against figures computed elsewhere.

UCI Machine Learning Repository (Chen, Sain, Guo), CC BY 4.0.
"""

import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.conftest import Imported
from tests.every_metric import check_every_metric, check_the_dashboard, days
from tests.figures import exported_lines
from tests.shop import Shop, empty_shop

from shopwright.serving.export import export_tables
from shopwright.serving.query import reading
from shopwright.serving.semantic import Filters, answer
from shopwright.storage.database import Database
from shopwright.visualization.columnar_copy import ColumnarCopy

NET_REJECTED = (
    "select coalesce(sum(cast(row_data ->> 'quantity' as numeric)"
    " * cast(row_data ->> 'unit_price' as numeric)), 0) from quality.rejected_rows as entry"
)
DAYS = 15
"""For the orders that publish one by one; all 305 for those that do not."""


@pytest.fixture(scope="module")
def shop(shop_of_module: Shop, online_retail_deliveries: Imported) -> Shop:
    """All 305 deliveries, published at once."""
    link(online_retail_deliveries, shop_of_module)
    result = shop_of_module.run()
    assert (len(result.deliveries), result.batch_count) == (305, 1)
    return shop_of_module


def link(imported: Imported, shop: Shop, days: slice = slice(None), suffix: str = "") -> None:
    """Puts a copy of deliveries into the shop."""
    for folder in sorted(imported.deliveries.iterdir())[days]:
        shutil.copytree(folder, shop.workspace.deliveries / f"{folder.name}{suffix}")


def test_every_row_is_accounted_for(shop: Shop, online_retail_deliveries: Imported) -> None:
    lines = online_retail_deliveries.answers["row_counts"][0]["lines"]
    for table in ("customers", "products", "transactions", "transaction_items"):
        rows, accepted, duplicates, rejected, waiting = shop.account(table)
        assert rows == accepted + duplicates + rejected
        assert waiting == 0
        assert accepted == rows or table == "transaction_items", table
        kept = "select count(*) from quality.rejected_rows where table_name = %s"
        assert shop.value(kept, [table]) == rejected
    assert shop.account("transaction_items")[0] == lines == 541_909
    assert shop.rows(
        "select rule_name, row_count from quality.rule_results where severity = 'reject'"
        " order by rule_name"
    ) == [("quantity_is_negative_in_a_sale", 1336), ("unit_price_is_negative", 2)]


def test_accepted_and_rejected_net_is_the_published_total(
    shop: Shop, online_retail_deliveries: Imported
) -> None:
    revenue = online_retail_deliveries.answers["revenue"][0]
    accepted = shop.value("select sum(net_amount) from warehouse.fact_sales")
    assert accepted + shop.value(NET_REJECTED) == Decimal("9747747.934")
    assert Decimal(revenue["net"]) == Decimal("9747747.934")
    gross = shop.value("select sum(gross_amount) from warehouse.agg_daily_sales")
    assert gross == Decimal("10666684.544") == Decimal(revenue["gross"])


def test_invoices_returns_and_customers_are_all_there(
    shop: Shop, online_retail_deliveries: Imported
) -> None:
    counts = online_retail_deliveries.answers["row_counts"][0]
    assert shop.row(
        "select count(*), count(*) filter (where transaction_type = 'return')"
        " from production.transactions"
    ) == (25_900, 3_836)
    assert (counts["invoices"], counts["cancelled_invoices"]) == (25_900, 3_836)
    customers = counts["customers_with_an_invoice"]
    assert shop.value("select count(*) from production.customers") == customers == 4_372
    assert shop.value(
        "select count(distinct customer_id) from warehouse.dim_customer where customer_key <> 0"
    ) == customers  # fmt: skip
    assert shop.value("select count(*) from production.products") == counts["stock_codes"]


def test_every_month_is_right(shop: Shop, online_retail_deliveries: Imported) -> None:
    months = "to_char(business_date, 'YYYY-MM')"
    invoices = dict(shop.rows(f"select {months}, count(*) from production.transactions group by 1"))
    accepted = dict(
        shop.rows(f"select {months}, sum(net_amount) from warehouse.agg_daily_sales group by 1")
    )
    rejected = dict(
        shop.rows(
            NET_REJECTED.replace("select", f"select {months},", 1)
            + " inner join production.transactions on transaction_id"
            " = entry.row_data ->> 'transaction_id' group by 1"
        )
    )
    gross = dict(
        shop.rows(f"select {months}, sum(gross_amount) from warehouse.agg_daily_sales group by 1")
    )
    for month in online_retail_deliveries.answers["revenue_by_month"]:
        name = month["ym"]
        assert accepted[name] + rejected.get(name, 0) == Decimal(month["net"]), name
        assert invoices[name] == month["invoices"], name
        assert gross[name] == Decimal(month["gross"]), name
    assert len(invoices) == len(online_retail_deliveries.answers["revenue_by_month"]) == 13


FILTERS = {
    "a month": Filters(days("2011-03-01"), days("2011-03-31")),
    "some days": Filters(days("2011-05-10"), days("2011-06-14")),
    "countries": Filters(values={"customer_country": ["Germany", "France"], "weekday": [1, 4]}),
    "products": Filters(values={"product": ["85123A", "22423", "POST"]}),
    "all of it": Filters(
        days("2011-01-01"), days("2011-06-30"),
        {"shipping_country": ["EIRE", "Norway"], "hour": [9, 10, 11, 12]},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def lines(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Its lines, from the CSVs of an export."""
    folder = tmp_path_factory.mktemp("exports")
    export_tables(shop.database, folder)
    return exported_lines(folder)


@pytest.fixture(scope="module")
def copy(shop: Shop) -> Iterator[ColumnarCopy]:
    """The dashboard's copy of it."""
    with reading(shop.database) as connection, closing(ColumnarCopy(connection)) as made:
        yield made


@pytest.mark.parametrize("name", FILTERS)
def test_every_metric_is_the_same_whatever_the_path(
    copy: ColumnarCopy, lines: pl.DataFrame, name: str
) -> None:
    """By every dimension: aggregates and star in columns against Polars over the exported CSVs."""
    compared, _ = check_every_metric(copy.answer, lines, FILTERS[name])
    assert compared > 5_000


def test_postgresql_and_the_dashboard_say_the_same_of_a_month(
    shop: Shop, copy: ColumnarCopy, lines: pl.DataFrame
) -> None:
    where = FILTERS["a month"]
    with reading(shop.database) as connection:
        check_every_metric(partial(answer, connection), lines, where)
    compared = check_the_dashboard(copy, lines, where)
    assert compared > 5_000


def test_top_products_are_right(shop: Shop, online_retail_deliveries: Imported) -> None:
    table = "warehouse.agg_product_performance"
    net = dict(shop.rows(f"select product_id, sum(net_amount) from {table} group by 1"))
    rejected = dict(
        shop.rows(
            NET_REJECTED.replace("select", "select row_data ->> 'product_id',", 1) + " group by 1"
        )
    )
    for product in online_retail_deliveries.answers["top5_products_net"]:
        code = product["StockCode"]
        assert net[code] + rejected.get(code, 0) == Decimal(product["net"]), code


@pytest.mark.parametrize("dimension", ["customer", "product"])
def test_versions_cover_all_time_without_gap_or_overlap(shop: Shop, dimension: str) -> None:
    versions: dict[str, list[tuple[str, str, bool]]] = {}
    for key, *interval in shop.rows(
        f"select {dimension}_id, valid_from::text, valid_to::text, is_current"
        f" from warehouse.dim_{dimension} where {dimension}_key <> 0 order by 1, valid_from"
    ):
        versions.setdefault(key, []).append(tuple(interval))
    assert len(versions) == {"customer": 4_372, "product": 4_070}[dimension]
    for key, intervals in versions.items():
        assert [is_current for *_, is_current in intervals].count(True) == 1, key
        assert intervals[-1][2], key
        starts, ends = [one[0] for one in intervals], [one[1] for one in intervals]
        assert starts == ["1900-01-01 00:00:00+00", *ends[:-1]], key
        assert ends[-1] == "9999-12-31 00:00:00+00", key


def test_every_change_of_a_name_is_a_version(
    shop: Shop, online_retail_deliveries: Imported
) -> None:
    delivered = shop.rows(
        "select product_id, trim(product_name) from staging.located_products"
        " order by product_id, coalesce(updated_at, _delivery_date::text), _file, _row"
    )
    changes: dict[str, list[str]] = {}
    for key, name in delivered:
        names = changes.setdefault(key, [])
        if not names or names[-1] != name:
            names.append(name)
    published: dict[str, list[str]] = {}
    for key, name in shop.rows(
        "select product_id, product_name from warehouse.dim_product where product_key <> 0"
        " order by product_id, valid_from"
    ):
        published.setdefault(key, []).append(name)
    assert published == changes
    assert sum(len(set(names)) > 1 for names in published.values()) > 500


def test_every_line_points_at_the_versions_valid_at_its_time(shop: Shop) -> None:
    assert (
        shop.row(
            "select count(*), count(*) filter (where products.product_id = items.product_id"
            " and transactions.transaction_at >= products.valid_from"
            " and transactions.transaction_at < products.valid_to"
            " and customers.customer_id = coalesce(transactions.customer_id, '(guest)')"
            " and transactions.transaction_at >= customers.valid_from"
            " and transactions.transaction_at < customers.valid_to)"
            " from warehouse.fact_sales as sales"
            " inner join production.transaction_items as items using (item_id)"
            " inner join production.transactions"
            " on transactions.transaction_id = items.transaction_id"
            " inner join warehouse.dim_product as products using (product_key)"
            " inner join warehouse.dim_customer as customers using (customer_key)"
        )
        == (540_571,) * 2
    )
    assert shop.value("select count(*) from warehouse.fact_sales") == 540_571


def test_deriving_it_anew_finds_nothing_to_mend(shop: Shop) -> None:
    assert shop.rebuild() == {}


@pytest.fixture
def other(database: Database, tmp_path: Path) -> Shop:
    """Another shop."""
    return Shop(tmp_path, database)


@cache
def fingerprint_of(shop: Shop) -> dict[str, tuple[int, int]]:
    """What a shop that is only read holds."""
    return shop.fingerprint()


def differences(one: Shop, other: Shop) -> set[str]:
    first, second = fingerprint_of(one), other.fingerprint()
    return {name for name in first if first[name] != second[name]}


def test_each_twice_and_some_of_them_once_more_gives_the_same(
    shop: Shop, other: Shop, online_retail_deliveries: Imported
) -> None:
    link(online_retail_deliveries, other)
    link(online_retail_deliveries, other, suffix="-again")
    other.run()
    assert differences(shop, other) == set()
    lines, accepted, duplicates, rejected, waiting = other.account("transaction_items")
    assert (lines, accepted, waiting) == (2 * 541_909, 540_571, 0)
    assert (duplicates, rejected) == (541_909, 541_909 - 540_571)

    link(online_retail_deliveries, other, slice(0, None, 30), suffix="-once-more")
    other.run()
    assert differences(shop, other) == set()


def join(imported: Imported, delivery: Path) -> None:
    """Writes all deliveries as one: a file for each table, the rows in the order of their days."""
    delivery.mkdir()
    for folder in sorted(imported.deliveries.iterdir()):
        for file in sorted(folder.iterdir()):
            header, _, rows = file.read_bytes().partition(b"\n")
            whole = delivery / file.name
            if whole.exists():
                with whole.open("rb") as begun:
                    assert begun.readline().rstrip() == header
            else:
                whole.write_bytes(header + b"\n")
            with whole.open("ab") as end:
                end.write(rows)


def test_one_delivery_of_one_file_a_table_gives_the_same(
    shop: Shop, other: Shop, online_retail_deliveries: Imported
) -> None:
    join(online_retail_deliveries, other.workspace.deliveries / "2011-12-09")
    result = other.run()
    assert (result.deliveries, result.batch_count) == (["2011-12-09"], 1)
    assert other.value("select count(*) from ops.files") == 4
    assert differences(shop, other) == set()
    for table in ("customers", "products", "transactions", "transaction_items"):
        assert other.account(table) == shop.account(table), table
        # the mapping says of every row since when it holds: the delivery's date decides nothing
        undated = f"select count(*) from staging.{table} where updated_at is null"
        assert other.value(undated) == 0, table
    assert other.rebuild() == {}


def test_groups_in_shuffled_order_give_the_same(
    shop: Shop, other: Shop, online_retail_deliveries: Imported
) -> None:
    """Two runs of about 150 deliveries each, from all over the year."""
    days = list(range(305))
    random.Random(305).shuffle(days)
    for group in range(2):
        for day in days[group::2]:
            link(online_retail_deliveries, other, slice(day, day + 1))
        other.run()
    assert differences(shop, other) == set()
    assert other.rebuild() == {}
    assert other.account("transaction_items") == shop.account("transaction_items")


@pytest.fixture(scope="module")
def month(
    server: object, template_database: str, online_retail_deliveries: Imported,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:  # fmt: skip
    """The first deliveries, published at once."""
    with empty_shop(server, template_database, tmp_path_factory.mktemp("month")) as shop:
        link(online_retail_deliveries, shop, slice(DAYS))
        shop.run()
        yield shop


def test_one_by_one_gives_the_same(
    month: Shop, other: Shop, online_retail_deliveries: Imported
) -> None:
    link(online_retail_deliveries, other, slice(DAYS))
    assert other.run(one_by_one=True).batch_count == DAYS
    assert differences(month, other) == set()


def test_in_reverse_order_gives_the_same(
    month: Shop, other: Shop, online_retail_deliveries: Imported
) -> None:
    for day in reversed(range(DAYS)):
        link(online_retail_deliveries, other, slice(day, day + 1))
        other.run()
    assert differences(month, other) == set()
    assert other.rebuild() == {}
    assert other.account("transaction_items") == month.account("transaction_items")
