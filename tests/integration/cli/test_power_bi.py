"""The verb powerbi: what it builds, what it says, and what it refuses."""

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import shopwright

from shopwright.visualization.definitions import visuals


def test_a_project_is_built_over_the_database(published: Path, tmp_path: Path) -> None:
    first = shopwright("powerbi", tmp_path / "report", "-w", published)
    again = shopwright("powerbi", tmp_path / "report", "-w", published)
    assert first.exit_code == again.exit_code == 0, first.output
    assert f"{len(visuals())} visuals on 6 pages" in first.output
    assert "products.shelves" in first.output  # shown without its colour
    assert " 0 of " in again.output
    assert (tmp_path / "report/Shop.pbip").is_file()
    parameters = tmp_path / "report/Shop.SemanticModel/definition/expressions.tmdl"
    assert 'expression PgServer = "' in parameters.read_text()
    assert "password" not in parameters.read_text()


def test_a_project_is_built_over_files_which_are_exported_too(
    published: Path, tmp_path: Path
) -> None:
    result = shopwright("powerbi", tmp_path, "--source", "files", "-w", published, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["pages"], told["source"]) == (5, "files")
    lacking = [one for one in told["gaps"] if not one["is_shown"]]
    assert {one["visual"].split(".")[0] for one in lacking} == {"pipeline"}
    folder = published / "exports" / "parquet"
    assert (folder / "fact_sales.parquet").is_file()
    parameters = tmp_path / "Shop.SemanticModel/definition/expressions.tmdl"
    assert f'expression Folder = "{folder}/"' in parameters.read_text()


@pytest.mark.parametrize("source", ["postgres", "files"])
def test_without_a_warehouse_nothing_is_built(
    new_workspace: Path, tmp_path: Path, source: str
) -> None:
    result = shopwright("powerbi", tmp_path / "new", "--source", source, "-w", new_workspace)
    assert result.exit_code == 1
    assert "shopwright run" in result.output
    assert not (tmp_path / "new").exists()


def test_a_folder_of_other_files_is_left_alone(published: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = shopwright("powerbi", tmp_path, "-w", published)
    assert result.exit_code == 2
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
