# ruff: noqa: E101  (TMDL is written with tabs, M in it with blanks)
"""A project built anew in its folder: nothing changes, and what a user added stays."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.power_bi.conftest import SETTINGS

from shopwright.storage.database import Database
from shopwright.visualization.definitions import pages
from shopwright.visualization.power_bi.folder import (
    MANIFEST,
    FolderInUse,
    OwnMeasuresInTheWay,
    ProjectInvalid,
    write,
)
from shopwright.visualization.power_bi.lints import faults
from shopwright.visualization.power_bi.project import PAGES, TABLES, Project, project
from shopwright.visualization.power_bi.sources import FilesSource, PostgresSource
from shopwright.visualization.power_bi.theme import (
    ACCENT,
    BAD,
    GOOD,
    GROUND,
    INK,
    MUTED,
    RAMP,
    RULE,
    SERIES,
    SOFT,
    SURFACE,
)

OWN_TABLE = """table 'My goals'

	measure 'Goal of the month' = [Net revenue] * 1.1
		formatString: #,0

	column month
		dataType: dateTime
		sourceColumn: month

	partition 'My goals' = m
		mode: import
		source =
				let
				    Source = #table(type table [month = date], {})
				in
				    Source
"""
OWN_JOIN = """relationship 11111111-2222-3333-4444-555555555555
	fromColumn: 'My goals'.month
	toColumn: Date.Day
