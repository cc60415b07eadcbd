"""What a chart shows is in its table and its CSV, and all of it is done with the keyboard, too."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.browser.screen import read_figure

CENT = Decimal("0.005")
NET = "sum(sales.net_amount)"


def test_the_csv_holds_the_figures_of_the_view(site: Any, screen: Any, tmp_path: Path) -> None:
    country = site.most_sold("sales.shipping_country")
    screen.choose("shipping_country", country)
    with screen.page.expect_download() as started:
        screen.tool("executive.categories", "csv").click()
    started.value.save_as(tmp_path / "categories.csv")

    with open(tmp_path / "categories.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)

    expected = site.figure(NET, "sales.shipping_country = %(country)s", country=country)
    assert started.value.suggested_filename == "executive.categories.csv"
    assert header == ["Category", "Net revenue"]
    assert sum(Decimal(row[1]) for row in rows) == expected


def test_a_table_is_sorted_by_its_heads(screen: Any) -> None:
    shown = screen.rows("executive.countries")
    head = screen.card("executive.countries").get_by_role("button", name="Net revenue")

    head.click()
    falling = [read_figure(row[1]) for row in screen.rows("executive.countries")]
    head.click()
    rising = [read_figure(row[1]) for row in screen.rows("executive.countries")]

    assert falling == sorted((read_figure(row[1]) for row in shown), reverse=True)
    assert rising == falling[::-1]


def test_everything_is_done_with_the_keyboard(site: Any, screen: Any) -> None:
    page = screen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"

    page.locator("#filter-category").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    screen.settled()
    assert page.evaluate("document.activeElement.id") == "filter-category"
    first = page.locator("#filter-category .choice-value").inner_text()
    net = site.figure(NET, "category = %(category)s", category=first)
    assert screen.figure("executive.net") == pytest.approx(net, abs=CENT)

    screen.tool("executive.countries", "table").focus()
    page.keyboard.press("Enter")
    row = screen.card("executive.countries").locator(".row-button").first
    country = row.inner_text()
    row.focus()
    page.keyboard.press("Enter")
    screen.settled()

    both = site.figure(
        NET, "category = %(category)s and sales.shipping_country = %(country)s",
        category=first, country=country,
    )  # fmt: skip
    assert screen.figure("executive.net") == pytest.approx(both, abs=CENT)
    assert country in page.locator("#live").inner_text()


def test_a_chart_is_enlarged_and_put_back(screen: Any) -> None:
    before = screen.card("executive.revenue_trend").bounding_box()
    screen.tool("executive.revenue_trend", "enlarge").click()
    large = screen.card("executive.revenue_trend").bounding_box()
    screen.page.keyboard.press("Escape")

    screen.page.wait_for_selector("dialog", state="detached")
    assert large["height"] > 1.5 * before["height"]
    assert screen.page.locator("#main .card").count() == 10
    assert screen.page.evaluate("document.activeElement.dataset.tool") == "enlarge"
