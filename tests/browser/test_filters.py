"""Filters, cross-filter, drill-down and links change the figures to what SQL says they are."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shopwright.visualization.figures import in_words

NET = "sum(sales.net_amount)"
CENT = Decimal("0.005")


def test_the_page_opens_with_the_figures_of_its_own_days(site: Any, screen: Any) -> None:
    assert screen.figure("executive.net") == pytest.approx(site.figure(NET), abs=CENT)
    assert screen.figure("executive.orders") == site.figure(
        "count(distinct sales.transaction_id)", "not sales.is_return"
    )


@pytest.mark.parametrize(
    ("dimension", "column"),
    [
        ("category", "products.category"),
        ("shipping_country", "sales.shipping_country"),
        ("payment_method", "methods.payment_method"),
        ("segment", "customers.segment"),
    ],
)
def test_a_filter_leaves_what_it_names(site: Any, screen: Any, dimension: str, column: str) -> None:
    value = site.most_sold(column)
    expected = site.figure(NET, f"{column} = %(value)s", value=value)
    assert 0 < expected < site.figure(NET)

    screen.choose(dimension, in_words(value))

    assert screen.figure("executive.net") == pytest.approx(expected, abs=CENT)
    assert in_words(value) in screen.page.locator(f"#filter-{dimension}").inner_text()
    assert f"{dimension}={value.replace(' ', '+')}" in screen.page.url

    screen.page.get_by_label("Remove filter").first.click()
    screen.settled()
    assert screen.figure("executive.net") == pytest.approx(site.figure(NET), abs=CENT)


def test_two_values_are_either_and_two_filters_are_both(site: Any, screen: Any) -> None:
    country = site.most_sold("sales.shipping_country")

    screen.choose("category", "Women", "Shoes")
    screen.choose("shipping_country", country)

    expected = site.figure(
        NET, "category in ('Women', 'Shoes') and sales.shipping_country = %(country)s",
        country=country,
    )  # fmt: skip
    assert screen.figure("executive.net") == pytest.approx(expected, abs=CENT)
    screen.press("Clear all")
    assert screen.figure("executive.net") == pytest.approx(site.figure(NET), abs=CENT)


def test_dates_by_preset_and_by_hand(site: Any, screen: Any) -> None:
    last = date.fromisoformat(site.dashboard.overview()["last_date"])
    screen.page.locator("#filter-dates").click()
    screen.page.locator("[data-preset=last_7_days]").click()
    screen.settled()
    week = site.figure(NET, first=last - timedelta(days=6), last=last)
    assert screen.figure("executive.net") == pytest.approx(week, abs=CENT)

    screen.page.locator("#filter-dates").click()
    screen.page.fill("#date-from", "2024-03-05")
    screen.page.fill("#date-to", "2024-03-04")
    screen.page.get_by_role("button", name="Apply").click()
    assert "must not come after" in screen.page.locator(".wrong").inner_text()
    screen.page.fill("#date-to", "2024-05-20")
    screen.page.get_by_role("button", name="Apply").click()
    screen.settled()

    spring = site.figure(NET, first=date(2024, 3, 5), last=date(2024, 5, 20))
    assert screen.figure("executive.net") == pytest.approx(spring, abs=CENT)
    assert "from=2024-03-05&to=2024-05-20" in screen.page.url


def test_a_click_on_a_bar_filters_the_page_and_another_releases_it(site: Any, screen: Any) -> None:
    category = site.most_sold("products.category")
    bars = screen.drawn("executive.categories")
    whole = screen.figure("executive.net")

    screen.click_bar("executive.categories", category)

    expected = site.figure(NET, "category = %(category)s", category=category)
    assert screen.figure("executive.net") == pytest.approx(expected, abs=CENT)
    assert screen.drawn("executive.categories") == bars > 1
    assert f"cross=executive.categories%3Acategory%3A{category}" in screen.page.url

    screen.click_bar("executive.categories", category)
    assert screen.figure("executive.net") == whole
    assert "cross=" not in screen.page.url


def test_drilling_down_and_back(site: Any, screen: Any) -> None:
    category = site.most_sold("products.category")
    screen.click_bar("executive.categories", category)
    screen.press(f"Open {category}")

    shown = {row[0]: row[1] for row in screen.rows("executive.categories")}
    expected = site.connection.execute(
        """
        select products.sub_category, sum(sales.net_amount)
        from warehouse.fact_sales as sales
        inner join warehouse.dim_date as dates using (date_key)
        inner join warehouse.dim_product as products using (product_key)
        where products.category = %(category)s
            and dates.full_date between %(first)s and %(last)s
        group by products.sub_category
        """,
        {**site.days, "category": category},
    ).fetchall()
    assert shown == {name: f"{'-' if net < 0 else ''}€{abs(net):,.2f}" for name, net in expected}

    first = next(iter(shown))
    screen.press(f"Open {first}")
    trail = screen.card("executive.categories").locator(".trail li").all_inner_texts()
    assert trail == ["All", category, first]

    screen.card("executive.categories").locator(".trail").get_by_text(category, exact=True).click()
    screen.settled()
    assert {row[0] for row in screen.rows("executive.categories")} == shown.keys()
    screen.page.go_back()
    screen.page.go_back()
    screen.settled()
    assert len(screen.rows("executive.categories")) == len(shown)


def test_a_page_offers_the_filters_that_it_follows(screen: Any) -> None:
    assert screen.page.locator("#filter-category").is_visible()

    screen.page.locator("[data-page=pipeline]").click()
    screen.settled()

    assert screen.page.locator("#filter-dates").is_visible()
    assert not screen.page.locator("#filter-category").is_visible()


def test_a_link_shows_another_person_the_same(site: Any, screens: Any) -> None:
    screen = screens.open(permissions=["clipboard-read", "clipboard-write"])
    screen.choose("category", "Shoes")
    screen.click_bar("executive.countries", site.most_sold("sales.shipping_country"))
    screen.page.locator("#share").click()
    link = screen.page.evaluate("navigator.clipboard.readText()")

    other = screens.open("?" + link.partition("?")[2])

    expected = site.figure(
        NET, "category = 'Shoes' and sales.shipping_country = %(country)s",
        country=site.most_sold("sales.shipping_country"),
    )  # fmt: skip
    assert other.figure("executive.net") == screen.figure("executive.net")
    assert other.figure("executive.net") == pytest.approx(expected, abs=CENT)
    assert other.page.locator(".chip").count() == 2


def test_pages_keep_the_filters_and_drop_the_click(site: Any, screen: Any) -> None:
    screen.choose("category", "Shoes")
    screen.click_bar("executive.countries", site.most_sold("sales.shipping_country"))
    screen.page.locator("[data-page=sales]").click()
    screen.settled()

    units = site.figure("sum(sales.quantity)", "category = 'Shoes' and not sales.is_return")

    assert screen.figure("sales.units") == units
    assert screen.page.locator("h1").inner_text() == "Sales"
