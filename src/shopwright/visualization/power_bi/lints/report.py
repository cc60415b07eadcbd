"""The report: its fields, pages and visuals, and how the parts of a project find each other."""

from collections.abc import Iterator
from typing import Any

from shopwright.visualization.power_bi.reading import Faults, ReadProject, fields_in, twice
from shopwright.visualization.power_bi.visuals import ROLES


def fields_exist(project: ReadProject) -> Faults:
    """Every field that the report names is in the model, and is called what it is."""
    for path, content in project.json.items():
        if ".Report/definition/" not in path:
            continue
        for kind, table, name in fields_in(content):
            if not _is_there(project, kind, table, name):
                yield f"{path}: {kind.lower()} {table}[{name}] is not in the model"
        for projection in _projections(content):
            for kind, table, name in fields_in(projection.get("field")):
                if kind != "Aggregation" and projection.get("queryRef") != f"{table}.{name}":
                    yield f"{path}: {projection.get('queryRef')!r} names {table}.{name}"


def _is_there(project: ReadProject, kind: str, table: str, name: str) -> bool:
    if kind == "Column":
        return name in project.columns.get(table, {})
    if kind == "Measure":
        return name in {one.name for one in project.measures.get(table, [])}
    hierarchy, _, level = name.partition(".")
    tables = [one for one in project.tables if one.name == table]
    return any(
        level in {each.name for each in one.of_kind("level")}
        for node in tables
        for one in node.of_kind("hierarchy")
        if one.name == hierarchy
    )


def _projections(content: Any) -> Iterator[dict[str, Any]]:
    state = content.get("visual", {}).get("query", {}).get("queryState", {})
    for role in state.values():
        yield from role.get("projections", [])


def pages_and_visuals_are_whole(project: ReadProject) -> Faults:
    """Folders are named by what lies in them, pages are listed, roles are those of the type."""
    listed: list[str] = []
    pages: dict[str, Any] = {}
    for path, content in project.json.items():
        if path.endswith("/pages/pages.json"):
            listed = content.get("pageOrder", [])
            if content.get("activePageName") not in listed:
                yield "pages.json opens a page that it does not list"
        elif path.endswith("/page.json"):
            pages[path.split("/")[-2]] = content
        elif path.endswith("/visual.json"):
            yield from _visual_faults(path, content)
    yield from twice("page", listed)
    for name in {*listed} ^ {*pages}:
        yield f"the page {name} is {'not listed' if name in pages else 'listed without a folder'}"
    for name, content in pages.items():
        if content.get("name") != name:
            yield f"the page in {name} calls itself {content.get('name')}"
    for path in project.json:
        if path.endswith("/visual.json") and path.split("/")[-4] not in pages:
            yield f"{path} lies in no page"


def _visual_faults(path: str, content: Any) -> Faults:
    if content.get("name") != path.split("/")[-2]:
        yield f"{path}: the visual calls itself {content.get('name')}"
    visual = content.get("visual", {})
    known = ROLES.get(visual.get("visualType"))
    if known is None:
        return  # a user's own, of a type that we do not use
    state = visual.get("query", {}).get("queryState", {})
    for role in state:
        if role not in known:
            yield f"{path}: {visual['visualType']} has no role {role!r}"
    if known and not any(one.get("projections") for one in state.values()):
        yield f"{path}: the visual shows no field"


def visuals_lie_on_their_page(project: ReadProject) -> Faults:
    """Nothing reaches over the edge of its page."""
    by_page: dict[str, list[tuple[str, dict[str, float]]]] = {}
    sizes = {path.rsplit("/", 1)[0]: one for path, one in project.json.items()
             if path.endswith("/page.json")}  # fmt: skip
    for path, content in project.json.items():
        if path.endswith("/visual.json"):
            by_page.setdefault(path.split("/visuals/")[0], []).append((path, content["position"]))
    for page, placed in by_page.items():
        size = sizes.get(page, {})
        for path, at in placed:
            if (
                at["x"] + at["width"] > size.get("width", 0) + 0.5
                or at["y"] + at["height"] > size.get("height", 0) + 0.5
            ):
                yield f"{path} reaches over the edge of its page"


def parts_find_each_other(project: ReadProject) -> Faults:
    """The project leads to the report, the report to the model and to its theme."""
    folders = {path.split("/")[0] for path in project.json if "/" in path}
    for path, content in project.json.items():
        if path.endswith(".pbip"):
            for one in content.get("artifacts", []):
                if one.get("report", {}).get("path") not in folders:
                    yield f"{path} leads to a report that is not there"
        elif path.endswith("definition.pbir"):
            to = content.get("datasetReference", {}).get("byPath", {}).get("path", "")
            if to.removeprefix("../") not in folders:
                yield f"{path} leads to a model that is not there"
        elif path.endswith("/definition/report.json"):
            yield from _theme_faults(path, content, project)


def _theme_faults(path: str, content: Any, project: ReadProject) -> Faults:
    name = content.get("themeCollection", {}).get("customTheme", {}).get("name")
    if name is None:
        return
    items = [one for each in content.get("resourcePackages", []) for one in each.get("items", [])]
    if name not in {one.get("name") for one in items}:
        yield f"{path}: the theme {name!r} is in no resource package"
    file = path.replace("definition/report.json", f"StaticResources/RegisteredResources/{name}")
    if project.json.get(file, {}).get("name") != name:
        yield f"{path}: there is no theme file that calls itself {name!r}"
