"""A worksheet: the drawing of a visual as XML, with the filters that its page shares."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from shopwright.serving.semantic.catalog import metric
from shopwright.visualization.definitions import FILTER_DIMENSIONS, Visual
from shopwright.visualization.tableau.drawings import Drawing, Pane
from shopwright.visualization.tableau.fields import (
    MEASURE_NAMES,
    DataSource,
    Instance,
)
from shopwright.visualization.tableau.identities import simple_id
from shopwright.visualization.tableau.markup import (
    RAMP,
    SERIES,
    USER,
    add_dependencies,
    add_text,
    child,
)

_ALLOW = {"selection-relaxation-option": "selection-relaxation-allow"}
_TITLE, _HEADLINE = {"bold": "true", "fontsize": "12"}, {"bold": "true", "fontsize": "24"}


@dataclass(frozen=True)
class Sheet:
    """A visual with its place in the workbook: `name` is the sheet's, `id` the visual's."""

    name: str
    id: str
    visual: Visual
    source: DataSource
    drawing: Drawing

    @property
    def shared_filters(self) -> tuple[Instance, ...]:
        """What the page's filters filter here: the dimensions that the visual can be told."""
        if not self.visual.is_of_metrics:
            return ()
        return tuple(
            one for name, one in filter_fields(self.source).items() if name in self.visual.filters
            or (name in ("year", "month") and "date" in self.visual.filters)
        )  # fmt: skip

    @property
    def top(self) -> tuple[str, int, str, bool] | None:
        """The first few, where the page does not filter by the same field already."""
        shared = {one.name for one in self.shared_filters}
        return self.drawing.top if self.drawing.top and self.drawing.top[0] not in shared else None

    @property
    def sentence(self) -> str:
        """What it shows: the page's sentence, unless a sheet cannot compute what that promises."""
        if self.visual.bridge is None:
            return self.visual.sentence
        bars, line = (metric(name).label for name in self.visual.metrics)
        return f"{bars} as bars and {line.lower()} as a line, by month."


def filter_fields(source: DataSource) -> dict[str, Instance]:
    """What every page can be filtered by: the year, the month, and the web page's dimensions."""
    day = source.fields["day"]
    return {
        "year": Instance(day, "Year", "ordinal"),
        "month": Instance(day, "Month", "ordinal"),
        **{
            name: Instance(source.fields[name], "None", source.fields[name].type)
            for name in FILTER_DIMENSIONS
        },
    }


def add_worksheet(parent: ET.Element, sheet: Sheet) -> None:
    """Writes one worksheet."""
    made = child(parent, "worksheet", {"name": sheet.name})
    options = child(made, "layout-options")
    add_text(child(options, "title"), (sheet.visual.title, _TITLE))
    add_text(child(options, "caption"), (sheet.sentence, {}))
    add_text(child(options, "alt-text"), (f"{sheet.visual.title}. {sheet.sentence}", {}))
    table = child(made, "table")
    _add_view(child(table, "view"), sheet)
    _add_style(child(table, "style"), sheet)
    panes = child(table, "panes")
    _add_panes(panes, sheet)
    child(table, "rows", text=sheet.drawing.rows)
    child(table, "cols", text=sheet.drawing.cols)
    child(made, "simple-id", {"uuid": simple_id("worksheet", sheet.id)})


def _add_view(view: ET.Element, sheet: Sheet) -> None:
    drawn, source = sheet.drawing, sheet.source
    add_dependencies(view, source, (*drawn.instances, *sheet.shared_filters))
    sliced = [_add_shared_filter(view, sheet, number, one)
              for number, one in enumerate(filter_fields(source).values(), 2)
              if one in sheet.shared_filters] if sheet.shared_filters else []  # fmt: skip
    if sheet.top:
        sliced.append(_add_top_filter(view, sheet, sheet.top))
    if drawn.measures_listed:
        sliced.append(_add_measure_filter(view, sheet))
    if drawn.sort:
        _add_sort(view, sheet, drawn.sort)
    if drawn.measures_listed:
        _add_measure_order(view, sheet)
    if sliced:
        slices = child(view, "slices")
        for name in sliced:
            child(slices, "column", text=name)
    child(view, "aggregation", {"value": "true"})


def _add_shared_filter(view: ET.Element, sheet: Sheet, group: int, one: Instance) -> str:
    """The same group on every sheet, so that one choice holds for all."""
    name = sheet.source.qualified(one.name)
    filter_ = child(
        view, "filter", {"class": "categorical", "column": name, "filter-group": str(group)}
    )
    _all_members(filter_, f"[{one.name}]")
    return name


def _all_members(parent: ET.Element, level: str) -> None:
    child(
        parent,
        "groupfilter",
        {
            "function": "level-members", "level": level, f"{{{USER}}}ui-enumeration": "all",
            f"{{{USER}}}ui-marker": "enumerate",
        },
    )  # fmt: skip


def _add_top_filter(view: ET.Element, sheet: Sheet, top: tuple[str, int, str, bool]) -> str:
    name, count, by, is_largest = top
    column = sheet.source.qualified(name)
    filter_ = child(view, "filter", {"class": "categorical", "column": column})
    end = child(
        filter_,
        "groupfilter",
        {
            "count": str(count), "end": "top" if is_largest else "bottom", "function": "end",
            "units": "records", f"{{{USER}}}ui-marker": "end",
            f"{{{USER}}}ui-top-by-field": "true",
        },
    )  # fmt: skip
    order = child(
        end,
        "groupfilter",
        {
            "direction": "DESC" if is_largest else "ASC", "expression": by, "function": "order",
            f"{{{USER}}}ui-marker": "order",
        },
    )  # fmt: skip
    _all_members(order, f"[{name}]")
    return column


