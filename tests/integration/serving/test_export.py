"""Exports: all tables of one moment, all of them or none."""

from pathlib import Path

import pytest

from shopwright.serving import export
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
