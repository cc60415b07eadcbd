"""`shopwright schedule` used wrongly, and `back-fill`; at work it is in orchestration/."""

import importlib.util
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import deliver, shopwright


def test_without_dagster_it_says_what_to_install(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec

    def without_dagster(name: str, *more: Any) -> Any:
        return None if name == "dagster" else found(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", without_dagster)
    result = shopwright("schedule", "-w", workspace)
    assert result.exit_code == 2
    assert "pip install 'shopwright[schedule]'" in result.stderr


def test_a_port_that_is_taken_is_named(workspace: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = shopwright("schedule", "-w", workspace, "--port", str(port))
    assert result.exit_code == 2
    assert f"Cannot listen at 127.0.0.1, port {port}" in result.stderr


def test_pages_and_none_of_them_cannot_be_had_together(workspace: Path) -> None:
    result = shopwright("schedule", "-w", workspace, "--headless", "--port", "3456")
    assert result.exit_code == 2
    assert "--headless has no web pages" in result.stderr


def test_rules_that_are_wrong_are_told_before_dagster_is_started(workspace: Path) -> None:
    (workspace / "rules" / "customers.rules.yml").write_text("- nonsense\n")
    result = shopwright("schedule", "-w", workspace)
    assert result.exit_code != 0
    assert "customers.rules.yml" in result.stderr
    assert not (workspace / ".shopwright" / "dagster").exists()


def test_a_back_fill_publishes_again_what_is_published(workspace: Path) -> None:
    deliver(workspace)
    assert shopwright("run", "-w", workspace).exit_code == 0

    result = shopwright("back-fill", "2024-05-01", "2024-05-31", "-w", workspace, "--json")

    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["outcome"], said["deliveries"]) == ("published", ["2024-05-02"])
    customers = next(one for one in said["accounts"] if one["table"] == "customers")
    assert (customers["rows"], customers["accepted"], customers["duplicates"]) == (3, 0, 3)
    # and what was rejected before is not kept twice
    rejected = shopwright("rejected", "list", "-w", workspace, "--json")
    assert len(json.loads(rejected.stdout)) > 0
    nothing = shopwright("back-fill", "2023-01-01", "-w", workspace)
    assert nothing.exit_code == 1
    assert "There is no delivery of a day from 2023-01-01 to 2023-01-01." in nothing.stderr
    assert shopwright("back-fill", "May", "-w", workspace).exit_code == 2


def test_a_back_fill_finds_what_is_in_the_archive(workspace: Path) -> None:
    file = workspace / "shopwright.toml"
    file.write_text(file.read_text().replace("[archive]", "[archive]\nafter_days = 0"))
    deliver(workspace)
    assert shopwright("run", "-w", workspace).exit_code == 0
    assert not (workspace / "deliveries" / "2024-05-02").exists()

    result = shopwright("back-fill", "2024-05-02", "-w", workspace, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["deliveries"] == ["2024-05-02"]
    # neither the next run nor another back-fill is led astray by it
    nothing = shopwright("run", "-w", workspace, "--json")
    assert json.loads(nothing.stdout)["outcome"] == "nothing to do"
    assert shopwright("back-fill", "2024-05-02", "-w", workspace).exit_code == 0
    assert shopwright("rebuild", "-w", workspace).stdout.startswith("The warehouse was right")
