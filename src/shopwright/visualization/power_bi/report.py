"""The report: a page for each page of the dashboard, its filters as slicers, its visuals below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import FILTER_DIMENSIONS, Page, Visual, visual_id
from shopwright.visualization.power_bi.drawing import Drawing
from shopwright.visualization.power_bi.fields import FIELDS
from shopwright.visualization.power_bi.pbir import (
    Json,
    Ref,
    literal,
    properties,
    schema,
    short_identifier,
)
from shopwright.visualization.power_bi.selects import select_table_name
from shopwright.visualization.power_bi.theme import NAME
from shopwright.visualization.power_bi.tmdl import Model
from shopwright.visualization.power_bi.visuals import Drawn, drawn

WIDTH, MARGIN, GAP, ROW = 1280, 16, 12, 116
_COLUMN = (WIDTH - 2 * MARGIN - 11 * GAP) / 12
_HEAD, _SLICERS = 64, 80
_TOP = MARGIN + _HEAD + GAP + _SLICERS + GAP
REPORT_VERSION = {"visual": "2.9.0", "report": "3.3.0", "page": "2.1.0"}
_DEFINITION = "item/report/definition"


@dataclass(frozen=True)
class Place:
    """A rectangle of the page, in its pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Gap:
    """What Power BI does not show as the web page does. `is_shown` with a difference."""

    visual: str
    title: str
    is_shown: bool
    reason: str
    stands_in: str


def report_json() -> Json:
    """`report.json`, which names the theme."""
    return {
        "$schema": schema(f"{_DEFINITION}/report/3.3.0"),
        "themeCollection": {
            "customTheme": {
                "name": NAME,
                "reportVersionAtImport": REPORT_VERSION,
                "type": "RegisteredResources",
            }
        },
        "resourcePackages": [
            {
                "name": "RegisteredResources",
                "type": "RegisteredResources",
                "items": [{"name": NAME, "path": NAME, "type": "CustomTheme"}],
            }
        ],
        "settings": {
            "useStylableVisualContainerHeader": True,
            "defaultDrillFilterOtherVisuals": True,
            "useEnhancedTooltips": True,
        },
    }


def version_json() -> Json:
    """`version.json`."""
    return {"$schema": schema(f"{_DEFINITION}/versionMetadata/1.0.0"), "version": "2.0.0"}


def pages_json(names: Sequence[str]) -> Json:
    """`pages.json`: the order of the pages."""
    return {
        "$schema": schema(f"{_DEFINITION}/pagesMetadata/1.1.0"),
        "pageOrder": list(names),
        "activePageName": names[0],
    }


def page_files(pages: Sequence[Page], model: Model) -> tuple[dict[str, Json], list[Gap]]:
    """The files of all pages by their paths in `pages`, and what is not shown, or differently."""
    files: dict[str, Json] = {}
    gaps: list[Gap] = []
    for page in pages:
        shown = [one for one in page.visuals if _can_be_shown(one, model)]
        gaps += [_left_out(page, one) for one in page.visuals if one not in shown]
        if not shown:
            continue
        name = short_identifier(page.name)
        made, height = _visuals(page, shown, model, gaps)
        files[f"{name}/page.json"] = _page(page, name, height)
        for number, one in enumerate(made):
            one["position"] |= {"z": number * 1000, "tabOrder": number * 1000}
            files[f"{name}/visuals/{one['name']}/visual.json"] = one
    return files, gaps


def _can_be_shown(visual: Visual, model: Model) -> bool:
    """Whether the model has what the visual shows: an export has no records of runs."""
    return visual.health is None or any(
        one.name == select_table_name(visual) for one in model.tables
    )


def _left_out(page: Page, visual: Visual) -> Gap:
    return Gap(
        visual_id(page, visual), visual.title, False,
        "the records of runs are in the database and not among the exported files",
        "`shopwright status`, the web page, or a build with --source postgres",
    )  # fmt: skip


def _page(page: Page, name: str, height: float) -> Json:
    return {
        "$schema": schema(f"{_DEFINITION}/page/2.1.0"),
        "name": name,
        "displayName": page.title,
        "displayOption": "FitToWidth",
        "height": height,
        "width": WIDTH,
    }


def _visuals(
    page: Page, shown: Sequence[Visual], model: Model, gaps: list[Gap]
) -> tuple[list[Json], float]:
    made = [_heading(page), *_slicers(page, shown)]
    height: float = 0
    for visual, place in placed(shown):
        drawing = Drawing(visual_id(page, visual), visual, model)
        how = drawn(drawing)
        if how.differs:
            gaps.append(Gap(drawing.id, visual.title, True, how.differs, how.stands_in))
        made.append(_container(drawing, how, place))
        height = max(height, place.y + place.height)
    return made, height + MARGIN


