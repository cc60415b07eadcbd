"""Deliberate damages to a workbook: each is caught by Tableau's schema or by one of our lints."""

import copy
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.tableau import schema_faults

from shopwright.config import ShopSettings
from shopwright.serving.query import reading
from shopwright.storage.database import Database
from shopwright.visualization.tableau.connections import CsvConnection
from shopwright.visualization.tableau.lints import WorkbookFaulty, find_faults, refuse_faults
from shopwright.visualization.tableau.workbook import as_text, workbook, written

SHEET = "worksheets/worksheet[@name='Executive: Revenue by category']"
TREND = "worksheets/worksheet[@name='Executive: Revenue against the year before']"
COMBO = "worksheets/worksheet[@name='Sales: Revenue and orders by week']"
SELLERS = "worksheets/worksheet[@name='Products: Best sellers']"
SALES = "datasources/datasource[@caption='Sales']"
BOARD = "dashboards/dashboard[@name='Executive']"
ACTION = "actions/action[@name='[Action_executive.categories]']"


@pytest.fixture(scope="module")
def sound(server: Any, template_database: str) -> Iterator[ET.Element]:
    """A workbook without a fault."""
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database, reading(database) as connection:
            yield written(workbook(connection, ShopSettings()), CsvConnection())
    finally:
        server.drop(name)


def found(root: ET.Element, path: str) -> ET.Element:
    """The first element at a path."""
    one = root.find(path)
    assert one is not None, path
    return one


def changed(path: str, **attributes: str) -> Callable[[ET.Element], None]:
    """Sets attributes; `class_` is class, `_` is `-`."""

    def damage(root: ET.Element) -> None:
        for name, value in attributes.items():
            found(root, path).set(name.strip("_").replace("_", "-"), value)

    return damage


def lost(path: str, attribute: str) -> Callable[[ET.Element], None]:
    """Takes an attribute away."""
    return lambda root: found(root, path).attrib.pop(attribute) and None


def removed(parent: str, path: str) -> Callable[[ET.Element], None]:
    """Takes an element out of its parent."""

    def damage(root: ET.Element) -> None:
        holder = found(root, parent)
        holder.remove(found(holder, path))

    return damage


def doubled(parent: str, path: str) -> Callable[[ET.Element], None]:
    """Puts an element there twice."""

    def damage(root: ET.Element) -> None:
        holder = found(root, parent)
        holder.append(copy.deepcopy(found(holder, path)))

    return damage


def texted(path: str, old: str, new: str) -> Callable[[ET.Element], None]:
    """Replaces a part of an element's text."""

    def damage(root: ET.Element) -> None:
        one = found(root, path)
        assert old in (one.text or ""), one.text
        one.text = (one.text or "").replace(old, new)

    return damage


def formula(name: str, text: str) -> Callable[[ET.Element], None]:
    """Gives a calculated field another formula, wherever it is declared."""

    def damage(root: ET.Element) -> None:
        for one in root.iterfind(f".//column[@name='[{name}]']/calculation"):
            one.set("formula", text)

    return damage


def renamed(old: str, new: str) -> Callable[[ET.Element], None]:
    """Renames a column in its data source alone."""
    return changed(f"{SALES}/column[@name='[{old}]']", name=f"[{new}]")


