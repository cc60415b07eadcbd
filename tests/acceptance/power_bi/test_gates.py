# ruff: noqa: E501  (a damage is a line of its table)
"""A built project passes every gate, and each of many damages is caught by the gate it names.

Gates: `schema` (Microsoft's JSON schemas), `parser` (Microsoft's parser of TMDL), `report`
(Microsoft's validator of reports) and `lints` (our own). None of them is Power BI Desktop.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.power_bi.conftest import SETTINGS
from tests.acceptance.power_bi.gates import ModelParser, put, report_faults, schema_faults

from shopwright.storage.database import Database
from shopwright.visualization.power_bi.lints import faults
from shopwright.visualization.power_bi.project import PAGES, TABLES, project
from shopwright.visualization.power_bi.reading import read_project
from shopwright.visualization.power_bi.sources import FilesSource, PostgresSource

Files = dict[str, str]
MODEL = "Shop.SemanticModel/definition"
SOURCES = {"postgres": PostgresSource("db:5432", "shop"), "files": FilesSource("C:\\shop\\")}


@pytest.fixture(scope="module")
def built(server: Any, template_database: str) -> Iterator[dict[str, Files]]:
    """The files of a project by its source; a warehouse without rows is enough."""
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database, database.connect() as connection:
            yield {source: project(SETTINGS, connection, one).files
                   for source, one in SOURCES.items()}  # fmt: skip
    finally:
        server.drop(name)


@pytest.fixture(scope="module")
def parser() -> Iterator[ModelParser]:
    """Microsoft's parser, started once."""
    pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    with ModelParser() as started:
        yield started


@pytest.mark.parametrize("source", SOURCES)
def test_a_project_passes_every_gate(
    built: dict[str, Files], parser: ModelParser, tmp_path: Path, source: str
) -> None:
    files, folder = built[source], put(built[source], tmp_path)
    assert faults(files) == []
    assert parser.faults(folder) == []
    assert report_faults(folder) == []
    assert schema_faults(files) == []


def test_the_report_has_what_it_promises(built: dict[str, Files]) -> None:
    visuals = [json.loads(text) for path, text in built["postgres"].items()
               if path.endswith("visual.json")]  # fmt: skip
    shown = [one["visual"]["visualType"] for one in visuals]
    assert len(json.loads(built["postgres"][f"{PAGES}/pages.json"])["pageOrder"]) == 6
    assert len([one for one in shown if one not in ("slicer", "textbox")]) >= 50
    assert shown.count("slicer") == 5 * 5 + 1  # what runs did has days, and no category
    for one in visuals:
        alt = one["visual"]["visualContainerObjects"]["general"][0]["properties"]["altText"]
        assert len(alt["expr"]["Literal"]["Value"]) > 10


def test_what_a_viewer_sees_is_called_in_words(built: dict[str, Files]) -> None:
    """In Power BI's list of fields; what is hidden has the warehouse's names."""
    tables = {one.name: one for one in read_project(built["postgres"]).tables}
    seen = [one.name for one in tables.values() if "isHidden" not in one.properties]
    seen += [each.name for one in tables.values() for kind in ("column", "measure", "hierarchy")
             for each in one.of_kind(kind) if "isHidden" not in each.properties]  # fmt: skip
    assert {"Date", "Day", "Product", "Sub-category", "Customer", "Net sales"} <= set(seen)
    assert [one for one in seen if "_" in one or not one[0].isupper()] == []
    for name in ("customer_key", "date_key", "newest_key"):
        owners = [one for one in tables.values() for each in one.of_kind("column")
                  if each.name == name and "isHidden" not in each.properties]  # fmt: skip
        assert owners == []


def test_a_chart_does_not_promise_what_it_lacks(built: dict[str, Files]) -> None:
    """The page says of the treemap that colour is margin, and Power BI's has no such role."""
    texts = [text for text in built["postgres"].values() if '"visualType": "treemap"' in text]
    (treemap,) = [json.loads(text)["visual"]["visualContainerObjects"] for text in texts]
    for part, name in (("general", "altText"), ("visualHeaderTooltip", "text")):
        text = treemap[part][0]["properties"][name]["expr"]["Literal"]["Value"]
        assert "Here without margin as colour" in text


# --- deliberate damages ----------------------------------------------------------------------


def in_text(path: str, old: str, new: str, count: int = 1) -> Callable[[Files], None]:
    """Replaces a piece of a file; it must be there."""

    def damage(files: Files) -> None:
        assert old in files[path], (path, old)
        files[path] = files[path].replace(old, new, count)

    return damage


