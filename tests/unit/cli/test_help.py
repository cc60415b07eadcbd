"""Help: every verb has it with an example, it is in the documents, and what is pasted is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shopwright import __version__
from shopwright.cli import app

DOCUMENT = Path(__file__).parents[3] / "docs" / "commands.md"
VERBS = [
    "demo", "init", "generate", "import", "run", "back-fill", "rebuild", "schedule", "score",
    "status", "logs", "rules", "quality", "dashboard", "powerbi", "query", "export", "semantic",
    "tableau", "reader-password", "psql", "forget", "backup", "restore", "migrate-database",
    "doctor", "rejected", "alerts", "archive",
]  # fmt: skip
PARTS = [
    *(["rejected", part] for part in ("list", "show", "export", "retry", "dismiss")),
    *(["alerts", part] for part in ("list", "check", "test", "dismiss")),
    *(["archive", part] for part in ("list", "move", "restore")),
]
HEAVY = {
    "polars", "duckdb", "faker", "numpy", "psycopg", "sqlalchemy", "alembic", "pydantic",
    "starlette", "uvicorn", "apprise", "prometheus_client", "dagster",
}  # fmt: skip


def _help(*verb: str) -> str:
    # As on a terminal of 100 columns, of which the help leaves two free.
    result = CliRunner().invoke(app, [*verb, "--help"], prog_name="shopwright", terminal_width=98)
    assert result.exit_code == 0
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def test_the_verbs_are_these() -> None:
    command = typer.main.get_command(app)
    assert list(command.commands) == VERBS  # type: ignore[attr-defined]


@pytest.mark.parametrize("group", ["rejected", "alerts", "archive"])
def test_the_parts_of_a_group_are_these(group: str) -> None:
    command = typer.main.get_command(app).commands[group]  # type: ignore[attr-defined]
    assert [[group, part] for part in command.commands] == [
        part for part in PARTS if part[0] == group
    ]


@pytest.mark.parametrize("verb", [*([verb] for verb in VERBS), *PARTS])
def test_every_verb_has_an_example(verb: list[str]) -> None:
    assert re.search(rf"Examples?:\s+shopwright {' '.join(verb)}\b", _help(*verb))


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS), *PARTS])
def test_the_help_in_the_document_is_true(verb: list[str]) -> None:
    command = " ".join(["shopwright", *verb, "--help"])
    pasted = re.search(
        rf"^```text\n\$ {command}\n(.*?)\n```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE
    )
    assert pasted, f"docs/commands.md does not hold `{command}`"
    assert pasted[1] == _help(*verb)


def test_the_sentences_in_the_list_of_verbs_are_whole() -> None:
    assert "..." not in _help().split("Commands:")[1]


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"shopwright {__version__}\n")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, shopwright.cli\n"
        "try: shopwright.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('heavy:', sorted({HEAVY!r} & sys.modules.keys()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runn"], "No such command 'runn'"),
        (["query"], "name an analysis"),
        (["query", "top_products", "--sql", "select 1"], "name an analysis"),
        (["query", "top_products", "--param", "top"], "--param is NAME=VALUE"),
        (["query", "top_product"], "did you mean 'top_products'"),
        (["query", "top_products", "--param", "tops=1"], "did you mean 'top'"),
        (["query", "top_products", "--param", "top=many"], "'many' is not a value of type integer"),
        (["init"], "Missing argument 'FOLDER'"),
        (["import", "northwind"], "FOLDER missing"),
        (["generate", "--days", "many"], "Invalid value for '--days'"),
        (["query", "--sql", "select 1", "--format", "parquet"], "name a file with --out"),
        (["query", "--sql", "select 1", "--out", "a.csv"], "wants --format csv"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
