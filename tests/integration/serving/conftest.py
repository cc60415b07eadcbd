"""A generated shop of 14 months, published once for all tests of the module; they only read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from tests.figures import exported_lines
from tests.shop import Shop, generated_shop

from shopwright.serving.export import export_tables
from shopwright.serving.query import reading


@dataclass(frozen=True)
class PublishedShop:
    """The shop, a connection of the reader, and its lines from the CSVs of an export."""

    shop: Shop
    connection: psycopg.Connection
    exports: Path
    lines: pl.DataFrame


@pytest.fixture(scope="package")
def sold(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PublishedShop]:
    """The published shop."""
    folder = tmp_path_factory.mktemp("sold")
    with generated_shop(
        server, template_database, folder / "shop",
        days=430, transactions=4000, seed=11, start=date(2023, 12, 1),
    ) as shop:  # fmt: skip
        export_tables(shop.database, folder / "exports")
        with reading(shop.database) as connection:
            lines = exported_lines(folder / "exports")
            yield PublishedShop(shop, connection, folder / "exports", lines)
