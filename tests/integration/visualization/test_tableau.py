"""The Tableau workbook of a generated shop: accepted by Tableau's schema and by our lints, the
same at every build, and its extract computes what PostgreSQL does."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import psycopg
import pytest
from tests.extracts import check_extract, hyper_rows
from tests.integration.visualization.conftest import Shown
from tests.tableau import formulas_of, hyper_select, schema_faults

from shopwright.config import ShopSettings
from shopwright.serving.export import FolderUnusable
from shopwright.serving.query import reading
from shopwright.serving.semantic import answer
from shopwright.visualization.definitions import pages, visuals
from shopwright.visualization.tableau import extract
from shopwright.visualization.tableau.connections import (
    EXTRACT_FILE,
    Connection,
    CsvConnection,
    ExtractConnection,
    PostgresConnection,
)
from shopwright.visualization.tableau.extract import ExtractImpossible
from shopwright.visualization.tableau.extract_record import RECORD_FILE
from shopwright.visualization.tableau.left_out import left_out
from shopwright.visualization.tableau.lints import find_faults
from shopwright.visualization.tableau.package import PACKAGE, WORKBOOK, build
from shopwright.visualization.tableau.workbook import Workbook, as_text, workbook, written

SHOP = ShopSettings(currency="EUR")
WAYS = (ExtractConnection(), CsvConnection(), PostgresConnection("db.example", 5433, "shop", "me"))


@pytest.fixture(scope="module")
def reader(shown: Shown) -> Iterator[psycopg.Connection]:
    """The shop's database as the reader sees it."""
    with reading(shown.shop.database) as connection:
        yield connection


@pytest.fixture(scope="module")
def book(reader: psycopg.Connection) -> Workbook:
    """The workbook."""
    return workbook(reader, SHOP)


