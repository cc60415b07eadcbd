"""The verbs about rows that were set aside."""

import csv
import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import shopwright

from shopwright.config.workspace import Workspace
from shopwright.storage.database import open_database

CUSTOMERS = """\
customer_id,first_name,email,nickname,updated_at
C1,Ada,ada@example.com,Countess,2199-01-01
C2,Grace,grace@example.com,,2024-05-01
"""


@pytest.fixture
def set_aside(workspace: Path) -> Path:
    """A workspace with one rejected customer."""
    folder = workspace / "deliveries" / "2024-05-01"
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text(CUSTOMERS)
    assert shopwright("run", "-w", workspace).exit_code == 0
    return workspace


def test_a_row_is_listed_shown_exported_and_dismissed(set_aside: Path, tmp_path: Path) -> None:
    listed = shopwright("rejected", "list", "-w", set_aside)
    assert "updated_at_is_in_the_future" in listed.stdout
    (row,) = json.loads(shopwright("rejected", "list", "-w", set_aside, "--json").stdout)
    assert (row["table"], row["key"], row["status"], row["line"]) == (
        "customers", "C1", "rejected", 2
    )  # fmt: skip
    assert "Ada" not in listed.stdout

    number = str(row["number"])
    shown = shopwright("rejected", "show", number, "-w", set_aside)
    assert "The state begins more than a day from now." in shown.stdout
    assert "2199-01-01" in shown.stdout
    assert not {"Ada", "ada@example.com", "Countess"} & set(shown.stdout.split())
    assert (
        "Countess" in shopwright("rejected", "show", number, "--personal", "-w", set_aside).stdout
    )

    out = tmp_path / "mend.csv"
    wrote = shopwright("rejected", "export", "--table", "customers", "--out", out, "-w", set_aside)
    assert wrote.stdout.startswith(f"Wrote 1 row to {out}.")
    assert list(csv.DictReader(out.read_text().splitlines())) == [
        {"customer_id": "C1", "first_name": "Ada", "email": "ada@example.com",
         "updated_at": "2199-01-01", "nickname": "Countess"}
    ]  # fmt: skip

    tried = shopwright("rejected", "retry", "-w", set_aside)
    assert tried.stdout == "Judged 1 row again: 1 rejected.\n"
    given_up = shopwright("rejected", "dismiss", number, "--reason", "a test", "-w", set_aside)
    assert given_up.stdout == "Dismissed 1 row.\n"
    assert shopwright("rejected", "list", "-w", set_aside).stdout == "No row is set aside.\n"
    again = shopwright("rejected", "dismiss", number, "--reason", "a test", "-w", set_aside)
    assert (again.exit_code, "none was dismissed" in again.stderr) == (2, True)
    assert shopwright("rejected", "show", number, "-w", set_aside).stdout.startswith("dismissed: ")


def test_a_mended_export_delivered_again_resolves_the_row(set_aside: Path) -> None:
    folder = set_aside / "deliveries" / "2024-05-02"
    folder.mkdir()
    out = folder / "customers.csv"
    shopwright("rejected", "export", "--table", "customers", "--out", out, "-w", set_aside)
    out.write_text(out.read_text().replace("2199", "2024"))
    assert shopwright("run", "-w", set_aside).exit_code == 0
    (row,) = json.loads(
        shopwright("rejected", "list", "--status", "all", "-w", set_aside, "--json").stdout
    )
    assert (row["key"], row["status"]) == ("C1", "resolved")


def test_wrong_filters_and_numbers_end_with_2(set_aside: Path) -> None:
    wrong = shopwright("rejected", "list", "--table", "custmers", "-w", set_aside)
    assert (wrong.exit_code, "did you mean 'customers'" in wrong.stderr) == (2, True)
    missing = shopwright("rejected", "show", "404", "-w", set_aside)
    assert (missing.exit_code, "under number 404" in missing.stderr) == (2, True)


def test_a_row_whose_content_was_erased_says_so(set_aside: Path) -> None:
    (row,) = json.loads(shopwright("rejected", "list", "-w", set_aside, "--json").stdout)
    number = str(row["number"])
    assert (
        shopwright("rejected", "dismiss", number, "--reason", "no", "-w", set_aside).exit_code == 0
    )
    with open_database(Workspace.open(set_aside)) as database, database.connect() as connection:
        connection.execute("update quality.rejected_rows set row_data = '{}'")
    shown = shopwright("rejected", "show", number, "-w", set_aside).stdout
    assert "What it said was erased, as [retention] rejected_days says." in shown
