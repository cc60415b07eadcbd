"""The dashboard as one file that can be mailed: its page, and figures for what can be chosen."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from shopwright.config.errors import ShopwrightError
from shopwright.visualization.dashboard import Dashboard, figures_as_json
from shopwright.visualization.definitions import Page, Visual, pages, visuals
from shopwright.visualization.selection import Selection
from shopwright.visualization.web.page import self_contained

LARGEST = 5_000_000
"""Bytes that a mail still carries."""
_MOST_VALUES = (12, 6, 3, 0)
"""Of each filter, tried one after the other until the file is small enough."""

Pair = tuple[str, str]


class ReportTooLarge(ShopwrightError):
    """Even without any filter the file would be larger than a mail carries."""


def report_file(dashboard: Dashboard) -> str:
    """The HTML. Raises ReportTooLarge."""
    for most in _MOST_VALUES:
        html = self_contained(_Held(dashboard, most).data())
        if len(html.encode()) < LARGEST:
            return html
    raise ReportTooLarge(
        f"The report would be larger than {LARGEST:,} bytes.", "Share `shopwright dashboard`."
    )


def view_key(pairs: list[Pair]) -> str:
    """What a choice is found under in the file."""
    return urlencode(sorted(pairs), quote_via=quote, safe="")


class _Held:
    """What a report holds: every preset, each of some values of each filter, and drilled visuals.

    A filter is held on the usual days, one value at a time: what combinations give cannot be
    added up from these, as one customer may be in several.
    """

    def __init__(self, dashboard: Dashboard, most_values: int) -> None:
        self.dashboard = dashboard
        self.overview = dashboard.overview()
        self.most_values = most_values

    def data(self) -> dict[str, Any]:
        views = list(self._views())
        found = {page.name: self._page(page, views) for page in pages().values()}
        about = {
            "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "limits": self._limits(),
        }
        return {
            "dashboard": {**self.overview, **about},
            "pages": found,
            "visuals": dict(self._drilled()) if self.most_values else {},
        }

    def _views(self) -> Iterator[tuple[str, Selection]]:
        """Every choice that is held, by its key; the usual days have none."""
        usual = self.dashboard.default()
        yield "", usual
        for one in self.dashboard.presets():
            chosen = Selection(one.start, one.end)
            if chosen != usual:
                days = [("from", one.start.isoformat()), ("to", one.end.isoformat())]
                yield view_key(days), chosen
        for offered in self.overview["filters"]:
            for value in offered["values"][: self.most_values]:
                name, text = offered["dimension"], value["value"]
                yield view_key([(name, text)]), replace(usual, values={name: (text,)})

    def _page(self, page: Page, views: list[tuple[str, Selection]]) -> dict[str, Any]:
        """The page's figures by key; those that are the same as another's name its key."""
        first_with: dict[tuple[str, str], str] = {}
        found: dict[str, Any] = {}
        for key, selection in views:
            shown: dict[str, Any] = {}
            for name, figures in self.dashboard.page(page, selection).items():
                one = figures_as_json(figures)
                first = first_with.setdefault((name, json.dumps(one)), key)
                shown[name] = one if first == key else {"$same": first}
            found[key] = {"visuals": shown}
        return found

    def _drilled(self) -> Iterator[tuple[str, dict[str, Any]]]:
        usual = self.dashboard.default()
        for name, visual in visuals().items():
            if visual.drill:
                yield name, dict(self._deeper(visual, usual))

    def _deeper(self, visual: Visual, selection: Selection) -> Iterator[tuple[str, dict[str, Any]]]:
        """The visual one step deeper into each of its values, and deeper still."""
        if len(selection.drill) + 1 >= len(visual.drill):
            return
        level = visual.drill[len(selection.drill)]
        figures = self.dashboard.visual(visual, selection)
        place = [one.name for one in figures.columns].index(level)
        for value in dict.fromkeys(row[place] for row in figures.rows):
            step = replace(selection, drill=(*selection.drill, (level, value)))
            pairs = [("drill", f"{name}:{one}") for name, one in step.drill]
            yield view_key(pairs), figures_as_json(self.dashboard.visual(visual, step))
            yield from self._deeper(visual, step)

    def _limits(self) -> list[str]:
        labels = [one["label"].lower() for one in self.overview["filters"]]
        filters = " or ".join([", ".join(labels[:-1]), labels[-1]])
        held = (
            f"a filter holds for the usual days alone, one of the {self.most_values} largest "
            f"values of {filters} at a time"
            if self.most_values
            else f"it has no filter by {filters}"
        )
        return [
            f"This file holds the ranges of days that it offers; {held}.",
            "Other days, several filters at once, and clicks that filter the whole page need the "
            "shop's own dashboard: customers and orders of parts cannot be added up.",
        ]
