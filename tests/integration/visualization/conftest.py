"""A generated shop of 14 months, published once, and its dashboard; the tests only read."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.shop import Shop, generated_shop

from shopwright.config import ShopSettings
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.warehouse import Warehouse
from shopwright.visualization.web.security import Access
from shopwright.visualization.web.server import application


@dataclass(frozen=True)
class Shown:
    """A published shop, its dashboard, and a browser of sorts."""

    shop: Shop
    dashboard: Dashboard
    client: TestClient

    def page(self, name: str, query: str = "") -> dict[str, Any]:
        """The visuals of a page by their names."""
        answer = self.client.get(f"/api/pages/{name}?{query}")
        assert answer.status_code == 200, answer.text
        visuals = answer.json()["visuals"]
        return {one.removeprefix(f"{name}."): figures for one, figures in visuals.items()}

    def visual(self, name: str, query: str = "") -> dict[str, Any]:
        """One visual by its id."""
        answer = self.client.get(f"/api/visuals/{name}?{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="package")
def shown(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    """The dashboard of a shop, answered from its copy."""
    with (
        generated_shop(
            server, template_database, tmp_path_factory.mktemp("shown"),
            days=430, transactions=3000, seed=5, start=date(2023, 12, 1),
        ) as shop,
        closing(Warehouse(shop.database)) as warehouse,
    ):  # fmt: skip
        dashboard = Dashboard(warehouse, ShopSettings(name="Corner shop"))
        assert warehouse.wait(60)
        client = TestClient(
            application(dashboard, Access()), base_url="http://localhost",
            raise_server_exceptions=False,
        )  # fmt: skip
        yield Shown(shop, dashboard, client)