"""


@pytest.fixture(scope="module")
def made(server: Any, template_database: str) -> Iterator[tuple[Project, Project]]:
    """The project over the database, and the one over files."""
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database, database.connect() as connection:
            yield (
                project(SETTINGS, connection, PostgresSource("db:5432", "shop")),
                project(SETTINGS, connection, FilesSource("/shop/exports/")),
            )
    finally:
        server.drop(name)


def content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes()
            for one in folder.rglob("*") if one.is_file()}  # fmt: skip


def test_two_builds_in_a_row_are_identical(
    made: tuple[Project, Project], server: Any, template_database: str, tmp_path: Path
) -> None:
    first = write(made[0], tmp_path / "one", "postgres")
    before = content(tmp_path / "one")
    name = server.create(template=template_database)
    with Database(server.database_url(name)) as database, database.connect() as connection:
        again = project(SETTINGS, connection, PostgresSource("db:5432", "shop"))
    server.drop(name)
    second = write(again, tmp_path / "one", "postgres")
    write(again, tmp_path / "two", "postgres")
    assert first.changed == first.files == len(before) - 1
    assert second.changed == 0
    assert content(tmp_path / "one") == content(tmp_path / "two") == before


def test_what_a_user_added_stays(made: tuple[Project, Project], tmp_path: Path) -> None:
    write(made[0], tmp_path, "postgres")
    order = json.loads((tmp_path / PAGES / "pages.json").read_text())["pageOrder"]
    ours = next((tmp_path / PAGES / order[0] / "visuals").iterdir())
    own_visual = ours.parent / "my visual" / "visual.json"
    own_visual.parent.mkdir()
    own_visual.write_text(
        (ours / "visual.json").read_text().replace(ours.name, "my visual"), encoding="utf-8"
    )
    page = json.loads((tmp_path / PAGES / order[0] / "page.json").read_text())
    (tmp_path / PAGES / "my page").mkdir()
    (tmp_path / PAGES / "my page" / "page.json").write_text(json.dumps(page | {"name": "my page"}))
    pages = tmp_path / PAGES / "pages.json"
    pages.write_text(json.dumps(json.loads(pages.read_text()) | {"pageOrder": ["my page", *order]}))
    (tmp_path / TABLES / "My goals.tmdl").write_text(OWN_TABLE)
    joins = tmp_path / "Shop.SemanticModel/definition/relationships.tmdl"
    joins.write_text(joins.read_text() + "\n" + OWN_JOIN)
    (tmp_path / "Shop.Report/.pbi").mkdir()
    (tmp_path / "Shop.Report/.pbi/localSettings.json").write_text("{}")

    written = write(made[0], tmp_path, "postgres")

    assert own_visual.is_file()
    assert json.loads(pages.read_text())["pageOrder"] == [*order, "my page"]
    assert (tmp_path / TABLES / "My goals.tmdl").read_text() == OWN_TABLE
    assert joins.read_text().count("'My goals'.month") == 1
    assert (
        "ref table 'My goals'"
        in (tmp_path / "Shop.SemanticModel/definition/model.tmdl").read_text()
    )
    assert (tmp_path / "Shop.Report/.pbi/localSettings.json").is_file()
    assert len(written.kept) == 3
    assert write(made[0], tmp_path, "postgres").changed == 0


def test_what_is_no_longer_built_goes_and_its_folder_too(
    made: tuple[Project, Project], tmp_path: Path
) -> None:
    """The pages over the database's records of runs are not there over files."""
    write(made[0], tmp_path, "postgres")
    write(made[1], tmp_path, "files")
    assert not (tmp_path / TABLES / "Health runs.tmdl").exists()
    fresh = tmp_path / "fresh"
    write(made[1], fresh, "files")
    expected = content(fresh)
    for file in sorted(fresh.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    fresh.rmdir()
    assert content(tmp_path) == expected
    assert all(any(one.iterdir()) for one in tmp_path.rglob("*") if one.is_dir())


def test_a_parameter_that_was_set_in_power_bi_keeps_its_value(
    made: tuple[Project, Project], tmp_path: Path
) -> None:
    write(made[0], tmp_path, "postgres")
    file = tmp_path / "Shop.SemanticModel/definition/expressions.tmdl"
    set_by_user = file.read_text().replace('"db:5432"', '"db.example.com:5433"')
    file.write_text(set_by_user)
    for _ in range(2):
        write(made[0], tmp_path, "postgres")
        assert file.read_text() == set_by_user


def test_own_measures_in_a_table_of_ours_are_not_lost(
    made: tuple[Project, Project], tmp_path: Path
) -> None:
    write(made[0], tmp_path, "postgres")
    file = tmp_path / TABLES / "Metrics.tmdl"
    text = file.read_text().replace(
        "\tmeasure Tax =", "\tmeasure 'My ''goal' = 1\n\n\tmeasure Tax ="
    )
    file.write_text(text)
    with pytest.raises(OwnMeasuresInTheWay, match="My 'goal") as caught:
        write(made[0], tmp_path, "postgres")
    assert "table of your own" in caught.value.mend
    assert file.read_text() == text


def test_a_folder_of_other_files_is_refused(made: tuple[Project, Project], tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(FolderInUse, match=MANIFEST):
        write(made[0], tmp_path, "postgres")
    with pytest.raises(FolderInUse, match="is a file"):
        write(made[0], tmp_path / "thesis.docx", "postgres")
    assert content(tmp_path) == {"thesis.docx": b"mine"}


def test_nothing_is_written_where_a_lint_finds_something(
    made: tuple[Project, Project], tmp_path: Path
) -> None:
    path = f"{TABLES}/Metrics.tmdl"
    broken = made[0].files[path].replace("[tax_amount]", "[taxes]")
    with pytest.raises(ProjectInvalid, match=r"Sales\[taxes\]"):
        write(replace(made[0], files=made[0].files | {path: broken}), tmp_path / "new", "postgres")
    assert not (tmp_path / "new").exists()


def test_what_power_bi_cannot_show_is_told(made: tuple[Project, Project]) -> None:
    over_database, over_files = made
    assert [one.visual for one in over_database.gaps if not one.is_shown] == []
    hidden = [one for one in over_files.gaps if not one.is_shown]
    assert {one.visual.split(".")[0] for one in hidden} == {"pipeline"}
    assert len(hidden) == len(pages()["pipeline"].visuals)
    assert all(one.reason and one.stands_in for one in [*over_database.gaps, *over_files.gaps])
    assert (over_database.page_count, over_files.page_count) == (6, 5)
    assert over_files.visual_count >= 40
    assert faults(over_files.files) == []


def test_the_colours_are_those_of_the_web_page() -> None:
    import shopwright.visualization.web.page as page

    style = (Path(page.__file__).parent / "app.css").read_text()
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w+),", style))
    assert [light[f"series-{number}"] for number in range(1, 8)] == list(SERIES)
    assert (light["ramp-1"], light["ramp-4"]) == RAMP
    named = {"good": GOOD, "bad": BAD, "muted": MUTED, "ink": INK, "soft": SOFT,
             "surface": SURFACE, "ground": GROUND, "rule": RULE, "accent": ACCENT}  # fmt: skip
    assert {name: light[name] for name in named} == named
