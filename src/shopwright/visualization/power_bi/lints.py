"""What no validator of Power BI looks at: names that lead nowhere, between the files of a project.

Each lint is a function from a project read back to sentences; `LINTS` holds them all.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shopwright.storage.tables import metadata
from shopwright.storage.tables.warehouse import SCHEMA
from shopwright.visualization.power_bi.reading import (
    Node,
    ReadProject,
    end_of,
    fields_in,
    read_project,
    unquoted,
)
from shopwright.visualization.power_bi.star import ADDED_NAMES
from shopwright.visualization.power_bi.visuals import ROLES

DATA_TYPES = {"boolean", "dateTime", "decimal", "double", "int64", "string", "binary"}
_M_STRING = re.compile(r'"(?:[^"]|"")*"')
_DAX = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")|(?P<table>'(?:[^']|'')+'|(?<![\w\]])[A-Za-z_]\w*(?=\[))?"""
    r"""\[(?P<field>(?:[^\]]|\]\])+)\]|(?P<call>[A-Za-z_][\w.]*)(?=\s*\()|(?P<alone>'(?:[^']|'')+')"""
)
FUNCTIONS = frozenset({
    "ADDCOLUMNS", "ALL", "ALLSELECTED", "CALCULATE", "COALESCE", "COUNTROWS", "DATEADD",
    "DATEDIFF", "DATESBETWEEN", "DAY", "DISTINCTCOUNT", "DIVIDE", "EDATE", "FALSE", "FILTER",
    "IF", "INT", "ISBLANK", "ISINSCOPE", "KEEPFILTERS", "LOOKUPVALUE", "MAX", "MIN", "NOT",
    "RELATED", "REMOVEFILTERS", "SAMEPERIODLASTYEAR", "SELECTEDVALUE", "SUM", "SUMMARIZE",
    "SUMX", "SWITCH", "TRUE", "VALUES",
})  # fmt: skip
"""What our DAX calls; a function that a user's own tables call is not known here."""
Faults = Iterator[str]


