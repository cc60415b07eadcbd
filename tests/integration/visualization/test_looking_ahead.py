"""What is likely to be chosen is asked for while nobody asks, and is kept for who chooses it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import pytest
from tests.integration.visualization.conftest import Shown

from shopwright.config import ShopSettings
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.definitions import pages
from shopwright.visualization.selection import Selection
from shopwright.visualization.warehouse import Warehouse

QUIET_SECONDS = 2.0
"""Longer than a look-ahead waits after a viewer's question."""


class Asked:
    """A dashboard, and the questions that its warehouse is asked."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.questions: list[Any] = []
        answer = warehouse.answer

        def noted(*given: Any, **more: Any) -> Any:
            self.questions.append(given)
            return answer(*given, **more)

        warehouse.answer = noted  # type: ignore[method-assign]
        self.dashboard = Dashboard(warehouse, ShopSettings())
        assert warehouse.wait(60)
        until(lambda: bool(self.questions) and self.is_quiet(0.5))

    def is_quiet(self, seconds: float) -> bool:
        """Whether nothing is asked for so long."""
        count = len(self.questions)
        sleep(seconds)
        return len(self.questions) == count

    def by(self, page: str, selection: Selection) -> int:
        """How many questions a page of a selection takes."""
        count = len(self.questions)
        self.dashboard.page(pages()[page], selection)
        return len(self.questions) - count


def until(happens: Callable[[], bool]) -> None:
    deadline = monotonic() + 120
    while not happens():
        assert monotonic() < deadline
        sleep(0.05)


@pytest.fixture
def asked(shown: Shown) -> Iterator[Asked]:
    """A dashboard of its own, which shows its first pages and does not look ahead yet."""
    with closing(Warehouse(shown.shop.database)) as warehouse:
        yield Asked(warehouse)


def test_the_likely_is_there_before_it_is_chosen(asked: Asked) -> None:
    dashboard = asked.dashboard
    usual = dashboard.default()
    offered = {one["dimension"]: one["values"] for one in dashboard.overview()["filters"]}
    category = replace(usual, values={"category": (offered["category"][0]["value"],)})
    (ranged,) = (one for one in dashboard.presets() if one.name == "last_90_days")
    days = Selection(ranged.start, ranged.end)
    two = replace(
        category, values={**category.values, "segment": (offered["segment"][0]["value"],)}
    )

    dashboard.look_ahead()
    until(lambda: asked.is_quiet(QUIET_SECONDS))

    assert asked.by("sales", days) == 0
    assert asked.by("products", category) == 0
    assert asked.by("executive", two) > 0, "nobody looks ahead for two filters at once"


def test_who_asks_goes_first(asked: Asked) -> None:
    usual = asked.dashboard.default()
    before = len(asked.questions)
    asked.dashboard.page(pages()["executive"], usual)

    asked.dashboard.look_ahead()
    for _ in range(20):
        asked.dashboard.page(pages()["executive"], usual)
        sleep(0.1)

    assert len(asked.questions) == before
    until(lambda: len(asked.questions) > before + 10)


def test_it_ends_with_the_warehouse(shown: Shown) -> None:
    """A thread that DuckDB is at work for would abort the process that ends."""
    before = set(threading.enumerate())
    with closing(Warehouse(shown.shop.database)) as warehouse:
        asked = Asked(warehouse)
        asked.dashboard.look_ahead()
        count = len(asked.questions)
        until(lambda: len(asked.questions) > count)  # closed in the midst of a question
    assert not {one.name for one in set(threading.enumerate()) - before} & {"ahead", "warehouse"}
