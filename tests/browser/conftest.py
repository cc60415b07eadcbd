"""The dashboard of a generated shop on a real server, and Chromium to look at it; both made once.

Without Chromium (Debian: `apt-get install chromium`) or Playwright these tests are skipped.
"""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import uvicorn
from tests.browser.screen import Screen
from tests.shop import generated_shop

from shopwright.serving.query import reading
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.warehouse import Warehouse
from shopwright.visualization.web.security import Access
from shopwright.visualization.web.server import application

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_START_SECONDS = 20


@dataclass(frozen=True)
class Site:
    """A dashboard that is served, and its shop."""

    address: str
    dashboard: Dashboard
    connection: psycopg.Connection

    def figure(self, select: str, where: str = "true", **given: object) -> Decimal:
        """One figure, by SQL of its own over the lines of the star."""
        found = self.connection.execute(
            f"""
            select {select}
            from warehouse.fact_sales as sales
            inner join warehouse.dim_date as dates using (date_key)
            inner join warehouse.dim_product as products using (product_key)
            inner join warehouse.dim_customer as customers using (customer_key)
            inner join warehouse.dim_payment_method as methods using (payment_method_key)
            where dates.full_date between %(first)s and %(last)s and ({where})
            """,
            {**self.days, **given},
        ).fetchone()
        return found[0] or Decimal(0)

    @property
    def days(self) -> dict[str, date]:
        """First and last day that the page opens with."""
        overview = self.dashboard.overview()
        (preset,) = (
            one for one in overview["presets"] if one["name"] == overview["default_preset"]
        )
        return {
            "first": date.fromisoformat(preset["from"]),
            "last": date.fromisoformat(preset["to"]),
        }

    def most_sold(self, column: str) -> str:
        """The value of a column with the greatest revenue."""
        found = self.connection.execute(
            f"""
            select {column}
            from warehouse.fact_sales as sales
            inner join warehouse.dim_product as products using (product_key)
            inner join warehouse.dim_customer as customers using (customer_key)
            inner join warehouse.dim_payment_method as methods using (payment_method_key)
            where {column} not in ('Unknown', '')
            group by {column} order by sum(net_amount) desc limit 1
            """
        ).fetchone()
        return str(found[0])


@pytest.fixture(scope="session")
def site(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The served dashboard of 130 days of a generated shop."""
    with (
        generated_shop(
            server, template_database, tmp_path_factory.mktemp("browser") / "shop",
            days=130, transactions=3000, seed=11, start=date(2024, 2, 1),
        ) as shop,
        closing(Warehouse(shop.database)) as warehouse,
    ):  # fmt: skip
        dashboard = Dashboard(warehouse, shop.workspace.settings.shop)
        with reading(shop.database) as connection, served(dashboard) as address:
            yield Site(address, dashboard, connection)


class served:  # noqa: N801  (reads as what it gives)
    """Serves a dashboard on a free port of this machine; the address is what `with` gives."""

    def __init__(self, dashboard: Dashboard) -> None:
        config = uvicorn.Config(
            application(dashboard, Access()), host="127.0.0.1", port=0, log_level="error"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        waited = threading.Event()
        for _ in range(_START_SECONDS * 20):
            if self._server.started:
                break
            waited.wait(0.05)
        (listening,) = self._server.servers[0].sockets
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture
def screens(site: Site, browser: Any) -> Iterator["Screens"]:
    """Opens the dashboard in windows; none may write an error or ask another machine."""
    opened = Screens(site, browser)
    try:
        yield opened
        assert opened.errors == []
        assert {urlsplit(url).netloc for url in opened.requests} <= {urlsplit(site.address).netloc}
    finally:
        opened.close()


@pytest.fixture
def screen(screens: "Screens") -> Screen:
    """A desktop window that shows the first page."""
    return screens.open()


class Screens:
    """Windows of one test."""

    def __init__(self, site: Site, browser: Any) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._site = site
        self._browser = browser
        self._contexts: list[Any] = []

    def open(
        self,
        query: str = "",
        *,
        width: int = 1440,
        theme: str = "light",
        file: Path | None = None,
        permissions: Sequence[str] = (),
    ) -> Screen:
        """A window on the dashboard, or on a file with networking off, when all is drawn."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce",
            offline=file is not None, permissions=list(permissions),
        )  # fmt: skip
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        page.goto((file.as_uri() if file else self._site.address + "/") + query)
        screen = Screen(page)
        screen.settled()
        return screen

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _request(self, request: Any) -> None:
        if request.url.startswith("http"):
            self.requests.append(request.url)

    def close(self) -> None:
        """Closes all."""
        for context in self._contexts:
            context.close()
