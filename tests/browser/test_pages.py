"""Every page draws every visual, for everybody: two themes, a phone, a screen reader."""

from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parent / "axe" / "axe.min.js"
PAGES = ["executive", "sales", "products", "customers", "payments", "pipeline"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_every_visual(site: Any, screens: Any, name: str) -> None:
    (page,) = (one for one in site.dashboard.overview()["pages"] if one["name"] == name)
    screen = screens.open(f"?page={name}")

    assert screen.page.locator("h1").inner_text() == page["title"]
    assert screen.page.locator("#main .card").count() == len(page["visuals"])
    assert screen.page.locator(".failure").count() == 0
    for visual in page["visuals"]:
        answer = screen.page.request.get(
            f"{site.address}/api/visuals/{visual['id']}", params=_days(site)
        ).json()
        card = screen.card(visual["id"])
        if not answer["rows"]:
            assert "Nothing" in card.inner_text(), visual["id"]
        elif visual["kind"] == "kpi":
            assert card.locator(".kpi-value").inner_text() not in ("", "–"), visual["id"]
        elif card.locator(".chart").count():
            assert screen.drawn(visual["id"]) > 0, visual["id"]
            assert "Highest" in card.locator("[role=img]").get_attribute("aria-label") or (
                len(answer["rows"]) == 1
            )
        else:
            assert len(screen.rows(visual["id"])) == len(answer["rows"]), visual["id"]


def _days(site: Any) -> dict[str, str]:
    return {"from": str(site.days["first"]), "to": str(site.days["last"])}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_violation(screens: Any, name: str, theme: str) -> None:
    screen = screens.open(f"?page={name}", theme=theme)
    for toggle in screen.page.locator("[data-tool=table][aria-pressed=false]").all()[:2]:
        toggle.click()
    screen.page.evaluate(AXE.read_text(encoding="utf-8") + "; true")

    # What passes is told by one place of the page each: of all, thousands would be handed over.
    found = screen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")

    worst = [
        (one["id"], [node["html"][:160] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert worst == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_a_page_without_scrolling_sideways(screens: Any, name: str) -> None:
    screen = screens.open(f"?page={name}", width=390)

    wide = screen.page.evaluate("document.documentElement.scrollWidth")
    cards = [card.bounding_box() for card in screen.page.locator("#main .card").all()]

    assert wide <= 390
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in cards)


def test_the_theme_follows_the_system_until_one_is_chosen(screens: Any) -> None:
    screen = screens.open(theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert screen.page.evaluate(ground) == "rgb(13, 16, 23)"

    screen.press("Light")

    assert screen.page.evaluate(ground) == "rgb(244, 245, 248)"
    assert "theme=light" in screen.page.url
    screen.page.reload()
    screen.settled()
    assert screen.page.evaluate(ground) == "rgb(244, 245, 248)"


def test_a_refused_question_is_told_with_its_mend(screens: Any) -> None:
    screen = screens.open(f"?category={'x' * 5000}")

    alert = screen.page.locator(".failure").first

    assert "bytes after the question mark" in alert.inner_text()
    assert "choose fewer values" in alert.inner_text()
    assert any("400" in error for error in screens.errors)
    screens.errors.clear()  # the browser itself tells of the answer 400


def test_a_link_to_a_value_that_is_gone_says_so_once_and_goes_on(screens: Any) -> None:
    screen = screens.open("?page=executive&category=Womenswear")
    screens.errors.clear()  # the browser itself tells of the answer 400

    (alert,) = screen.page.locator(".failure").all()
    assert "nothing was ever sold with 'Womenswear'" in alert.inner_text()
    alert.get_by_role("button", name="Clear filters").click()
    screen.settled()

    assert screen.page.locator(".failure").count() == 0
    assert "category" not in screen.page.url
    assert screen.figure("executive.net") > 0
    assert screen.drawn("executive.categories") > 0


def test_months_are_named_as_months(screens: Any) -> None:
    screen = screens.open("?page=payments&from=2023-08-01&to=2024-06-09")
    labels = screen.card("payments.order_status").evaluate(
        "(card) => echarts.getInstanceByDom(card.querySelector('.chart')).getOption().xAxis[0].data"
    )
    assert labels == ["Feb 2024", "Mar 2024", "Apr 2024", "May 2024", "Jun 2024"]
