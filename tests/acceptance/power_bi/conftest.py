"""Four shops, published and exported, with their models and rows; the tests only read them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.acceptance.conftest import DEMO
from tests.shop import Shop, empty_shop, generated_shop

from shopwright.config import ShopSettings
from shopwright.serving.export import export_tables
from shopwright.serving.query import reading
from shopwright.visualization.definitions import visuals
from shopwright.visualization.power_bi.model import semantic_model
from shopwright.visualization.power_bi.selects import selects_of
from shopwright.visualization.power_bi.sources import FilesSource
from shopwright.visualization.power_bi.tmdl import Model

SETTINGS = ShopSettings(name="Corner shop", currency="EUR", timezone="Europe/Berlin")


@dataclass(frozen=True)
class Exported:
    """A published shop, a connection of the reader, its export and the model over it."""

    shop: Shop
    connection: psycopg.Connection
    folder: Path
    model: Model


@pytest.fixture(scope="session")
def exported(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[str], Exported]]:  # fmt: skip
    """Gives a shop by its name: `generated`, `northwind` or `online_retail`."""
    made: dict[str, Exported] = {}
    with ExitStack() as stack:

        def give(name: str) -> Exported:
            if name not in made:
                folder = tmp_path_factory.mktemp(name)
                shop = stack.enter_context(_shop(name, server, template_database, folder, request))
                export_tables(shop.database, folder / "exports", "parquet")
                connection = stack.enter_context(reading(shop.database))
                made[name] = Exported(
                    shop, connection, folder / "exports", model_of(connection, folder / "exports")
                )
            return made[name]

        yield give


def model_of(connection: psycopg.Connection, folder: Path) -> Model:
    """The model over an export."""
    selects = selects_of(list(visuals().values()), connection, SETTINGS.timezone)
    source = FilesSource(f"{folder}/")
    return semantic_model(SETTINGS.name, SETTINGS.currency, visuals(), selects, source)


def _shop(
    name: str, server: Any, template: str, folder: Path, request: pytest.FixtureRequest
) -> Any:  # fmt: skip
    if name == "generated":
        return generated_shop(
            server, template, folder / "shop",
            days=430, transactions=900, seed=11, start=date(2024, 1, 1),
        )  # fmt: skip
    if name == "demo":
        return generated_shop(server, template, folder / "shop", **DEMO)
    fixture = "online_retail_part" if name == "online_retail" else f"{name}_deliveries"
    imported = request.getfixturevalue(fixture)
    return _imported_shop(server, template, folder, imported.deliveries)


@contextmanager
def _imported_shop(server: Any, template: str, folder: Path, deliveries: Path) -> Iterator[Shop]:
    """A published shop of imported deliveries."""
    with empty_shop(server, template, folder / "shop") as shop:
        for delivery in deliveries.iterdir():
            shutil.copytree(delivery, shop.workspace.deliveries / delivery.name)
        shop.run()
        yield shop