def placed(visuals: Sequence[Visual]) -> Iterator[tuple[Visual, Place]]:
    """Each visual's place: along rows of twelve columns, as on the web page."""
    column, top, tallest = 0, 0, 0
    for visual in visuals:
        if column + visual.width > 12:
            column, top, tallest = 0, top + tallest, 0
        yield (
            visual,
            Place(
                round(MARGIN + column * (_COLUMN + GAP), 2),
                _TOP + top * (ROW + GAP),
                round(visual.width * _COLUMN + (visual.width - 1) * GAP, 2),
                visual.height * ROW + (visual.height - 1) * GAP,
            ),
        )
        column, tallest = column + visual.width, max(tallest, visual.height)


def _container(drawing: Drawing, how: Drawn, place: Place) -> Json:
    visual = drawing.visual
    query: Json = {"queryState": {role: {"projections": list(fields)}
                                  for role, fields in how.roles.items()}}  # fmt: skip
    if how.order is not None:
        query["sortDefinition"] = how.order
    body: Json = {"visualType": how.type, "query": query}
    if how.objects:
        body["objects"] = dict(how.objects)
    sentence = _sentence(visual, how)
    body["visualContainerObjects"] = {
        "title": properties(show=literal(True), text=literal(visual.title)),
        "general": properties(altText=literal(f"{visual.title}. {sentence}")),
        "visualHeaderTooltip": properties(text=literal(sentence)),
        "visualHeader": properties(showTooltipButton=literal(True)),
    }
    body["drillFilterOtherVisuals"] = True
    made = _placed(drawing.id, place, body)
    if how.filters:
        made["filterConfig"] = {"filters": list(how.filters)}
    return made


def _sentence(visual: Visual, how: Drawn) -> str:
    """What a chart shows; the page's sentence may promise what Power BI's visual has not."""
    if how.differs and visual.dimensions:
        return f"{visual.sentence} Here without {how.differs}."
    return visual.sentence


def _placed(name: str, place: Place, body: Json) -> Json:
    return {
        "$schema": schema(f"{_DEFINITION}/visualContainer/2.9.0"),
        "name": short_identifier(name),
        "position": {"x": place.x, "y": place.y, "width": place.width, "height": place.height},
        "visual": body,
    }


def _heading(page: Page) -> Json:
    runs = [
        {"value": f"{page.title}  ", "textStyle": {"fontSize": "20pt", "fontWeight": "bold"}},
        {"value": page.sentence, "textStyle": {"fontSize": "11pt"}},
    ]
    body: Json = {
        "visualType": "textbox",
        "objects": {"general": [{"properties": {"paragraphs": [{"textRuns": runs}]}}]},
        "visualContainerObjects": {
            "general": properties(altText=literal(f"{page.title}. {page.sentence}")),
            "title": properties(show=literal(False)),
            "background": properties(show=literal(False)),
            "border": properties(show=literal(False)),
        },
    }
    return _placed(f"{page.name}/heading", Place(MARGIN, MARGIN, WIDTH - 2 * MARGIN, _HEAD), body)


def _slicers(page: Page, shown: Sequence[Visual]) -> list[Json]:
    """The dates and what the web page filters by, the same on all pages; none that nothing on the
    page could follow."""
    names = ("day", *FILTER_DIMENSIONS)
    followed = {"day" if one == "date" else one for visual in shown for one in visual.filters}
    width = (WIDTH - 2 * MARGIN - (len(names) - 1) * GAP) / len(names)
    return [
        _slicer(page, name, Place(
            round(MARGIN + number * (width + GAP), 2), MARGIN + _HEAD + GAP, round(width, 2),
            _SLICERS,
        ))
        for number, name in enumerate(one for one in names if one in followed)
    ]  # fmt: skip


def _slicer(page: Page, name: str, place: Place) -> Json:
    field = FIELDS[name]
    ref = Ref(field.table, field.column, "Days" if name == "day" else DIMENSIONS[name].label)
    mode = "Between" if name == "day" else "Dropdown"
    body: Json = {
        "visualType": "slicer",
        "query": {"queryState": {"Values": {"projections": [ref.projection(active=True)]}}},
        "objects": {
            "data": properties(mode=literal(mode)),
            "header": properties(show=literal(True), text=literal(ref.label)),
        },
        "visualContainerObjects": {
            "general": properties(altText=literal(f"Filter by {ref.label.lower()}")),
            "title": properties(show=literal(False)),
        },
        "syncGroup": {"groupName": name, "fieldChanges": True, "filterChanges": True},
        "drillFilterOtherVisuals": True,
    }
    return _placed(f"{page.name}/filter/{name}", place, body)


def shown_visuals(files: Mapping[str, Json]) -> int:
    """How many visuals show figures: not headings, nor slicers."""
    types = [one["visual"]["visualType"] for one in files.values() if "visual" in one]
    return sum(one not in ("textbox", "slicer") for one in types)