def in_table(table: str, old: str, new: str) -> Callable[[Files], None]:
    return in_text(f"{TABLES}/{table}.tmdl", old, new)


def without(path: str) -> Callable[[Files], None]:
    """Loses a file."""

    def damage(files: Files) -> None:
        del files[path]

    return damage


def in_visual(type_: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Files], None]:
    """Changes the first visual of a type."""

    def damage(files: Files) -> None:
        for path in sorted(files):
            if path.endswith("visual.json"):
                content = json.loads(files[path])
                if content["visual"]["visualType"] == type_:
                    change(content)
                    files[path] = json.dumps(content)
                    return
        raise AssertionError(type_)

    return damage


def in_any_visual(old: str, new: str) -> Callable[[Files], None]:
    """Replaces a text in the first visual that has it."""

    def damage(files: Files) -> None:
        path = next(
            one for one in sorted(files) if one.endswith("visual.json") and old in files[one]
        )
        files[path] = files[path].replace(old, new)

    return damage


def in_json(path: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Files], None]:
    def damage(files: Files) -> None:
        content = json.loads(files[path])
        change(content)
        files[path] = json.dumps(content)

    return damage


def moved_visual(files: Files) -> None:
    """A visual's folder is renamed, as by hand."""
    path = next(one for one in sorted(files) if one.endswith("visual.json"))
    files[re.sub(r"/[0-9a-f]{20}/visual.json", f"/{'a' * 20}/visual.json", path)] = files.pop(path)


def without_first_page(files: Files) -> None:
    first = json.loads(files[f"{PAGES}/pages.json"])["pageOrder"][0]
    for path in [one for one in files if one.startswith(f"{PAGES}/{first}/")]:
        del files[path]


def two_levels(content: dict[str, Any]) -> None:
    state = content["visual"]["query"]["queryState"]
    state["Group"]["projections"] += state["Details"]["projections"]


def renamed_field(content: dict[str, Any]) -> None:
    text = json.dumps(content).replace('"Property": "Net revenue"', '"Property": "Net revenues"')
    content |= json.loads(text)


def filtered_by_nothing(content: dict[str, Any]) -> None:
    text = json.dumps(content["filterConfig"]).replace('"Net revenue"', '"Net turnover"')
    content["filterConfig"] = json.loads(text)


