"""What `generate` refuses, with the argument, the value and the mend."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shopwright.config.errors import ShopwrightError
from shopwright.generation import FolderHoldsDeliveries, ImpossibleArgument, generate


@pytest.mark.parametrize(
    ("arguments", "problem", "mend"),
    [
        ({"days": 0}, "days is 0.", "Ask for at least 1 day."),
        (
            {"transactions": -5},
            "transactions is -5.",
            "Ask for 0 or more transactions, and 99,999,999 at most.",
        ),
        ({"seed": -1}, "seed is -1.", "Give a seed of 0 or more."),
        (
            {"transactions": 10**9},
            "transactions is 1,000,000,000.",
            "Ask for 0 or more transactions, and 99,999,999 at most.",
        ),
        (
            {"start": date(1815, 6, 18)},
            "start is 1815-06-18.",
            "Start between 1900-01-01 and 2199-12-31.",
        ),
        (
            {"days": 400, "start": date(2199, 1, 1)},
            "start is 2199-01-01, and 400 days from there end after 2199-12-31.",
            "Start on 2198-11-27 or earlier, or ask for fewer days.",
        ),
    ],
)
def test_impossible_arguments(
    tmp_path: Path, arguments: dict[str, Any], problem: str, mend: str
) -> None:
    with pytest.raises(ImpossibleArgument) as refusal:
        generate(tmp_path / "shop", **arguments)

    assert (refusal.value.problem, refusal.value.mend) == (problem, mend)
    assert isinstance(refusal.value, ShopwrightError)
    assert refusal.value.exit_code == 2
    assert not (tmp_path / "shop").exists()


def test_a_folder_with_deliveries_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "2024-01-01").mkdir()
    (tmp_path / "2024-02-03").mkdir()

    with pytest.raises(FolderHoldsDeliveries) as refusal:
        generate(tmp_path, days=1, transactions=1)

    assert "already holds 2 deliveries (2024-01-01 to 2024-02-03)" in refusal.value.problem
    assert str(tmp_path) in refusal.value.problem
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-01-01", "2024-02-03"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")

    with pytest.raises(FolderHoldsDeliveries, match="which is a file"):
        generate(tmp_path / "shop")


def test_other_files_in_the_folder_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("")

    assert generate(tmp_path, days=1, transactions=5).sales == 5