def _members(sheet: Sheet) -> list[str]:
    return [f'"{sheet.source.qualified(one)}"' for one in sheet.drawing.measures_listed]


def _add_measure_filter(view: ET.Element, sheet: Sheet) -> str:
    column = sheet.source.qualified(MEASURE_NAMES)
    filter_ = child(view, "filter", {"class": "categorical", "column": column})
    union = child(
        filter_,
        "groupfilter",
        {
            "function": "union", f"{{{USER}}}op": "manual",
            f"{{{USER}}}ui-enumeration": "inclusive", f"{{{USER}}}ui-marker": "enumerate",
        },
    )  # fmt: skip
    for member in _members(sheet):
        attributes = {"function": "member", "level": f"[{MEASURE_NAMES}]", "member": member}
        child(union, "groupfilter", attributes)
    return column


def _add_measure_order(view: ET.Element, sheet: Sheet) -> None:
    column = sheet.source.qualified(MEASURE_NAMES)
    order = child(view, "manual-sort", {"column": column, "direction": "ASC"})
    dictionary = child(order, "dictionary")
    for member in _members(sheet):
        child(dictionary, "bucket", text=member)


def _add_sort(view: ET.Element, sheet: Sheet, sort: tuple[str, str, bool]) -> None:
    dimension, measure, is_descending = sort
    child(
        view,
        "computed-sort",
        {
            "column": sheet.source.qualified(dimension),
            "direction": "DESC" if is_descending else "ASC",
            "using": sheet.source.qualified(measure),
        },
    )


def _add_style(style: ET.Element, sheet: Sheet) -> None:
    drawn = sheet.drawing
    if drawn.folded:
        axis = child(style, "style-rule", {"element": "axis"})
        child(
            axis,
            "encoding",
            {
                "attr": "space", "class": "0", "field": sheet.source.qualified(drawn.folded),
                "field-type": "quantitative", "fold": "true", "scope": "rows", "type": "space",
            },
        )  # fmt: skip
    coloured = {name for pane in drawn.panes for channel, name in pane.encodings
                if channel == "color"}  # fmt: skip
    for name in sorted(coloured):
        _add_colours(style, sheet, name)


def _add_colours(style: ET.Element, sheet: Sheet, name: str) -> None:
    attributes = {"attr": "color", "field": sheet.source.qualified(name)}
    if name == MEASURE_NAMES:
        rule = child(style, "style-rule", {"element": "mark"})
        encoding = child(rule, "encoding", {**attributes, "type": "palette"})
        for number, member in enumerate(_members(sheet)):
            colour = child(encoding, "map", {"to": SERIES[number % len(SERIES)]})
            child(colour, "bucket", text=member)
    elif any(one.name == name and one.type == "quantitative" for one in sheet.drawing.instances):
        rule = child(style, "style-rule", {"element": "mark"})
        encoding = child(rule, "encoding", {**attributes, "type": "custom-interpolated"})
        palette = {"custom": "true", "name": "", "type": "ordered-sequential"}
        ramp = child(encoding, "color-palette", palette)
        for shade in RAMP:
            child(ramp, "color", text=shade)


def _add_panes(panes: ET.Element, sheet: Sheet) -> None:
    drawn = sheet.drawing
    if drawn.folded:
        # The pane of both axes together, whose marks each of the others replaces.
        _add_pane(panes, sheet, Pane("Automatic"), None, None)
    for number, pane in enumerate(drawn.panes):
        id_ = number + 1 if drawn.folded else None
        _add_pane(panes, sheet, pane, id_, SERIES[number])


def _add_pane(
    panes: ET.Element, sheet: Sheet, pane: Pane, number: int | None, colour: str | None
) -> None:
    attributes = {"id": str(number)} if number else {}
    attributes |= _ALLOW
    if pane.axis:
        attributes["y-axis-name"] = sheet.source.qualified(pane.axis)
    made = child(panes, "pane", attributes)
    child(child(made, "view"), "breakdown", {"value": "auto"})
    child(made, "mark", {"class": pane.mark})
    if pane.encodings:
        encodings = child(made, "encodings")
        for channel, name in pane.encodings:
            child(encodings, channel, {"column": sheet.source.qualified(name)})
    if pane.is_headline:
        (shown,) = [name for channel, name in pane.encodings if channel == "text"]
        label = child(made, "customized-label")
        add_text(label, (f"<{sheet.source.qualified(shown)}>", _HEADLINE))
    _add_pane_style(made, pane, colour)


def _add_pane_style(made: ET.Element, pane: Pane, colour: str | None) -> None:
    channels = {channel for channel, _ in pane.encodings}
    formats = {}
    if colour and "color" not in channels and pane.mark != "Text":
        formats["mark-color"] = colour
    if "text" in channels and pane.mark != "Text":
        formats["mark-labels-show"] = "true"
    if formats:
        rule = child(child(made, "style"), "style-rule", {"element": "mark"})
        for attribute, value in formats.items():
            child(rule, "format", {"attr": attribute, "value": value})
