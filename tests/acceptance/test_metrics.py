"""Every metric by every dimension on Northwind, a real shop, whatever the path."""

import shutil
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path

import polars as pl
import psycopg
import pytest
from tests.acceptance.conftest import Imported
from tests.every_metric import check_every_metric, days
from tests.figures import exported_lines
from tests.shop import Shop

from shopwright.serving.export import export_tables
from shopwright.serving.query import reading
from shopwright.serving.semantic import Filters, answer

FILTERS = {
    "all": Filters(),
    "a year": Filters(days("1997-01-01"), days("1997-12-31")),
    "some days": Filters(days("1997-02-11"), days("1998-03-17")),
    "values": Filters(values={"customer_country": ["Germany", "France"], "weekday": [1, 2, 5]}),
    "lines": Filters(days("1997-06-01"), None, {"category": ["Beverages", "Seafood"]}),
}


@pytest.fixture(scope="module")
def shop(shop_of_module: Shop, northwind_deliveries: Imported) -> Shop:
    """Northwind, published."""
    for folder in northwind_deliveries.deliveries.iterdir():
        shutil.copytree(folder, shop_of_module.workspace.deliveries / folder.name)
    shop_of_module.run()
    return shop_of_module


@pytest.fixture(scope="module")
def lines(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Its lines, from the CSVs of an export."""
    folder = tmp_path_factory.mktemp("exports")
    export_tables(shop.database, folder)
    return exported_lines(folder)


@pytest.fixture(scope="module")
def connection(shop: Shop) -> Iterator[psycopg.Connection]:
    """The reader's."""
    with reading(shop.database) as opened:
        yield opened


@pytest.mark.parametrize("name", FILTERS)
def test_every_path_gives_the_same_figure(
    connection: psycopg.Connection, lines: pl.DataFrame, name: str
) -> None:
    compared, _ = check_every_metric(partial(answer, connection), lines, FILTERS[name])
    assert compared > 5_000


def test_the_metrics_are_those_of_the_delivered_csvs(
    shop: Shop, connection: psycopg.Connection
) -> None:
    """Nothing of ours in between: orders, units and gross by month, shipping by year."""
    orders = _delivered(shop.workspace.deliveries, "transactions")
    items = _delivered(shop.workspace.deliveries, "transaction_items").join(
        orders.select("transaction_id", month=pl.col("transaction_at").str.slice(0, 7)),
        on="transaction_id",
    )
    exact = pl.Decimal(38, 8)
    quantity = pl.col("quantity").cast(exact)
    expected = items.group_by("month").agg(
        pl.col("transaction_id").n_unique(),
        quantity.sum().alias("units"),
        (quantity * pl.col("unit_price").cast(exact)).sum().alias("gross"),
    )
    found = answer(connection, ["orders", "units", "gross"], ["month"]).rows
    assert sorted((f"{day:%Y-%m}", *rest) for day, *rest in found) == sorted(expected.rows())
    ((shipping,),) = answer(connection, ["shipping"]).rows
    assert shipping == sum(map(Decimal, orders["shipping_amount"]))


def test_totals_by_year_are_the_published_ones(
    connection: psycopg.Connection, northwind_deliveries: Imported
) -> None:
    found = {
        str(day.year): (orders, net.quantize(Decimal("0.01"), ROUND_HALF_UP))
        for day, orders, net in answer(connection, ["orders", "net"], ["year"]).rows
    }
    assert found == {
        str(one["y"]): (one["orders"], Decimal(one["net"]))
        for one in northwind_deliveries.answers["revenue_by_year"]
    }


def _delivered(folder: Path, table: str) -> pl.DataFrame:
    files = sorted(folder.glob(f"*/{table}*.csv"))
    assert files
    return pl.concat([pl.read_csv(file, infer_schema=False) for file in files])
