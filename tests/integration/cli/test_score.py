"""score, and what generate writes for it."""

import json
from pathlib import Path

import psycopg
import pytest
from tests.integration.cli.conftest import shopwright

GENERATE = ("generate", "--days", "10", "--transactions", "400")


def test_a_generated_shop_is_scored_perfect(workspace: Path) -> None:
    written = shopwright(*GENERATE, "-w", workspace)
    assert written.exit_code == 0, written.output
    summary = workspace / "answer_key" / "summary.md"
    assert str(summary) in written.stdout
    assert "| net_amount |" in summary.read_text()

    assert shopwright("run", "-w", workspace).exit_code == 0
    result = shopwright("score", "-w", workspace)
    assert result.exit_code == 0, result.output
    assert "Everything is as the answer key has it." in result.stdout
    row = next(line for line in result.stdout.splitlines() if line.startswith("net_amount"))
    _, expected, found, difference = row.split()
    assert expected == found
    assert difference == "0.0000"


def test_a_difference_ends_with_1_and_is_shown(workspace: Path) -> None:
    shopwright(*GENERATE, "-w", workspace)
    shopwright("run", "-w", workspace)
    with psycopg.connect(_url(workspace), autocommit=True) as connection:
        connection.execute(
            "update warehouse.fact_orders set shipping_amount = shipping_amount + 1.5"
            " where transaction_id = 'T00000001'"
        )

    result = shopwright("score", "-w", workspace)
    assert result.exit_code == 1
    assert "Not everything is as the answer key has it." in result.stdout
    row = next(line for line in result.stdout.splitlines() if line.startswith("shipping_amount"))
    assert row.split()[-1] == "1.5000"


def test_json_holds_every_score(workspace: Path) -> None:
    share = "broken_email=20%,negative_price=10%"
    assert shopwright(*GENERATE, "--faults", share, "-w", workspace).exit_code == 0
    shopwright("run", "-w", workspace)
    result = shopwright("score", "-w", workspace, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == (0 if document["is_perfect"] else 1)
    assert {one["kind"]: one["recall"] for one in document["kinds"]} == {
        "broken_email": 1.0,
        "negative_price": 1.0,
    }
    rules = {(one["table"], one["rule"]): one["precision"] for one in document["rules"]}
    assert rules["transaction_items", "unit_price_is_negative"] == 1.0
    assert {one["measure"]: one["difference"] for one in document["figures"]}["net_amount"] == (
        "0.0000"
    )
    assert document["figures"]
    assert document["levels"]
    assert document["histories"]


def test_without_an_answer_key_it_says_how_to_get_one(workspace: Path) -> None:
    result = shopwright(*GENERATE, "--no-answer-key", "-w", workspace)
    assert "summary.md" not in result.stdout
    assert not (workspace / "answer_key").exists()
    result = shopwright("score", "-w", workspace)
    assert result.exit_code == 2
    assert "There is no answer key in" in result.stderr
    assert "shopwright generate" in result.stderr


def test_before_a_run_it_says_to_run(new_workspace: Path) -> None:
    shopwright(*GENERATE, "-w", new_workspace)
    result = shopwright("score", "-w", new_workspace)
    assert result.exit_code == 1
    assert "Publish the deliveries first: shopwright run" in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--faults", "negativ_price=1%", "did you mean 'negative_price'?"),
        ("--faults", "200%", "'200%' is not a share"),
        ("--mess", "later=1%", "did you mean 'late'?"),
    ],
)
def test_a_share_that_cannot_be_is_refused_before_anything_is_written(
    workspace: Path, option: str, value: str, said: str
) -> None:
    result = shopwright(*GENERATE, option, value, "-w", workspace)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not any((workspace / "deliveries").iterdir())
    assert not (workspace / "answer_key").exists()


def test_a_folder_of_its_own_gets_an_answer_key_of_its_own(tmp_path: Path) -> None:
    assert shopwright(*GENERATE, "--out", tmp_path / "shop").exit_code == 0
    assert (tmp_path / "shop_answer_key" / "about.json").exists()


def _url(workspace: Path) -> str:
    text = (workspace / "shopwright.toml").read_text()
    return text.split('url = "', 1)[1].split('"', 1)[0]
