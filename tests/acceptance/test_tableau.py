"""Tableau workbooks of real shops: accepted by its schema, and their extracts equal PostgreSQL.

Of Online Retail (UCI, CC BY 4.0) these are the first 15 days; SHOPWRIGHT_TEST_WHOLE_SHOPS=1 takes
all of them, and the shop of `shopwright demo`.
"""

import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.acceptance.conftest import DEMO, WHOLE_SHOPS, Imported
from tests.extracts import check_extract
from tests.shop import Shop, generated_shop
from tests.tableau import schema_faults

from shopwright.config import ShopSettings
from shopwright.serving.query import reading
from shopwright.storage.database import Database
from shopwright.visualization.tableau.connections import CsvConnection
from shopwright.visualization.tableau.lints import find_faults
from shopwright.visualization.tableau.package import WORKBOOK, build


def _published(shop: Shop, imported: Imported) -> None:
    for folder in imported.deliveries.iterdir():
        shutil.copytree(folder, shop.workspace.deliveries / folder.name)
    shop.run()


def _accepted(database: Database, folder: Path) -> None:
    """Built over CSV files, as without the extra."""
    with reading(database) as connection:
        built = build(connection, ShopSettings(), folder, CsvConnection())
    text = (folder / WORKBOOK).read_text()
    assert find_faults(ET.fromstring(text)) == []
    assert schema_faults(text) == []
    assert built.worksheets > 50
    assert built.rows > 2000


def test_northwind(database: Database, northwind_deliveries: Imported, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", database)
    _published(shop, northwind_deliveries)
    _accepted(database, tmp_path / "csv")
    with reading(database) as connection:
        assert check_extract(connection, tmp_path / "extract") > 1500


def test_a_part_of_online_retail(
    database: Database, online_retail_part: Imported, tmp_path: Path
) -> None:
    shop = Shop(tmp_path / "shop", database)
    _published(shop, online_retail_part)
    _accepted(database, tmp_path / "csv")
    with reading(database) as connection:
        assert check_extract(connection, tmp_path / "extract") > 500


@pytest.mark.skipif(not WHOLE_SHOPS, reason="takes a minute: SHOPWRIGHT_TEST_WHOLE_SHOPS=1")
def test_the_demo(server: Any, template_database: str, tmp_path: Path) -> None:
    with generated_shop(server, template_database, tmp_path / "shop", **DEMO) as shop:
        _accepted(shop.database, tmp_path / "csv")
        with reading(shop.database) as connection:
            assert check_extract(connection, tmp_path / "extract") > 500
