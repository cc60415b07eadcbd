"""The whole workbook: data sources, worksheets, dashboards, actions and windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import psycopg

from shopwright.config import ShopSettings
from shopwright.serving.semantic.catalog import metric
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import Page, Visual, pages, visual_id
from shopwright.visualization.tableau.connections import Connection
from shopwright.visualization.tableau.dashboards import PlacedPage, add_actions, add_dashboard
from shopwright.visualization.tableau.drawings import drawing
from shopwright.visualization.tableau.fields import DataSource
from shopwright.visualization.tableau.identities import simple_id, source_id
from shopwright.visualization.tableau.markup import (
    RAMP,
    SERIES,
    add_column,
    child,
)
from shopwright.visualization.tableau.record_sources import record_sources, statement
from shopwright.visualization.tableau.sales_lines import NAME, sales_lines
from shopwright.visualization.tableau.worksheets import Sheet, add_worksheet

VERSION = "26.1"
_BUILD = "0.0.0 (0000.0.0.0)"


@dataclass(frozen=True)
class Workbook:
    """What a workbook holds, before it is written as XML."""

    sources: tuple[DataSource, ...]
    pages: tuple[PlacedPage, ...]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All worksheets in the order of their pages."""
        return tuple(sheet for page in self.pages for sheet in page.sheets)


def workbook(connection: psycopg.Connection, shop: ShopSettings) -> Workbook:
    """The workbook of the dashboard's pages. The connection tells the types of its records."""
    visuals = [one for page in pages().values() for one in page.visuals]
    forms = {name: axis for one in visuals for name, axis in _forms(one).items()}
    sales = sales_lines(source_id(NAME), forms, shop.currency)
    records = record_sources(visuals, connection, shop.currency)
    placed = tuple(
        PlacedPage(page.title, page, tuple(
            _sheet(page, one, sales if one.is_of_metrics else records[statement(one)])
            for one in page.visuals
        ))
        for page in pages().values()
    )  # fmt: skip
    return Workbook((sales, *records.values()), placed)


def _forms(visual: Visual) -> dict[str, str]:
    """The metrics of a visual that look at other days, with the period they are shown by."""
    if not visual.is_of_metrics:
        return {}
    axis = next((one for one in visual.dimensions if DIMENSIONS[one].kind == "time"), "")
    return {name: axis for name in visual.metrics if metric(name).form is not None}


def _sheet(page: Page, visual: Visual, source: DataSource) -> Sheet:
    name = f"{page.title}: {visual.title}".replace(",", "")  # a list of sheets is told by commas
    return Sheet(name, visual_id(page, visual), visual, source, drawing(visual, source))


def written(book: Workbook, connection: Connection) -> ET.Element:
    """The workbook as XML."""
    root = ET.Element(
        "workbook",
        {
            "original-version": VERSION, "source-build": _BUILD, "source-platform": "win",
            "version": VERSION,
        },
    )  # fmt: skip
    child(child(root, "document-format-change-manifest"), "ManifestByVersion")
    _add_preferences(root)
    sources = child(root, "datasources")
    for source in book.sources:
        _add_source(sources, source, connection)
    actions = child(root, "actions")
    sheets, dashboards = child(root, "worksheets"), child(root, "dashboards")
    for placed in book.pages:
        add_actions(actions, placed)
        add_dashboard(dashboards, placed)
    for sheet in book.sheets:
        add_worksheet(sheets, sheet)
    _add_windows(child(root, "windows", {"source-height": "30"}), book)
    allowed = {"enabled-for-viewer": "true", "extreme-values-enabled-for-all": "true"}
    child(child(root, "explain-data", allowed), "explanation-types")
    return root


def _add_preferences(root: ET.Element) -> None:
    preferences = child(root, "preferences")
    for name, value in (("ui.encoding.shelf.height", "24"), ("ui.shelf.height", "26")):
        child(preferences, "preference", {"name": name, "value": value})
    palettes: Sequence[tuple[str, str, Sequence[str]]] = (
        ("Shopwright", "regular", SERIES), ("Shopwright amounts", "ordered-sequential", RAMP),
    )  # fmt: skip
    for name, kind, colours in palettes:
        palette = child(preferences, "color-palette", {"name": name, "type": kind})
        for colour in colours:
            child(palette, "color", text=colour)


def _add_source(parent: ET.Element, source: DataSource, connection: Connection) -> None:
    made = child(
        parent,
        "datasource",
        {"caption": source.caption, "inline": "true", "name": source.id, "version": VERSION},
    )
    connection.add(made, source)
    child(made, "aliases", {"enabled": "yes"})
    for field in source.fields.values():
        add_column(made, field)
    if source.hierarchies:
        paths = child(made, "drill-paths")
        for name, fields in source.hierarchies:
            path = child(paths, "drill-path", {"name": name})
            for field_name in fields:
                child(path, "field", text=f"[{field_name}]")
    _add_folders(made, source)
    order = {"dim-ordering": "alphabetic", "measure-ordering": "alphabetic",
             "show-structure": "true"}  # fmt: skip
    child(made, "layout", order)
    child(made, "date-options", {"start-of-week": "monday"})


def _add_folders(made: ET.Element, source: DataSource) -> None:
    names = sorted({field.folder for field in source.fields.values() if field.folder})
    if not names:
        return
    folders = child(made, "folders-common")
    for name in names:
        folder = child(folders, "folder", {"name": name})
        for field in source.fields.values():
            if field.folder == name:
                child(folder, "folder-item", {"name": field.column, "type": "field"})


def _add_windows(windows: ET.Element, book: Workbook) -> None:
    for number, placed in enumerate(book.pages):
        attributes = {"class": "dashboard"} | ({"maximized": "true"} if number == 0 else {})
        window = child(windows, "window", {**attributes, "name": placed.name})
        viewpoints = child(window, "viewpoints")
        for sheet in placed.sheets:
            viewpoint = child(viewpoints, "viewpoint", {"name": sheet.name})
            child(viewpoint, "zoom", {"type": "entire-view"})
        child(window, "active", {"id": "-1"})
        child(window, "simple-id", {"uuid": simple_id("window of dashboard", placed.page.name)})
    for sheet in book.sheets:
        window = child(windows, "window", {"class": "worksheet", "name": sheet.name})
        cards = child(window, "cards")
        left = child(child(cards, "edge", {"name": "left"}), "strip", {"size": "160"})
        for card in ("pages", "filters", "marks"):
            child(left, "card", {"type": card})
        top = child(cards, "edge", {"name": "top"})
        for card in ("columns", "rows"):
            child(child(top, "strip", {"size": "31"}), "card", {"type": card})
        child(window, "simple-id", {"uuid": simple_id("window of worksheet", sheet.id)})


def as_text(root: ET.Element) -> str:
    """The XML as it lies in a file, indented so that a change is a diff of lines."""
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='utf-8' ?>\n{body}\n"
