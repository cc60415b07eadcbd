"""The verbs that bring deliveries: generate, import."""

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import shopwright

from shopwright import generation
from shopwright.generation import load_profile


def test_generate_writes_to_the_workspace(workspace: Path) -> None:
    arguments = ["--days", "2", "--transactions", "50", "--start", "2024-03-01"]
    result = shopwright("generate", *arguments, "-w", workspace, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["days"], found["sales"]) == (2, 50)
    assert found["folder"] == str(workspace / "deliveries")
    names = sorted(one.name for one in (workspace / "deliveries").iterdir())
    assert names == ["2024-03-01", "2024-03-02"]
    rows = (workspace / "deliveries" / "2024-03-01" / "products.csv").read_text().count("\n") - 1
    assert rows <= found["rows"]["products"]
    again = shopwright("generate", *arguments, "-w", workspace)
    assert again.exit_code == 2
    assert "already holds 2 deliveries" in again.stderr


def test_generate_needs_no_workspace_with_out(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    result = shopwright("generate", "--days", "1", "--transactions", "5", "--out", out)
    assert result.exit_code == 0
    assert [one.name for one in out.iterdir()] == ["2024-01-01"]
    assert {one.name for one in out.parent.iterdir()} == {"b", "b_answer_key"}


def test_generate_that_is_stopped_leaves_no_delivery(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(folder: Path, **_: object) -> None:
        (folder / "2024-01-01").mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(generation, "generate", stopped)
    result = shopwright("generate", "-w", workspace)
    assert result.exit_code == 130
    assert list((workspace / "deliveries").iterdir()) == []
    assert not list(workspace.glob(".generate-*"))


def test_generate_refuses_what_no_shop_can_have(tmp_path: Path) -> None:
    result = shopwright("generate", "--days", "0", "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert "days is 0" in result.stderr
    assert not (tmp_path / "x").exists()


def test_generate_follows_a_profile(workspace: Path) -> None:
    own = workspace / "shop.toml"
    own.write_text(
        'based_on = "grocery"\n[size]\nend = 2024-01-02\ntransactions = 40\n'
        "[countries]\nPoland = 1\n"
    )
    found = json.loads(shopwright("generate", "-w", workspace, "--json").stdout)
    assert (found["days"], found["sales"]) == (2, 40)
    sales = (workspace / "deliveries" / "2024-01-01" / "transactions.csv").read_text()
    assert sales.count(",PLN,") == sales.count("\n") - 1

    named = ["--profile", "electronics", "--days", "1", "--transactions", "30"]
    report = workspace / "reports" / "shop.html"
    out = workspace / "other"
    result = shopwright("generate", *named, "--out", out, "--report", report)
    assert result.exit_code == 0, result.output
    assert "Smartphones" in (out / "2024-01-01" / "products.csv").read_text()
    assert "<h1>Electronics</h1>" in report.read_text()
    assert f"Drew it in {report}" in result.stdout


def test_generate_refuses_an_impossible_profile(tmp_path: Path) -> None:
    own = tmp_path / "shop.toml"
    own.write_text('based_on = "fashion"\n[size]\nend = 2023-12-31\n')
    result = shopwright("generate", "--profile", own, "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert f"{own}, line 3: size.end = 2023-12-31 is not possible" in result.stderr
    assert "Allowed is 2024-01-01 or later." in result.stderr
    assert not (tmp_path / "x").exists()


def test_generate_prints_a_profile_to_be_changed(tmp_path: Path) -> None:
    own = tmp_path / "shop.toml"
    own.write_text(shopwright("generate", "--profile", "grocery", "--print-profile").stdout)
    assert load_profile(own) == load_profile("grocery")
    unknown = shopwright("generate", "--profile", "grocry", "--print-profile")
    assert unknown.exit_code == 2
    assert "did you mean 'grocery'?" in unknown.stderr


@pytest.fixture
def foreign(tmp_path: Path, workspace: Path) -> Path:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "people.csv").write_text("no,joined\n1,2024-01-01\n2,2024-01-02\n3,2024-01-02\n")
    mapping = workspace / "mappings" / "people"
    mapping.mkdir()
    (mapping / "customers.sql").write_text(
        "select no as customer_id, joined as delivery_date"
        " from read_csv('people.csv', all_varchar = true)"
    )
    return folder


def test_import_with_a_mapping_of_ones_own(workspace: Path, foreign: Path) -> None:
    result = shopwright("import", "people", foreign, "-w", workspace, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["mapping"], found["rows"]) == ("people", {"customers": 3})
    assert [Path(one).name for one in found["deliveries"]] == ["2024-01-01", "2024-01-02"]
    shown = shopwright("import", "people", foreign, "-w", workspace, "--date", "2024-02-01")
    assert "Wrote 1 delivery, 2024-02-01 to 2024-02-01" in shown.stdout


def test_import_lists_the_mappings(workspace: Path, foreign: Path) -> None:
    found = json.loads(shopwright("import", "--list", "-w", workspace, "--json").stdout)
    names = {one["name"]: one["is_built_in"] for one in found}
    assert names == {"northwind": True, "online_retail": True, "people": False}


def test_import_of_an_unknown_mapping(workspace: Path, foreign: Path) -> None:
    result = shopwright("import", "peoples", foreign, "-w", workspace)
    assert result.exit_code == 2
    assert "There is no mapping 'peoples'.\nDid you mean 'people'?" in result.stderr


def test_import_from_a_folder_that_is_not_there(workspace: Path, foreign: Path) -> None:
    result = shopwright("import", "people", foreign / "nowhere", "-w", workspace)
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
