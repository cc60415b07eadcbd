"""A dashboard: a page's visuals on its grid, its filters above them, and what a click filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from shopwright.visualization.definitions import Page, Visual
from shopwright.visualization.tableau.fields import Instance
from shopwright.visualization.tableau.identities import simple_id
from shopwright.visualization.tableau.markup import add_dependencies, add_text, child
from shopwright.visualization.tableau.worksheets import Sheet, filter_fields

WHOLE = 100_000
"""Zones are measured in this many parts of the dashboard's width and height."""

_COLUMNS = 12
_WIDTH_PIXELS, _ROW_PIXELS, _TITLE_PIXELS, _FILTER_PIXELS = 1400, 130, 60, 60
_FONT = {"bold": "true", "fontsize": "16"}


@dataclass(frozen=True)
class PlacedPage:
    """A page with its sheets in the order of its visuals; `name` is the dashboard's."""

    name: str
    page: Page
    sheets: tuple[Sheet, ...]

    @property
    def filters(self) -> dict[str, tuple[Instance, Sheet]]:
        """The filters shown, each with the first sheet that has it."""
        found: dict[str, tuple[Instance, Sheet]] = {}
        for sheet in self.sheets:
            if sheet.shared_filters:
                for name, one in filter_fields(sheet.source).items():
                    if one in sheet.shared_filters:
                        found.setdefault(name, (one, sheet))
        return found


def grid(visuals: Sequence[Visual]) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each: widths of twelve columns, heights in rows.

    They follow each other as on the web page; what does not fit beside the others begins below.
    """
    places, left, top, lowest = [], 0, 0, 0
    for visual in visuals:
        if left + visual.width > _COLUMNS:
            left, top = 0, lowest
        places.append((left, top, visual.width, visual.height))
        left += visual.width
        lowest = max(lowest, top + visual.height)
    return places


def add_dashboard(parent: ET.Element, placed: PlacedPage) -> None:
    """Writes one dashboard."""
    made = child(parent, "dashboard", {"name": placed.name})
    child(made, "style")
    places = grid([sheet.visual for sheet in placed.sheets])
    filters = placed.filters
    above = _TITLE_PIXELS + (_FILTER_PIXELS if filters else 0)
    height = above + _ROW_PIXELS * max(top + rows for _, top, _, rows in places)
    size = {"maxheight": height, "maxwidth": _WIDTH_PIXELS, "minheight": height,
            "minwidth": _WIDTH_PIXELS}  # fmt: skip
    child(made, "size", {name: str(value) for name, value in size.items()})
    if filters:
        source = next(iter(filters.values()))[1].source
        add_dependencies(made, source, [one for one, _ in filters.values()])
    zones = _Zones(child(made, "zones"), height)
    zones.add({"type-v2": "title"}, 0, 0, _COLUMNS, _TITLE_PIXELS)
    for number, (one, sheet) in enumerate(filters.values()):
        attributes = {
            "mode": "checkdropdown", "name": sheet.name,
            "param": sheet.source.qualified(one.name), "type-v2": "filter", "values": "database",
        }  # fmt: skip
        share = _COLUMNS / len(filters)
        zones.add(attributes, number * share, _TITLE_PIXELS, share, _FILTER_PIXELS)
    for sheet, (left, top, width, rows) in zip(placed.sheets, places, strict=True):
        attributes = {"alt-text": sheet.sentence, "name": sheet.name}
        zones.add(attributes, left, above + top * _ROW_PIXELS, width, rows * _ROW_PIXELS)
    options = ET.Element("layout-options")
    add_text(child(options, "title"), (f"{placed.page.title}: {placed.page.sentence}", _FONT))
    made.insert(0, options)
    child(made, "simple-id", {"uuid": simple_id("dashboard", placed.page.name)})


class _Zones:
    """The zones of a dashboard within the one that holds them all, numbered as they come."""

    def __init__(self, parent: ET.Element, height: int) -> None:
        self.height = height
        self.count = 1
        self.outer = child(
            parent,
            "zone",
            {"h": str(WHOLE), "id": "1", "type-v2": "layout-basic", "w": str(WHOLE), "x": "0",
             "y": "0"},
        )  # fmt: skip

    def add(
        self, attributes: dict[str, str], left: float, top: int, width: float, height: int
    ) -> None:
        """A zone by columns from the left and pixels from the top."""
        self.count += 1
        x, right = (round(place * WHOLE / _COLUMNS) for place in (left, left + width))
        y, bottom = (round(place * WHOLE / self.height) for place in (top, top + height))
        box = {"h": bottom - y, "id": self.count, "w": right - x, "x": x, "y": y}
        child(self.outer, "zone", attributes | {name: str(value) for name, value in box.items()})


def add_actions(parent: ET.Element, placed: PlacedPage) -> None:
    """A click on a mark filters the page's other sheets, those that can be told."""
    for sheet in placed.sheets:
        dimension = sheet.visual.cross_filter
        if dimension is None:
            continue
        others = [one for one in placed.sheets if one.id != sheet.id]
        untold = [one.name for one in others if dimension not in one.visual.filters
                  or not one.visual.is_of_metrics]  # fmt: skip
        if len(untold) == len(others):
            continue
        action = child(
            parent,
            "action",
            {"caption": f"Filter by {sheet.visual.title}", "name": f"[Action_{sheet.id}]"},
        )
        child(action, "activation", {"auto-clear": "true", "type": "on-select"})
        source = {"dashboard": placed.name, "type": "sheet", "worksheet": sheet.name}
        child(action, "source", source)
        command = child(action, "command", {"command": "tsc:tsl-filter"})
        parameters = {"exclude": ",".join([*untold, sheet.name]), "special-fields": "all",
                      "target": placed.name}  # fmt: skip
        for name, value in parameters.items():
            child(command, "param", {"name": name, "value": value})