@pytest.fixture(scope="module")
def extracted(reader: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workbook and its extract; a test that changes it takes a copy."""
    pytest.importorskip("tableauhyperapi", reason="the extra `tableau` is not installed")
    folder = tmp_path_factory.mktemp("extracted")
    build(reader, SHOP, folder, ExtractConnection())
    return folder


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind)
def test_tableaus_schema_and_the_lints_accept_it(book: Workbook, way: Connection) -> None:
    root = written(book, way)
    assert find_faults(root) == []
    assert schema_faults(as_text(root)) == []


def test_it_holds_every_visual_page_and_metric(book: Workbook) -> None:
    root = written(book, CsvConnection())
    assert {sheet.id for sheet in book.sheets} == set(visuals())
    assert len(root.findall("worksheets/worksheet")) == len(visuals()) > 50
    names = [one.get("name") for one in root.iterfind("dashboards/dashboard")]
    assert names == [page.title for page in pages().values()]
    for placed in book.pages:
        filters = {"year", "month", "category", "shipping_country", "payment_method", "segment"}
        assert set(placed.filters) == (set() if placed.page.name == "pipeline" else filters)
    acting = {action.find("source").get("dashboard") for action in root.iterfind("actions/action")}  # type: ignore[union-attr]
    assert acting == set(names) - {"Pipeline health"}


DRAWN = {
    "executive.categories": ("none:category:nk", "usr:Calculation_net:qk", ["Bar"], []),
    "executive.countries": (
        "none:shipping_country:nk", "usr:Calculation_net:qk usr:Calculation_orders:qk", ["Bar"], []
    ),
    "executive.revenue_trend": (
        "Multiple Values", "tmn:day:qk", ["Line"], ["color=:Measure Names"]
    ),
    "executive.from_gross_to_net": (
        ":Measure Names", "Multiple Values", ["Bar"],
        ["color=:Measure Names", "text=Multiple Values"],
    ),
    "sales.revenue_and_orders": (
        "usr:Calculation_net:qk usr:Calculation_orders:qk", "twk:day:qk", ["Bar", "Line"], []
    ),
    "sales.hours": ("none:weekday:ok", "none:hour:ok", ["Square"],
                    ["color=usr:Calculation_orders:qk"]),
    "sales.discount_and_margin": (
        "usr:Calculation_margin_rate:qk", "usr:Calculation_discount_rate:qk", ["Circle"],
        ["size=usr:Calculation_net:qk", "lod=none:sub_category:nk"],
    ),
    "sales.channels": ("usr:Calculation_orders:qk", "tmn:day:qk", ["Bar"],
                       ["color=none:channel:nk"]),
    "products.shelves": ("", "", ["Square"], [
        "size=usr:Calculation_net:qk", "color=usr:Calculation_margin_rate:qk",
        "text=none:category:nk"]),
    "products.pareto": (
        "usr:Calculation_net:qk usr:Calculation_running_share:qk", "none:product:nk",
        ["Bar", "Line"], [],
    ),
    "products.top": ("none:product:nk", ":Measure Names", ["Text"], ["text=Multiple Values"]),
    "customers.cohorts": (
        "none:cohort_month_date:ok", "none:months_since_first:ok", ["Square"],
        ["color=avg:retention_rate:qk", "text=avg:retention_rate:qk",
         "tooltip=sum:customer_count:qk"],
    ),
    "pipeline.rows_in": ("Multiple Values", "none:delivery_date:qk", ["Bar"],
                         ["color=:Measure Names"]),
    "pipeline.newest_day": ("", "", ["Text"], ["text=max:newest_delivery_date:ok"]),
}  # fmt: skip
"""Some visuals: what lies on rows and columns, the marks, and what these carry."""


@pytest.mark.parametrize("visual", DRAWN)
def test_a_visual_is_drawn_by_its_kind(book: Workbook, visual: str) -> None:
    drawn = {sheet.id: sheet for sheet in book.sheets}[visual].drawing
    carried = [f"{channel}={name}" for pane in drawn.panes for channel, name in pane.encodings]
    assert (
        _pills(drawn.rows), _pills(drawn.cols), [pane.mark for pane in drawn.panes], carried
    ) == DRAWN[visual]  # fmt: skip


def _pills(shelf: str) -> str:
    return " ".join(re.findall(r"\]\.\[([^\]]*)\]", shelf))


def test_places_are_known_as_places(book: Workbook) -> None:
    """So that Tableau draws them on a map."""
    root = written(book, CsvConnection())
    places = {(one.get("name"), one.get("semantic-role")) for one in root.iter("column")
              if one.get("semantic-role")}  # fmt: skip
    assert places == {
        ("[shipping_country]", "[Country].[ISO3166_2]"),
        ("[customer_country]", "[Country].[ISO3166_2]"),
        ("[customer_state]", "[State].[Name]"),
        ("[customer_city]", "[City].[Name]"),
    }


def test_the_first_few_are_told_by_a_filter(book: Workbook) -> None:
    sheets = {sheet.id: sheet for sheet in book.sheets}
    assert sheets["products.top"].top == ("none:product:nk", 10, "[Calculation_net]", True)
    assert sheets["products.bottom"].top == ("none:product:nk", 10, "[Calculation_net]", False)
    assert sheets["executive.categories"].top is None  # the page's filter is of this field
    assert sheets["products.bottom"].drawing.sort == (
        "none:product:nk", "usr:Calculation_net:qk", False
    )  # fmt: skip


def test_what_cannot_be_shown_is_told_with_what_stands_in_for_it(book: Workbook) -> None:
    told = {(one.visual, one.what): one.instead for one in left_out(book)}
    assert told["sales.price_volume_mix", "the price, volume and mix of the change"] == (
        "net sales as bars and units as a line, by month"
    )
    figures = {sheet.id for sheet in book.sheets
               if sheet.visual.kind == "kpi" and sheet.visual.is_of_metrics}  # fmt: skip
    assert {visual for visual, what in told if what.startswith("the period and")} == figures
    assert all(instead for instead in told.values())
    root = written(book, CsvConnection())
    sheet = root.find("worksheets/worksheet[@name='Sales: What moved sales']/layout-options")
    assert sheet is not None
    assert "".join(sheet.find("alt-text").itertext()).strip() == (  # type: ignore[union-attr]
        "What moved sales. Net sales as bars and units sold as a line, by month."
    )


def test_filters_hold_only_where_a_visual_can_be_told_them(book: Workbook) -> None:
    sheets = {sheet.id: sheet for sheet in book.sheets}
    shipping = {one.field.name for one in sheets["payments.shipping"].shared_filters}
    assert shipping == {"day", "shipping_country", "payment_method", "segment"}
    assert sheets["customers.cohorts"].shared_filters == ()


def test_two_builds_are_the_same(reader: psycopg.Connection, tmp_path: Path) -> None:
    for name in ("one", "other"):
        build(reader, SHOP, tmp_path / name, CsvConnection())
    one, other = (_contents(tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert set(one) > {WORKBOOK, PACKAGE, "Data/sales.csv"}
    with zipfile.ZipFile(tmp_path / "one" / PACKAGE) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.read(WORKBOOK) == one[WORKBOOK]
        assert package.read("Data/sales.csv") == one["Data/sales.csv"]


def test_an_extract_of_the_same_rows_is_kept_as_it_is(
    reader: psycopg.Connection, extracted: Path, tmp_path: Path
) -> None:
    """Hyper writes random numbers into each file: one made anew is never the same."""
    shutil.copytree(extracted, tmp_path, dirs_exist_ok=True)
    first = _contents(tmp_path)
    build(reader, SHOP, tmp_path, ExtractConnection())
    assert _contents(tmp_path) == first
    # given one that somebody changed, and one of other rows
    for damaged, change in ((EXTRACT_FILE, b"refreshed"), (RECORD_FILE, b"0" * 64)):
        (tmp_path / damaged).write_bytes(change)
        build(reader, SHOP, tmp_path, ExtractConnection())
        again = _contents(tmp_path)
        # expect a new one that holds the rows
        assert again[EXTRACT_FILE] not in (change, first[EXTRACT_FILE])
        assert len(again[EXTRACT_FILE]) == len(first[EXTRACT_FILE])


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes()
            for file in folder.rglob("*") if file.is_file()}  # fmt: skip


def test_a_build_keeps_a_workbook_that_was_changed(
    reader: psycopg.Connection, tmp_path: Path
) -> None:
    # given one workbook changed by hand, and one as it was built
    first = build(reader, SHOP, tmp_path, CsvConnection())
    assert first.kept == ()
    changed = (tmp_path / WORKBOOK).read_text().replace("Net revenue", "My revenue")
    (tmp_path / WORKBOOK).write_text(changed)
    # when it is built again, twice
    second = build(reader, SHOP, tmp_path, CsvConnection())
    third = build(reader, SHOP, tmp_path, CsvConnection())
    # expect the change beside the new one, once
    assert [one.name for one in second.kept] == ["shopwright-changed-1.twb"]
    assert second.kept[0].read_text() == changed
    assert third.kept == ()
    assert "My revenue" not in (tmp_path / WORKBOOK).read_text()


def test_a_build_keeps_a_package_that_tableau_saved(
    reader: psycopg.Connection, tmp_path: Path
) -> None:
    build(reader, SHOP, tmp_path, CsvConnection())
    with zipfile.ZipFile(tmp_path / PACKAGE, "w") as package:
        package.writestr(WORKBOOK, "<?xml version='1.0' encoding='utf-8' ?>\n<workbook/>\n")
    second = build(reader, SHOP, tmp_path, CsvConnection())
    assert [one.name for one in second.kept] == ["shopwright-changed-1.twbx"]


def test_nothing_is_written_to_a_file_or_without_the_package(
    reader: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FolderUnusable):
        build(reader, SHOP, tmp_path / "file", CsvConnection())
    monkeypatch.setitem(__import__("sys").modules, "tableauhyperapi", None)
    with pytest.raises(ExtractImpossible, match="not installed"):
        build(reader, SHOP, tmp_path / "out", ExtractConnection())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_live_connection_asks_what_an_extract_holds(book: Workbook) -> None:
    root = written(book, WAYS[2])
    for source in book.sources:
        found = root.find(f"datasources/datasource[@name='{source.id}']/connection/relation")
        assert found is not None
        assert found.text is not None
        assert found.text.replace("<<", "<").replace(">>", ">") == source.select
        named = root.find(f"datasources/datasource[@name='{source.id}']//named-connection/*")
        assert named is not None
        assert (named.get("server"), named.get("port"), named.get("dbname")) == (
            "db.example", "5433", "shop"
        )  # fmt: skip
        assert named.get("password") is None


def test_the_extract_computes_what_postgresql_does(
    reader: psycopg.Connection, extracted: Path
) -> None:
    assert check_extract(reader, extracted) > 800
    # the year before, which is a calculation over the rows of a sheet
    formulas = formulas_of(ET.parse(extracted / WORKBOOK).getroot())
    month = "date_trunc('month', \"day\")"
    select = hyper_select(formulas, ["Calculation_net_prior_year"], month)
    found = {row[0].to_datetime().date(): row[1]
             for row in hyper_rows(extracted / EXTRACT_FILE, select)[0]}  # fmt: skip
    expected = dict(answer(reader, ["net_prior_year"], ["month"]).rows)
    assert found == expected
    assert sum(value is not None for value in found.values()) >= 2


def test_the_extract_has_the_columns_that_the_workbook_describes(
    book: Workbook, extracted: Path
) -> None:
    described = {source.name: [one.name for one in source.columns] for source in book.sources}
    listed: dict[str, list[str]] = {}
    (rows,) = hyper_rows(
        extracted / EXTRACT_FILE,
        "select relname, attname from pg_catalog.pg_attribute"
        " inner join pg_catalog.pg_class on attrelid = pg_class.oid"
        " inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname = 'Extract' and attnum > 0 order by relname, attnum",
    )
    for table, column in rows:
        listed.setdefault(str(table), []).append(str(column))
    assert listed == described
    assert extract.can_extract()
