"""Exports: all tables of one moment, all of them or none."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from tests.integration.serving.conftest import PublishedShop
from tests.shop import Shop, item, product, sale

from shopwright.serving import export
from shopwright.serving.analyses import analyses
from shopwright.serving.export import FolderUnusable, NothingToExport, export_tables
from shopwright.serving.query import QueryFailed, ask
from shopwright.storage.database import Database
from shopwright.storage.roles import READER


def test_an_export_that_fails_leaves_the_folder_as_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_tables(database, tmp_path)
    before = {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    written = []

    def failing(csv: Path, *_: object) -> None:
        written.append(csv)
        if len(written) == 5:
            raise OSError(28, "No space left on device", str(csv))
        csv.with_suffix(".parquet").touch()

    monkeypatch.setattr(export, "write_parquet", failing)
    with pytest.raises(OSError, match="No space left"):
        export_tables(database, tmp_path, "parquet")
    assert {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()} == before


def test_two_exports_are_equal_byte_by_byte(database: Database, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_tables(database, tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_files_of_others_stay(database: Database, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    export_tables(database, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_or_folder_in_the_way_is_named(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="file is a file"):
        export_tables(database, tmp_path / "file")
    (tmp_path / "out" / "fact_sales.csv").mkdir(parents=True)
    with pytest.raises(FolderUnusable, match=r"fact_sales\.csv is a folder"):
        export_tables(database, tmp_path / "out")


def test_there_is_nothing_to_export_before_the_first_run(
    empty_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(NothingToExport, match="no warehouse"):
        export_tables(empty_database, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_question_is_asked_as_the_reader(database: Database) -> None:
    with ask(database, "select 1 as one") as answer:
        assert answer.role == READER
    with ask(database, "select 1 as one", as_owner=True) as answer:
        assert answer.role != READER


def test_an_answer_may_be_left_half_read(database: Database) -> None:
    with ask(database, "select * from generate_series(1, 1000000) as n") as answer:
        assert next(answer.rows) == ("1",)


def test_an_error_in_the_middle_of_the_rows(database: Database) -> None:
    statement = "select 1 / (5000 - n) from generate_series(1, 9000) as n"
    with pytest.raises(QueryFailed, match="Division by zero"), ask(database, statement) as answer:
        for _ in answer.rows:
            pass


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_only_what_changed_is_written_anew(shop: Shop, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    shop.deliver("2024-05-01", products=[product()], transactions=[sale()],
                 transaction_items=[item()])  # fmt: skip
    shop.run()
    first = export_tables(shop.database, out, form)  # type: ignore[arg-type]
    assert all(one.is_changed for one in first.tables)
    before = {one.name: one.stat().st_mtime_ns for one in out.iterdir()}
    again = export_tables(shop.database, out, form)  # type: ignore[arg-type]
    assert not any(one.is_changed for one in again.tables)
    assert {one.name: one.stat().st_mtime_ns for one in out.iterdir()} == before
    shop.deliver("2024-05-02", transactions=[sale("T2", "2024-05-02 10:00")],
                 transaction_items=[item("I2", "T2")])  # fmt: skip
    shop.run()
    third = export_tables(shop.database, out, form)  # type: ignore[arg-type]
    changed = {one.table for one in third.tables if one.is_changed}
    assert {"fact_sales", "agg_daily_sales", "top_products"} <= changed
    assert not {"dim_product", "dim_payment_method", "dim_date"} & changed
    after = {one.name: one.stat().st_mtime_ns for one in out.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {
        f"{name}.{form}" for name in changed
    } | {"datapackage.json"}


def test_the_package_describes_every_file(sold: PublishedShop) -> None:
    """Names, types, descriptions; a key's values are unique and refer to what is there."""
    package = json.loads((sold.exports / "datapackage.json").read_text())
    resources = {one["name"]: one for one in package["resources"]}
    files = {one.name for one in sold.exports.iterdir()} - {"datapackage.json"}
    assert {one["path"] for one in resources.values()} == files
    assert analyses().keys() < resources.keys()
    frames = {}
    for name, one in resources.items():
        content = (sold.exports / one["path"]).read_bytes()
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert (one["bytes"], one["description"][-1]) == (len(content), ".")
        frames[name] = pl.read_csv(content, infer_schema=False)
        assert frames[name].columns == [field["name"] for field in one["schema"]["fields"]]
    for name, one in resources.items():
        schema = one["schema"]
        if name in analyses():
            assert "primaryKey" not in schema
            continue
        assert all(field["description"] for field in schema["fields"])
        assert frames[name].select(schema["primaryKey"]).is_unique().all()
        for key in schema.get("foreignKeys", []):
            there = frames[key["reference"]["resource"]][key["reference"]["fields"][0]]
            assert frames[name][key["fields"][0]].is_in(there.implode()).all()
    assert len(resources["fact_sales"]["schema"]["foreignKeys"]) == 4
    types = {one["name"]: one["type"] for one in resources["fact_sales"]["schema"]["fields"]}
    assert (types["net_amount"], types["is_return"], types["transaction_at"]) == (
        "number", "boolean", "datetime"
    )  # fmt: skip


def test_an_exported_analysis_is_the_one_that_is_asked(sold: PublishedShop) -> None:
    exported = pl.read_csv(sold.exports / "monthly_trend.csv", infer_schema=False)
    statement, values = analyses()["monthly_trend"].bound({})
    with ask(sold.shop.database, statement, parameters=values) as answer:
        assert [tuple(map(str, row)) for row in answer.rows] == [
            tuple(map(str, row)) for row in exported.rows()
        ]