def faults(files: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with a project, given as its texts by their paths."""
    project = read_project(files)
    return [fault for lint in LINTS for fault in lint(project)]


def names_are_unique(project: ReadProject) -> Faults:
    """Power BI compares names without regard to case; a measure is not named like a column."""
    yield from _twice("table", (one.name for one in project.tables))
    every = [one.name for each in project.measures.values() for one in each]
    yield from _twice("measure", every)
    tags = [tag for one in project.tables for tag in _tags(one)]
    yield from _twice("lineageTag", tags)
    for table in project.tables:
        columns = [one.name for one in table.of_kind("column")]
        yield from _twice(f"column of {table.name}", columns)
        lower = {one.lower() for one in columns}
        for measure in table.of_kind("measure"):
            if measure.name.lower() in lower:
                yield f"the measure {measure.name!r} is named like a column of its table"


def _tags(node: Node) -> Iterator[str]:
    if "lineageTag" in node.properties:
        yield node.properties["lineageTag"]
    for one in node.inside:
        yield from _tags(one)


def _twice(what: str, names: Iterable[str]) -> Faults:
    for name, count in Counter(one.lower() for one in names).items():
        if count > 1:
            yield f"{what} {name!r} is there {count} times"


def tables_are_whole(project: ReadProject) -> Faults:
    """Every table has a partition with a query, columns with types, and a `ref` in the model."""
    names = {one.name for one in project.tables}
    for name in project.references:
        if name not in names:
            yield f"model.tmdl refers to the table {name!r}, which has no file"
    yield from _twice("ref table", project.references)
    for table in project.tables:
        if table.name not in project.references:
            yield f"model.tmdl does not refer to the table {table.name!r}"
        partitions = table.of_kind("partition")
        if not partitions or any("source" not in one.properties for one in partitions):
            yield f"the table {table.name!r} has no partition with a source"
        for column in table.of_kind("column"):
            if column.properties.get("dataType") not in DATA_TYPES and not column.expression:
                yield f"{table.name}[{column.name}] has no data type"
            if not column.expression and not column.properties.get("sourceColumn"):
                yield f"{table.name}[{column.name}] has neither a source nor an expression"


def columns_named_exist(project: ReadProject) -> Faults:
    """What sorts a column, and the levels of a hierarchy, are columns of the table."""
    for table in project.tables:
        columns = project.columns[table.name]
        for column in columns.values():
            by = unquoted(column.properties.get("sortByColumn", ""))
            if by and (by not in columns or by == column.name):
                yield f"{table.name}[{column.name}] is sorted by {by!r}, which is no other column"
        for hierarchy in table.of_kind("hierarchy"):
            for level in hierarchy.of_kind("level"):
                name = unquoted(level.properties.get("column", ""))
                if name not in columns:
                    yield f"level {level.name!r} of {hierarchy.name!r} has no column {name!r}"


def relationships_hold(project: ReadProject) -> Faults:
    """Both ends exist and have one type, and no two tables are joined twice."""
    pairs = []
    for one in project.relationships:
        ends = [end_of(one, side) for side in ("fromColumn", "toColumn")]
        columns = [project.columns.get(table, {}).get(name) for table, name in ends]
        said = " to ".join(f"{table}[{name}]" for table, name in ends)
        if None in columns:
            yield f"the relationship {said} has an end that does not exist"
            continue
        types = [column.properties.get("dataType") for column in columns if column]
        if types[0] != types[1]:
            yield f"the relationship {said} joins {types[0]} to {types[1]}"
        if one.properties.get("isActive") != "false":
            pairs.append(" to ".join(table for table, _ in ends))
    yield from _twice("active relationship", pairs)


def dates_are_marked(project: ReadProject) -> Faults:
    """One date table, with a date as its key: time intelligence needs it."""
    marked = [one for one in project.tables if one.properties.get("dataCategory") == "Time"]
    if not marked:
        yield "no table is marked as the table of dates"
    for table in marked:
        keys = [one for one in table.of_kind("column") if "isKey" in one.properties]
        if [one.properties.get("dataType") for one in keys] != ["dateTime"]:
            yield f"{table.name} is marked as a table of dates, and its key is not one date"


def queries_find_their_source(project: ReadProject) -> Faults:
    """Tables and columns are those of the warehouse, parameters those of the project."""
    known = {one.name for one in project.expressions}
    for table in project.tables:
        for partition in table.of_kind("partition"):
            text = partition.expression
            plain = _M_STRING.sub("", text)
            for name in ("PgServer", "PgDatabase", "Folder"):
                if re.search(rf"\b{name}\b", plain) and name not in known:
                    yield f"the query of {table.name!r} reads the parameter {name}, which is none"
            for name in _warehouse_tables(text):
                if f"{SCHEMA}.{name}" not in metadata.tables:
                    yield f"the query of {table.name!r} reads {name!r}, no table of the warehouse"
            yield from _source_columns(table, _warehouse_tables(text)[:1])
            if text.count("(") != text.count(")") or text.count("{") != text.count("}"):
                yield f"the query of {table.name!r} has a bracket without its other half"


def _warehouse_tables(query: str) -> list[str]:
    found = re.findall(r'Item="(\w+)"\]', query)
    exported = re.findall(r'Folder & "(\w+)\.parquet"', query)
    return found + [one for one in exported if not _is_analysis(one)]


def _is_analysis(name: str) -> bool:
    return f"{SCHEMA}.{name}" not in metadata.tables and not name.startswith(
        ("dim_", "fact_", "agg_")
    )


def _source_columns(table: Node, names: Iterable[str]) -> Faults:
    known = [metadata.tables.get(f"{SCHEMA}.{name}") for name in names]
    columns = next((one.columns for one in known if one is not None), None)
    if columns is None:
        return
    for column in table.of_kind("column"):
        source = column.properties.get("sourceColumn")
        if source and source not in columns and source not in ADDED_NAMES:
            yield f"{table.name}[{column.name}] comes from {source!r}, no column of its query"


def dax_names_exist(project: ReadProject) -> Faults:
    """Tables, columns, measures and functions that DAX names; brackets and quotes close."""
    for table in project.tables:
        is_ours = table.name in _OUR_TABLES or table.name.startswith(
            ("steps_", "analysis_", "health_")
        )
        for one in [*table.of_kind("measure"), *table.of_kind("column")]:
            if not one.expression:
                continue
            where = f"{table.name}[{one.name}]"
            for fault in _dax_faults(one.expression, project, table.name, is_ours):
                yield f"{where}: {fault}"


_OUR_TABLES = {"Metrics", "dim_channel", "dim_shipping_country", "dim_hour"} | {
    one.name for one in metadata.tables.values() if one.schema == SCHEMA
}


def _dax_faults(text: str, project: ReadProject, home: str, is_ours: bool) -> Faults:
    made = {found[1] for found in re.finditer(r'"(_\w+)"', text)}  # columns of ADDCOLUMNS
    own = project.columns[home].keys()
    for found in _DAX.finditer(text):
        if found["text"]:
            continue
        if found["alone"] and unquoted(found["alone"]) not in project.columns:
            yield f"there is no table {found['alone']}"
        elif found["field"]:
            name, table = found["field"].replace("]]", "]"), unquoted(found["table"] or "")
            if table and name not in project.columns.get(table, {}):
                is_measure = name in {one.name for one in project.measures.get(table, [])}
                if not is_measure:
                    yield f"there is no column {table}[{name}]"
            elif not table and name not in project.measure_names() | made | own:
                yield f"there is no measure [{name}]"
        elif found["call"] and is_ours and found["call"].upper() not in FUNCTIONS:
            yield f"there is no function {found['call']}"
    bare = re.sub(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')+\'|\[(?:[^\]]|\]\])+\]', "", text)
    if bare.count("(") != bare.count(")") or set(bare) & set("\"'[]"):
        yield "a bracket or quote lacks its other half"


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
    yield from _twice("page", listed)
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


def visuals_do_not_overlap(project: ReadProject) -> Faults:
    """What the build places lies inside its page, one beside the other."""
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


def files_are_json(project: ReadProject) -> Faults:
    """What is to be JSON is."""
    yield from project.broken


LINTS: tuple[Callable[[ReadProject], Faults], ...] = (
    files_are_json,
    names_are_unique,
    tables_are_whole,
    columns_named_exist,
    relationships_hold,
    dates_are_marked,
    queries_find_their_source,
    dax_names_exist,
    fields_exist,
    pages_and_visuals_are_whole,
    visuals_do_not_overlap,
    parts_find_each_other,
)
