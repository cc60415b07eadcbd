"""The verb that builds a Tableau workbook, as its user sees it."""

import json
import zipfile
from pathlib import Path

from tests.integration.cli.conftest import shopwright


def test_a_workbook_is_built_and_what_it_lacks_is_listed(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "workbook"
    result = shopwright("tableau", out, "--source", "csv", "-w", published)
    assert result.exit_code == 0, result.output
    assert "worksheets on 6 dashboards" in result.stdout
    assert "over 3 lines of sales" in result.stdout
    assert "What the workbook shows otherwise than the web page" in result.stdout
    assert "sales.price_volume_mix" in result.stdout
    sales = (out / "Data" / "sales.csv").read_text().splitlines()
    assert sales[0].startswith("item_id,transaction_id,day,")
    assert len(sales) == 4
    with zipfile.ZipFile(out / "shopwright.twbx") as package:
        assert "Data/sales.csv" in package.namelist()
    assert "one@shop.example" not in "".join(
        file.read_text() for file in out.rglob("*.csv")
    )  # fmt: skip


def test_a_script_reads_what_was_built(published: Path, tmp_path: Path) -> None:
    result = shopwright("tableau", tmp_path, "--source", "csv", "--json", "-w", published)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["source"] == "csv"
    assert told["rows"] == 3
    assert {"visual", "what", "reason", "instead"} == set(told["left_out"][0])


def test_a_file_is_no_folder_to_build_in(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    result = shopwright("tableau", file, "--source", "csv", "-w", published)
    assert result.exit_code == 2
    assert f"{file} is a file." in result.stderr
    assert file.read_text() == "mine"


def test_without_a_warehouse_there_is_nothing_to_build(new_workspace: Path, tmp_path: Path) -> None:
    result = shopwright("tableau", tmp_path / "out", "-w", new_workspace)
    assert result.exit_code == 1
    assert "Publish one with `shopwright run`" in result.stderr
    assert not (tmp_path / "out").exists()
