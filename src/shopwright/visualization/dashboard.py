"""The dashboard of one warehouse: what there is to choose, and the figures of pages and visuals."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import asdict
from typing import Any

from shopwright.config import ShopSettings
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import (
    FILTER_DIMENSIONS,
    Page,
    Visual,
    pages,
    visual_id,
)
from shopwright.visualization.figures import Figures, json_value
from shopwright.visualization.key_figures import key_figures
from shopwright.visualization.selection import Preset, Selection, default_preset, presets
from shopwright.visualization.visual_figures import applied, visual_figures
from shopwright.visualization.warehouse import Warehouse

_MOST_VALUES = 200
"""Of one dimension, to choose from."""


class Dashboard:
    """The pages over a warehouse. Answers are kept until something new is published."""

    def __init__(self, warehouse: Warehouse, shop: ShopSettings) -> None:
        """Reads nothing yet."""
        self.warehouse = warehouse
        self.shop = shop
        self._kept = KeptAnswers(lambda: warehouse.state.stamp)

    def default(self) -> Selection:
        """What is shown where nothing was chosen."""
        state = self.warehouse.state
        name = default_preset(state.first, state.last)
        ranges = {one.name: one for one in presets(state.first, state.last)}
        return Selection(ranges[name].start, ranges[name].end)

    def overview(self) -> dict[str, Any]:
        """What the page needs before any figure: pages and visuals, days and filters."""
        found: dict[str, Any] = self._kept.get("overview", self._overview)
        return found

    def _overview(self) -> dict[str, Any]:
        state = self.warehouse.state
        return {
            "title": self.shop.name,
            "currency": self.shop.currency,
            "timezone": self.shop.timezone,
            "first_date": state.first.isoformat(),
            "last_date": state.last.isoformat(),
            "last_run_at": json_value(state.published_at),
            "version": state.version,
            "default_preset": default_preset(state.first, state.last),
            "presets": [_preset(one) for one in presets(state.first, state.last)],
            "filters": [self._filter(name) for name in FILTER_DIMENSIONS],
            "pages": [_page(page) for page in pages().values()],
        }

    def _filter(self, name: str) -> dict[str, Any]:
        found = self.warehouse.answer(["net"], [name], order=["-net"], limit=_MOST_VALUES)
        values = [{"value": row[0], "label": row[0]} for row in found.rows]
        return {"dimension": name, "label": DIMENSIONS[name].label, "values": values}

    def page(self, page: Page, selection: Selection) -> dict[str, Figures]:
        """The figures of all visuals of a page by their ids."""
        strips: dict[Hashable, list[Visual]] = {}
        for visual in page.visuals:
            if visual.kind == "kpi" and visual.is_of_metrics:
                key = tuple(sorted(applied(visual, selection).values))
                strips.setdefault(key, []).append(visual)
        for strip in strips.values():
            self._fill_strip(page, strip, selection)
        return {visual_id(page, one): self.visual(page, one, selection) for one in page.visuals}

    def _fill_strip(self, page: Page, strip: list[Visual], selection: Selection) -> None:
        """Asks for all key figures at once and keeps each."""
        missing = [one for one in strip if not self._kept.has(_key(page, one, selection))]
        if len(missing) < 2:
            return
        found = key_figures(missing, applied(missing[0], selection), self.warehouse)
        for one in missing:
            self._kept.keep(_key(page, one, selection), found[one.name])

    def visual(self, page: Page, visual: Visual, selection: Selection) -> Figures:
        """The figures of one visual."""
        found: Figures = self._kept.get(
            _key(page, visual, selection),
            lambda: visual_figures(visual, selection, self.warehouse),
        )
        return found


def _key(page: Page, visual: Visual, selection: Selection) -> Hashable:
    values = tuple(sorted((name, one) for name, one in selection.values.items()))
    days = (selection.start, selection.end)
    return (visual_id(page, visual), days, values, selection.drill)


def _preset(one: Preset) -> dict[str, str]:
    return {
        "name": one.name, "label": one.label,
        "from": one.start.isoformat(), "to": one.end.isoformat(),
    }  # fmt: skip


def _page(page: Page) -> dict[str, Any]:
    return {
        "name": page.name, "title": page.title, "sentence": page.sentence,
        "visuals": [_visual(page, one) for one in page.visuals],
    }  # fmt: skip


def _visual(page: Page, one: Visual) -> dict[str, Any]:
    return {
        "id": visual_id(page, one), "kind": one.kind, "title": one.title,
        "sentence": one.sentence, "width": one.width, "height": one.height,
        "dimensions": one.dimensions, "metrics": one.metrics, "cross_filter": one.cross_filter,
        "drill": one.drill, "good": one.good, "filters": sorted(one.filters),
    }  # fmt: skip


def figures_as_json(figures: Figures) -> dict[str, Any]:
    """Figures as the page reads them."""
    return {
        "columns": [asdict(one) for one in figures.columns],
        "rows": [[json_value(value) for value in row] for row in figures.rows],
        "totals": figures.totals and [json_value(value) for value in figures.totals],
        "notes": list(figures.notes),
        "tables": list(figures.tables),
        "comparison": figures.comparison,
        "sparkline": figures.sparkline
        and {
            "columns": [asdict(one) for one in figures.sparkline.columns],
            "rows": [[json_value(value) for value in row] for row in figures.sparkline.rows],
        },
    }


class KeptAnswers:
    """Answers by question, until the stamp changes. One question is asked once at a time."""

    most = 3000

    def __init__(self, stamp: Callable[[], Hashable]) -> None:
        """Keeps none yet."""
        self._stamp = stamp
        self._seen: Hashable = None
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._asking: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        """The answer that is kept, or the one that `ask` gives."""
        self._forget_old()
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            with self._lock:
                if key in self._answers:
                    return self._answers[key]
                seen = self._seen
            try:
                found = ask()
            finally:
                with self._lock:
                    self._asking.pop(key, None)
            if seen == self._seen:
                self.keep(key, found)
            return found

    def has(self, key: Hashable) -> bool:
        """Whether it is kept."""
        self._forget_old()
        with self._lock:
            return key in self._answers

    def keep(self, key: Hashable, answer: Any) -> None:
        """Keeps an answer, and forgets the one not asked for the longest."""
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > self.most:
                self._answers.popitem(last=False)

    def _forget_old(self) -> None:
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._answers.clear()
                self._seen = stamp
