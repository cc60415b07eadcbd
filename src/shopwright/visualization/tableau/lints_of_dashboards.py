"""Lints of dashboards and actions: zones within bounds and apart, sheets that are there."""

from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

from shopwright.visualization.tableau.lints_of_worksheets import instances_of, pill_faults

_WHOLE = 100_000


def dashboard_faults(root: ET.Element) -> Iterator[str]:
    """The faults of all dashboards, their windows and actions."""
    sheets = {one.get("name", ""): one for one in root.iterfind("worksheets/worksheet")}
    for dashboard in root.iterfind("dashboards/dashboard"):
        where = f"dashboard {dashboard.get('name')!r}"
        for fault in (*_zones(dashboard), *_contents(dashboard, sheets),
                      *_viewpoints(root, dashboard)):  # fmt: skip
            yield f"{where}: {fault}"
    yield from _actions(root)


def _sheets_of(dashboard: ET.Element) -> list[str]:
    return [one.get("name", "") for one in dashboard.iterfind("zones//zone[@name]")
            if one.get("type-v2") is None]  # fmt: skip


def _zones(dashboard: ET.Element) -> Iterator[str]:
    ids = [one.get("id") for one in dashboard.iterfind("zones//zone")]
    if len(ids) != len(set(ids)):
        yield "two zones have the same id"
    outer = (0, 0, _WHOLE, _WHOLE)
    for zone in dashboard.iterfind("zones/zone"):
        yield from _within(zone, outer)
    for container in dashboard.iterfind("zones//zone"):
        children = container.findall("zone")
        for one in children:
            yield from _within(one, _box(container))
        for one, other in combinations(children, 2):
            if _overlap(_box(one), _box(other)):
                yield f"zones {one.get('id')} and {other.get('id')} overlap"


def _box(zone: ET.Element) -> tuple[int, int, int, int]:
    """Left, top, right, bottom."""
    x, y, w, h = (int(zone.get(name, "0")) for name in "xywh")
    return x, y, x + w, y + h


def _within(zone: ET.Element, outer: tuple[int, int, int, int]) -> Iterator[str]:
    left, top, right, bottom = _box(zone)
    if right <= left or bottom <= top:
        yield f"zone {zone.get('id')} has no size"
    if left < outer[0] or top < outer[1] or right > outer[2] or bottom > outer[3]:
        yield f"zone {zone.get('id')} reaches out of what holds it"


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _contents(dashboard: ET.Element, sheets: dict[str, ET.Element]) -> Iterator[str]:
    shown = _sheets_of(dashboard)
    for name in shown:
        if name not in sheets:
            yield f"it shows the sheet {name!r}, which does not exist"
    if not shown:
        yield "it shows no sheet"
    for zone in dashboard.iterfind("zones//zone[@type-v2='filter']"):
        name, parameter = zone.get("name", ""), zone.get("param", "")
        if name not in shown:
            yield f"a filter is that of the sheet {name!r}, which it does not show"
        elif name in sheets and not _has_filter(sheets[name], parameter):
            yield f"the sheet {name!r} has no filter {parameter}"
    yield from pill_faults(dashboard, instances_of(dashboard))


def _has_filter(sheet: ET.Element, column: str) -> bool:
    return any(one.get("column") == column for one in sheet.iterfind("table/view/filter"))


def _viewpoints(root: ET.Element, dashboard: ET.Element) -> Iterator[str]:
    name = dashboard.get("name", "")
    for window in root.iterfind("windows/window[@class='dashboard']"):
        if window.get("name") == name:
            seen = [one.get("name", "") for one in window.iterfind("viewpoints/viewpoint")]
            if sorted(seen) != sorted(_sheets_of(dashboard)):
                yield "its window does not see the sheets that it shows"


def _actions(root: ET.Element) -> Iterator[str]:
    shown = {one.get("name", ""): _sheets_of(one) for one in root.iterfind("dashboards/dashboard")}
    names = [one.get("name", "") for one in root.iterfind("actions/action")]
    for action in root.iterfind("actions/action"):
        where = f"action {action.get('name')}"
        if names.count(action.get("name", "")) > 1:
            yield f"{where}: another has its name"
        source = action.find("source")
        dashboard = "" if source is None else source.get("dashboard", "")
        if dashboard not in shown:
            yield f"{where}: there is no dashboard {dashboard!r}"
            continue
        assert source is not None
        if source.get("worksheet") not in shown[dashboard]:
            yield f"{where}: {dashboard!r} shows no sheet {source.get('worksheet')!r}"
        yield from (f"{where}: {fault}" for fault in _command(action, shown, dashboard))


def _command(action: ET.Element, shown: dict[str, list[str]], dashboard: str) -> Iterator[str]:
    parameters = {one.get("name", ""): one.get("value", "")
                  for one in action.iterfind("command/param")}  # fmt: skip
    command = action.find("command")
    if command is None or command.get("command") != "tsc:tsl-filter":
        yield "it does not filter"
    if parameters.get("target") not in shown:
        yield f"it filters {parameters.get('target')!r}, which does not exist"
    excluded = [one for one in parameters.get("exclude", "").split(",") if one]
    for name in excluded:
        if name not in shown[dashboard]:
            yield f"it leaves out the sheet {name!r}, which {dashboard!r} does not show"
    if set(excluded) >= set(shown[dashboard]):
        yield "it filters no sheet at all"