DAMAGES: dict[str, tuple[str, str, Callable[[ET.Element], None]]] = {
    # what names something that is not there
    "a column renamed in the data source": (
        "lint", "the field [category] does not exist", renamed("category", "kategorie")),
    "a calculated field lost": (
        "lint", "[Calculation_orders], which does not exist",
        removed(SALES, "column[@name='[Calculation_orders]']")),
    "a formula that names no field": (
        "lint", "names the field [nett]", formula("Calculation_net", "ZN(SUM([nett]))")),
    "a pill that is not declared": (
        "lint", "[usr:Calculation_nett:qk] is used and not declared",
        texted(f"{SHEET}/table/cols", "Calculation_net", "Calculation_nett")),
    "a pill of another data source": (
        "lint", "data source that is not declared",
        texted(f"{SHEET}/table/rows", "[federated.", "[federated.0")),
    "a colour by a field that is not declared": (
        "lint", "[none:brand:nk] is used and not declared",
        lambda root: found(root, f"{SELLERS}/table/panes/pane/encodings/text").set(
            "column", found(root, f"{SELLERS}/table/rows").text.replace(  # type: ignore[union-attr]
                "product", "brand"))),
    "a first few by no field": (
        "lint", "told by [Calculation_nett]", lambda root: found(
            root, f"{SELLERS}/table/view//groupfilter[@function='order']").set(
                "expression", "[Calculation_nett]")),
    "a filter of another level": (
        "lint", "is of the level [none:brand:nk]", lambda root: found(
            root, f"{SHEET}/table/view/filter/groupfilter").set("level", "[none:brand:nk]")),
    "a hierarchy of no field": (
        "lint", "which is no field", texted(f"{SALES}/drill-paths/drill-path/field",
                                            "category", "shelf")),
    "a folder of no field": (
        "lint", "a folder names [shelf]",
        changed(f"{SALES}/folders-common/folder/folder-item", name="[shelf]")),
    "a connection that is not there": (
        "lint", "does not exist", changed(f"{SALES}/connection/relation", connection="nowhere")),
    "a sheet on a dashboard that is not there": (
        "lint", "shows the sheet 'Gone', which does not exist",
        changed(f"{BOARD}/zones//zone[@name='Executive: Revenue by category']", name="Gone")),
    "a sheet on no dashboard": (
        "lint", "is on no dashboard",
        removed(f"{BOARD}/zones/zone", "zone[@name='Executive: Revenue by category']")),
    "a missing page": ("lint", "which does not exist", removed("dashboards",
                                                               "dashboard[@name='Sales']")),
    "a filter zone of a sheet elsewhere": (
        "lint", "which it does not show",
        changed(f"{BOARD}/zones//zone[@type-v2='filter']", name="Products: Best sellers")),
    "a filter zone that its sheet lacks": (
        "lint", "has no filter", removed(
            "worksheets/worksheet[@name='Executive: Net revenue']/table/view", "filter")),
    "an action of a dashboard that is not there": (
        "lint", "there is no dashboard 'Gone'", changed(f"{ACTION}/source", dashboard="Gone")),
    "an action of a sheet elsewhere": (
        "lint", "shows no sheet", changed(f"{ACTION}/source", worksheet="Products: Best sellers")),
    "an action on a dashboard that is not there": (
        "lint", "which does not exist", changed(f"{ACTION}/command/param[@name='target']",
                                                value="Gone")),
    "an action that leaves out a sheet elsewhere": (
        "lint", "leaves out the sheet 'Gone'", changed(
            f"{ACTION}/command/param[@name='exclude']", value="Gone")),
    "a window of no sheet": (
        "lint", "a window shows the worksheet 'Gone'",
        changed("windows/window[@class='worksheet']", name="Gone")),
    "a sheet without a window": (
        "lint", "has 0 windows", removed("windows", "window[@class='worksheet']")),
    "a window that does not see a sheet": (
        "lint", "does not see the sheets", removed(
            "windows/window[@class='dashboard']/viewpoints", "viewpoint")),
    # what does not fit
    "a formula in a circle": (
        "lint", "leads back to itself",
        formula("Calculation_profit", "[Calculation_profit_per_order]")),
    "a formula with an open bracket": (
        "lint", "is never closed", formula("Calculation_net", "ZN(SUM([net_amount])")),
    "a decision without an end": (
        "lint", "has no THEN or END",
        formula("Calculation_net", "SUM(IF [is_return] THEN [net_amount])")),
    "a function that Tableau lacks": (
        "lint", "unknown word 'DIVIDE'",
        formula("Calculation_net", "DIVIDE(SUM([net_amount]), 2)")),
    "a formula other than the data source's": (
        "lint", "its formula is not that of the data source", lambda root: found(
            root, f"{SHEET}//column[@name='[Calculation_net]']/calculation").set(
                "formula", "SUM([net_amount])")),
    "an instance of another name": (
        "lint", "ought to be called", changed(
            f"{SHEET}//column-instance[@column='[category]']", name="[none:category:qk]")),
    "a derivation that does not fit": (
        "lint", "does not fit what", changed(
            f"{SHEET}//column-instance[@column='[Calculation_net]']", derivation="Sum",
            name="[sum:Calculation_net:qk]")),
    "a month of what is no date": (
        "lint", "is no date", changed(
            f"{SHEET}//column-instance[@column='[category]']", derivation="Month-Trunc",
            name="[tmn:category:nk]")),
    "a field of another type than its column": (
        "lint", "in the table and", texted(
            f"{SALES}/connection/metadata-records/metadata-record/local-type", "string", "real")),
    "a field that the table lacks": (
        "lint", "is no column of the table",
        removed(f"{SALES}/connection/metadata-records", "metadata-record")),
    "two fields of one caption": (
        "lint", "two fields have the caption",
        changed(f"{SALES}/column[@name='[brand]']", caption="Category")),
    "a format that is none": (
        "lint", "is not a number's format", changed(
            f"{SALES}/column[@name='[Calculation_net]']", default_format="money")),
    "a pane for a measure elsewhere": (
        "lint", "which is not on the rows", lambda root: [
            one.set("y-axis-name", one.get("y-axis-name", "").replace("net", "units"))
            for one in root.iterfind(f"{COMBO}/table/panes/pane[@y-axis-name]")] and None),
    "a zone outside": (
        "lint", "reaches out", changed(
            f"{BOARD}/zones//zone[@name='Executive: From gross to net']", w="90000")),
    "a zone over another": (
        "lint", "overlap", changed(
            f"{BOARD}/zones//zone[@name='Executive: Orders']", x="0")),
    "a zone without a size": (
        "lint", "has no size", changed(f"{BOARD}/zones//zone[@name='Executive: Orders']", h="0")),
    "two zones of one id": (
        "lint", "same id", changed(f"{BOARD}/zones//zone[@name='Executive: Orders']", id="3")),
    "a simple-id twice in different places": (
        "lint", "is another's too", lambda root: found(root, "windows/window/simple-id").set(
            "uuid", found(root, f"{SHEET}/simple-id").get("uuid", ""))),
    "two actions of one name": ("lint", "another has its name", doubled("actions", "action")),
    # what the schema itself refuses
    "a worksheet twice": ("schema", "UniqueWorksheetIdentifier", doubled("worksheets",
                                                                        "worksheet")),
    "a mark of no kind": ("schema", "'Donut'", changed(f"{SHEET}/table/panes/pane/mark",
                                                       class_="Donut")),
    "a wrong role": ("schema", "'attribute'", changed(f"{SALES}/column", role="attribute")),
    "a wrong type of data": ("schema", "'money'", changed(f"{SALES}/column", datatype="money")),
    "a simple-id lost": ("schema", "Missing child", removed(SHEET, "simple-id")),
    "a view lost": ("schema", "not expected", removed(f"{SHEET}/table", "view")),
    "parts in another order": ("schema", "not expected", lambda root: root.insert(
        0, found(root, "windows"))),
    "a zone without a place": ("schema", "'x' is required", lost(f"{BOARD}/zones/zone", "x")),
    "a colour that is none": ("schema", "'blue'", texted("preferences/color-palette/color",
                                                         "#4353d9", "blue")),
    "an action without a name": ("schema", "'name' is required", lost(ACTION, "name")),
}  # fmt: skip


def test_the_sound_workbook_has_no_fault(sound: ET.Element) -> None:
    assert find_faults(sound) == []
    assert schema_faults(as_text(copy.deepcopy(sound))) == []


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_caught(sound: ET.Element, name: str) -> None:
    gate, said, damage = DAMAGES[name]
    root = copy.deepcopy(sound)
    damage(root)
    faults = find_faults(root) if gate == "lint" else schema_faults(as_text(root))
    assert any(said in fault for fault in faults), faults


def test_a_faulty_workbook_is_refused_with_every_fault(sound: ET.Element) -> None:
    root = copy.deepcopy(sound)
    for name in ("a zone outside", "a formula in a circle"):
        DAMAGES[name][2](root)
    with pytest.raises(WorkbookFaulty, match="nothing was written") as caught:
        refuse_faults(root)
    assert "reaches out" in caught.value.problem
    assert "leads back to itself" in caught.value.problem
