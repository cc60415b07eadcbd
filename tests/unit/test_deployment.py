"""What is deployed is what there is: compose.yaml, the Dockerfile, and the page on operating."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from shopwright.cli import app
from shopwright.config import RetentionSettings
from shopwright.orchestration.alerting import cause

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def options_of(verb: str) -> set[str]:
    command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)}


def verbs() -> set[str]:
    return {*typer.main.get_command(app).commands}  # type: ignore[attr-defined]


def test_the_services_call_verbs_and_options_that_there_are(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert list(services) == ["database", "scheduler", "dashboard"]
    for name in ("scheduler", "dashboard"):
        verb, *arguments = services[name]["command"]
        assert {one for one in arguments if one.startswith("--")} <= options_of(verb)
        assert services[name]["depends_on"]["database"]["condition"] == "service_healthy"
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert {*service["secrets"]} <= {*compose["secrets"]}, name
    assert "/healthz" in services["dashboard"]["healthcheck"]["test"][-1]


def test_no_secret_stands_in_the_files_and_every_variable_is_explained(
    compose: dict[str, Any],
) -> None:
    text = (ROOT / "compose.yaml").read_text()
    for variable in set(re.findall(r"\$\{(\w+)", text)):
        assert variable in PAGE, variable
    for one in compose["secrets"].values():
        assert one["file"].removeprefix("./") in PAGE
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"/secrets/", "/.env", "/shop/"} <= {*ignored}


def test_the_images_are_pinned_and_not_run_as_root(compose: dict[str, Any]) -> None:
    text = (ROOT / "Dockerfile").read_text()
    (python,) = re.findall(r"^ARG PYTHON=(\S+)$", text, re.MULTILINE)
    assert re.fullmatch(r"3\.1[123]\.\d+-slim-\w+", python)
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["python:${PYTHON}"] * 2
    assert text.index("USER shopwright") < text.index("ENTRYPOINT")
    assert re.fullmatch(r"postgres:\d+\.\d+-\w+", compose["services"]["database"]["image"])


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")
    ]
    copied = [
        name
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)


def test_the_page_names_verbs_that_there_are_and_defaults_that_are_true() -> None:
    named = set(re.findall(r"shopwright ([a-z][a-z-]+)", PAGE.replace("shopwright login", "")))
    assert "schedule" in named
    assert named - verbs() - {"role"} == set()
    kept = RetentionSettings()
    for setting in ("run_days", "rejected_days", "sample_days"):
        (row,) = [
            line for line in PAGE.splitlines() if f"`{setting}`" in line.replace("[retention] ", "")
        ]
        assert f"after {getattr(kept, setting)} days" in row
    assert f"larger than {kept.staging_megabytes} MB" in PAGE
    assert kept.score_days is None


def test_every_alert_has_its_row() -> None:
    kinds = [
        value for name, value in vars(cause).items() if name.isupper() and isinstance(value, str)
    ]
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    for kind in kinds:
        assert any(kind in row.split("|")[1] for row in rows), kind
