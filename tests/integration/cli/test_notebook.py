"""The notebook's shop: analyses, metrics and SQL as frames of pandas, Polars and Arrow."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from shopwright import Shop
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import WorkspaceNotFound
from shopwright.serving.semantic import Filters


@pytest.fixture
def shop(published: Path) -> Iterator[Shop]:
    """The published workspace of the verbs."""
    with Shop(published) as opened:
        yield opened


def test_an_analysis_as_frames(shop: Shop) -> None:
    found = shop.query("top_products", top=1)
    assert len(found) == 1
    assert found.dicts()[0]["net_amount"] == Decimal("10.0000")
    polars = found.to_polars()
    assert polars.schema["net_amount"] == pl.Decimal(38, 4)
    assert polars["product_id"].to_list() == ["P1"]
    assert polars.schema["order_count"] == pl.Int64


def test_the_same_in_pandas_and_arrow(shop: Shop) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    found = shop.query("top_products")
    assert found.to_arrow().column("net_amount").to_pylist() == [Decimal("10"), Decimal("5.5035")]
    frame = found.to_pandas()
    assert frame["net_amount"].dtype == "float64"
    assert frame["net_amount"].sum() == pytest.approx(15.5035)
    assert found.to_pandas(exact=True)["net_amount"].sum() == Decimal("15.5035")


def test_metrics_by_dimensions(shop: Shop) -> None:
    found = shop.metric("net", "orders", by=["day"], order=["-day"])
    assert found.columns == ("day", "net", "orders")
    assert found.rows == [
        (date(2024, 5, 2), Decimal("-10.0000"), 0), (date(2024, 5, 1), Decimal("25.5035"), 2)
    ]  # fmt: skip
    first = Filters(end=date(2024, 5, 1))
    assert shop.metric("net", where=first).rows == [(Decimal("25.5035"),)]


def test_sql_and_its_role(shop: Shop) -> None:
    assert shop.sql("select current_user as role").rows == [("shopwright_reader",)]
    with pytest.raises(ShopwrightError, match="email"):
        shop.sql("select email from production.customers")
    with pytest.raises(ShopwrightError, match="nett"):
        shop.query("top_products", nett=1)


def test_a_folder_without_a_workspace_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceNotFound):
        Shop(tmp_path)
