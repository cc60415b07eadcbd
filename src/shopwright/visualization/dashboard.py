"""The dashboard of one warehouse: what there is to choose, and the figures of pages and visuals."""

import logging
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from time import monotonic
from typing import Any

import duckdb
import psycopg

from shopwright.config import ShopSettings
from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.serving.semantic import Filters, QuestionRefused
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import (
    FILTER_DIMENSIONS,
    Page,
    Visual,
    pages,
    visual_id,
)
from shopwright.visualization.figures import Figures, in_words, json_value
from shopwright.visualization.kept_answers import AskedOnce, KeptAnswers
from shopwright.visualization.key_figures import key_figures
from shopwright.visualization.selection import Preset, Selection, default_preset, presets
from shopwright.visualization.visual_figures import applied, figures_of, left_out
from shopwright.visualization.warehouse import Warehouse

_MOST_VALUES = 200
"""Of one dimension, to choose from."""
_AT_ONCE = 4
"""Visuals that are asked for beside each other: while one is read, the next is planned."""
_IDLE_SECONDS = 0.5
_LIKELY_VALUES = 12
"""Of each filter."""
_log = logging.getLogger(__name__)


class Dashboard:
    """The pages over a warehouse. Answers are kept until something new is published."""

    def __init__(self, warehouse: Warehouse, shop: ShopSettings) -> None:
        """Follows what is published from now on."""
        self.warehouse = warehouse
        self.shop = shop
        self._kept = KeptAnswers(lambda: warehouse.state.stamp)
        self._asked = AskedOnce(warehouse, self._kept)
        self._workers = ThreadPoolExecutor(_AT_ONCE, "visual")
        self._asked_at = 0.0
        warehouse.follow(self.warm)

    def default(self) -> Selection:
        """What is shown where nothing was chosen."""
        state = self.warehouse.state
        name = default_preset(state.first, state.last)
        ranges = {one.name: one for one in self.presets()}
        return Selection(ranges[name].start, ranges[name].end)

    def presets(self) -> list[Preset]:
        """The ranges of days to choose from."""
        return presets(self.warehouse.state.first, self.warehouse.state.last)

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
            "presets": [_preset(one) for one in self.presets()],
            "filters": [self._filter(name) for name in FILTER_DIMENSIONS],
            "pages": [_page(page) for page in pages().values()],
        }

    def _filter(self, name: str) -> dict[str, Any]:
        found = self.warehouse.answer(["net"], [name], order=["-net"], limit=_MOST_VALUES)
        values = [{"value": row[0], "label": in_words(row[0])} for row in found.rows]
        return {"dimension": name, "label": DIMENSIONS[name].label, "values": values}

    def check(self, values: Mapping[str, Sequence[str | int]]) -> None:
        """Refuses a text that no line of the warehouse has, whatever the days.

        Raises QuestionRefused.
        """
        offered = {one["dimension"]: one["values"] for one in self.overview()["filters"]}
        for name, given in values.items():
            known = {one["value"] for one in offered.get(name, ())}
            others = tuple(one for one in given if one not in known)
            if DIMENSIONS[name].kind == "text" and others:
                known |= self._kept.get(("known", name, others), partial(self._known, name, others))
                _refuse_unknown(name, [str(one) for one in others if one not in known], known)

    def _known(self, name: str, values: Sequence[str | int]) -> set[Any]:
        metrics = ["lines", "units_returned"]
        found = self.warehouse.answer(metrics, [name], Filters(values={name: values}))
        return {row[0] for row in found.rows}

    def page(self, page: Page, selection: Selection) -> dict[str, Figures]:
        """The figures of all visuals of a page by their ids. Raises QuestionRefused."""
        self._asked_at = monotonic()
        for asked in [self._workers.submit(one) for one in self._questions(page, selection)]:
            asked.result()
        return {visual_id(page, one): self.visual(one, selection) for one in page.visuals}

    def _questions(self, page: Page, selection: Selection) -> list[Callable[[], object]]:
        """What to ask, side by side or one after the other: all is kept after it."""
        strips: dict[Hashable, list[Visual]] = {}
        others: list[Callable[[], object]] = []
        for visual in page.visuals:
            if visual.kind == "kpi" and visual.is_of_metrics:
                seen = applied(visual, selection)
                strips.setdefault(tuple(seen.values), []).append(visual)
            else:
                others.append(partial(self.visual, visual, selection))
        return [*(partial(self._fill_strip, one, selection) for one in strips.values()), *others]

    def _fill_strip(self, strip: list[Visual], selection: Selection) -> None:
        """Asks for all key figures at once and keeps each."""
        seen = applied(strip[0], selection)
        missing = [one for one in strip if not self._kept.has(_key(one, seen))]
        if len(missing) > 1:
            found = key_figures(missing, seen, self.warehouse)
            for one in missing:
                self._kept.keep(_key(one, seen), found[one.name])

    def visual(self, visual: Visual, selection: Selection) -> Figures:
        """The figures of one visual. Raises QuestionRefused."""
        seen = applied(visual, selection)
        if visual.health == "alerts":  # they come and go without anything being published
            return figures_of(visual, seen, self.warehouse)
        found: Figures = self._kept.get(
            _key(visual, seen), lambda: figures_of(visual, seen, self._asked)
        )
        return found.noting(*left_out(visual, selection))

    def warm(self) -> None:
        """Asks for what every viewer sees first, so that it is there."""
        self.overview()
        for page in pages().values():
            self.page(page, self.default())

    def look_ahead(self) -> None:
        """From now on asks for what is likely to be chosen, while nobody asks for anything.

        Ends with the warehouse; where PostgreSQL answers there is no looking ahead. Its end is
        waited for: a thread cut off inside DuckDB takes the process down with it.
        """
        self.warehouse.go_on_beside("ahead", self._look_ahead)

    def _look_ahead(self) -> None:
        known: Hashable = None
        while self.warehouse.pause(_IDLE_SECONDS):
            if known == self.warehouse.state.stamp or not self.warehouse.has_copy:
                continue
            known = self.warehouse.state.stamp
            try:
                self._ask_likely(known)
            except (ShopwrightError, duckdb.Error, psycopg.Error, RuntimeError) as error:
                if self.warehouse.pause(0):
                    _log.warning("Nothing more is asked ahead: %s", type(error).__name__)

    def _ask_likely(self, stamp: Hashable) -> None:
        """One question at a time: who asks meanwhile waits for no more than that."""
        for selection in self._likely():
            for page in pages().values():
                for ask in self._questions(page, selection):
                    while monotonic() - self._asked_at < _IDLE_SECONDS:
                        if not self.warehouse.pause(_IDLE_SECONDS):
                            return
                    if self.warehouse.state.stamp != stamp or not self.warehouse.pause(0):
                        return
                    ask()

    def _likely(self) -> Iterator[Selection]:
        """Every range of days that is offered, and on the usual days the largest values of each
        filter, one at a time."""
        usual = self.default()
        for preset in self.presets():
            yield Selection(preset.start, preset.end)
        offered = [(one["dimension"], one["values"]) for one in self.overview()["filters"]]
        for place in range(_LIKELY_VALUES):
            for dimension, values in offered:
                if place < len(values):
                    yield replace(usual, values={dimension: (values[place]["value"],)})


def _refuse_unknown(name: str, unknown: Sequence[str], known: Collection[str]) -> None:
    if unknown:
        raise QuestionRefused(
            f"{DIMENSIONS[name].label}: nothing was ever sold with {unknown[0][:50]!r}"
            f"{did_you_mean(unknown[0][:50], known)}.",
            "Take that filter off. It may have had another name when the link was made.",
        )


def _key(visual: Visual, seen: Selection) -> Hashable:
    """A visual, and what of a selection it follows: what it does not is not asked anew."""
    days = (seen.start, seen.end) if "date" in visual.filters else None
    return (id(visual), days, tuple(sorted(seen.values.items())), len(seen.drill))


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
    course = figures.sparkline
    return {
        "columns": [asdict(one) for one in figures.columns],
        "rows": [[json_value(value) for value in row] for row in figures.rows],
        "totals": figures.totals and [json_value(value) for value in figures.totals],
        "notes": list(figures.notes),
        "tables": list(figures.tables),
        "comparison": figures.comparison,
        "sparkline": course
        and {
            "columns": [asdict(one) for one in course.columns],
            "rows": [[json_value(value) for value in row] for row in course.rows],
        },
    }