def role(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        state = content["visual"]["query"]["queryState"]
        state[new] = state.pop(old)

    return change


DAMAGES: dict[str, tuple[str, Callable[[Files], None]]] = {
    # the model, seen by Microsoft's parser
    "a wrong indentation": ("parser", in_table("Date", "\tcolumn Year\n", "\t\tcolumn Year\n")),
    "an unknown property": ("parser", in_table("Date", "\t\tisKey", "\t\tisKeyColumn")),
    "an unknown data type": ("parser", in_table("Sales", "dataType: int64", "dataType: whole")),
    "a comment that TMDL has not": ("parser", in_table("Date", "table Date", "// dates\ntable Date")),
    "a dangling relationship": ("parser", in_text(f"{MODEL}/relationships.tmdl", "toColumn: Date.date_key", "toColumn: Date.day_key")),
    "a relationship to no table": ("parser", in_text(f"{MODEL}/relationships.tmdl", "toColumn: Hour.", "toColumn: Hours.")),
    "sorted by a column that is gone": ("parser", in_table("Date", "sortByColumn: month_number", "sortByColumn: month_place")),
    "a level without its column": ("parser", in_table("Product", "column: Category", "column: Shelf")),
    "a measure twice": ("parser", in_table("Metrics", "measure Tax =", "measure Units =")),
    "a column twice": ("parser", in_table("Date", "column quarter_number\n", "column Year\n")),
    "an unknown value of a property": ("parser", in_table("Date", "summarizeBy: none", "summarizeBy: nothing")),
    # the model, seen by our lints alone
    "a renamed column": ("lints", in_table("Sales", "column net_amount\n", "column net\n")),
    "a column that the warehouse has not": ("lints", in_table("Sales", "sourceColumn: net_amount", "sourceColumn: revenue")),
    "a table that the warehouse has not": ("lints", in_table("Sales", 'Item="fact_sales"', 'Item="fact_sale"')),
    "a table without a reference": ("lints", in_text(f"{MODEL}/model.tmdl", "ref table Hour\n", "")),
    "a reference without a table": ("lints", without(f"{TABLES}/steps_payments_units_kept.tmdl")),
    "a partition without a source": ("lints", lambda files: files.update({
        f"{TABLES}/Hour.tmdl": files[f"{TABLES}/Hour.tmdl"].split("\t\tsource =")[0]})),
    "ends of a relationship of two types": ("lints", in_table("Hour", "dataType: int64", "dataType: string")),
    "a measure named like a column": ("lints", in_table("Metrics", "column no_rows", "column Tax")),
    "a bad DAX name of a column": ("lints", in_table("Metrics", "'Sales'[tax_amount]", "'Sales'[taxes]")),
    "a bad DAX name of a table": ("lints", in_table("Metrics", "'Orders'[shipping_amount]", "'Purchases'[shipping_amount]")),
    "a bad DAX name of a measure": ("lints", in_table("Metrics", "COALESCE([Refunds], 0)", "COALESCE([Refund], 0)")),
    "a function that DAX has not": ("lints", in_table("Metrics", "DIVIDE(", "DIVIDED(")),
    "a bracket too few in DAX": ("lints", in_table("Metrics", "COALESCE([Refunds], 0)", "COALESCE([Refunds], 0")),
    "dates that are not marked": ("lints", in_table("Date", "\tdataCategory: Time\n", "")),
    "no key of the dates": ("lints", in_table("Date", "\t\tisKey\n", "")),
    "a parameter that is none": ("lints", in_text(f"{MODEL}/expressions.tmdl", "expression PgServer", "expression Server")),
    "a bracket too few in M": ("lints", in_table("Hour", "Table.Distinct(", "Table.Distinct")),
    # the report
    "an unknown property of a page": ("schema", in_visual("slicer", lambda one: one["visual"].update(colour="red"))),
    "a position that is a text": ("schema", in_visual("cardVisual", lambda one: one["position"].update(x="left"))),
    "no version of the report": ("schema", in_json("Shop.Report/definition/version.json", lambda one: one.pop("version"))),
    "a wrong role": ("report", in_visual("scatterChart", role("Size", "Bubble"))),
    "more fields than a role takes": ("report", in_visual("treemap", two_levels)),
    "an unknown property of a format": ("report", in_visual("waterfallChart", lambda one: one["visual"]["objects"]["sentimentColors"][0]["properties"].update(sideFill={"solid": {"color": {"expr": {"Literal": {"Value": "'#fff'"}}}}}))),
    "a missing page": ("report", without_first_page),
    "a page that is not listed": ("report", in_json(f"{PAGES}/pages.json", lambda one: one["pageOrder"].pop())),
    "a page that opens and is none": ("report", in_json(f"{PAGES}/pages.json", lambda one: one.update(activePageName="f" * 20))),
    "a renamed folder of a visual": ("lints", moved_visual),
    "a visual over the edge": ("report", in_visual("tableEx", lambda one: one["position"].update(x=1200))),
    "a theme of another name": ("report", in_json("Shop.Report/StaticResources/RegisteredResources/Shopwright.json", lambda one: one.update(name="Other.json"))),
    "a measure that is none in a visual": ("lints", in_visual("clusteredBarChart", renamed_field)),
    "a level that is none in a visual": ("lints", in_any_visual('"Level": "Category"', '"Level": "Shelf"')),
    "a measure that is none in a filter": ("lints", in_visual("tableEx", filtered_by_nothing)),
    "a report without its model": ("lints", in_text("Shop.Report/definition.pbir", "../Shop.SemanticModel", "../Shop.Model")),
    "a visual without a field": ("lints", in_visual("funnel", lambda one: one["visual"]["query"]["queryState"].clear())),
}  # fmt: skip


def test_the_damages_are_many_and_every_gate_has_some() -> None:
    gates = [gate for gate, _ in DAMAGES.values()]
    assert len(DAMAGES) >= 30
    assert set(gates) == {"schema", "parser", "report", "lints"}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_caught_by_its_gate(
    built: dict[str, Files], parser: ModelParser, tmp_path: Path, name: str
) -> None:
    gate, damage = DAMAGES[name]
    files = dict(built["postgres"])
    damage(files)
    if gate == "schema":
        changed = {path: text for path, text in files.items() if built["postgres"][path] != text}
        assert schema_faults(changed)
    elif gate == "lints":
        assert faults(files)
    elif gate == "parser":
        assert parser.faults(put(files, tmp_path))
    else:
        assert report_faults(put(files, tmp_path))
