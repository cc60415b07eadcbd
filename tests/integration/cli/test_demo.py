"""The demo and psql, as processes of their own on an embedded server of their own."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopwright.generation import load_profile
from shopwright.storage.server_processes import find_postmaster

SMALL = ["--profile", "grocery", "--days", "40", "--transactions", "400", "--seed", "3"]


def _environment(folder: Path) -> dict[str, str]:
    """With the database beside the folder `work`, in or below which a verb runs."""
    work = folder if folder.name == "work" else folder.parent
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, map(os.path.abspath, sys.path))),
        "SHOPWRIGHT_DATABASE_DATA_FOLDER": str(work.parent / "database"),
    }


def _shopwright(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shopwright.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=_environment(cwd),
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def first() -> Iterator[tuple[Path, str]]:
    """A demo that ran once: the folder it was started in and what it printed."""
    # Not pytest's folders: for root, PostgreSQL runs as a user who may not enter them.
    scratch = Path(tempfile.mkdtemp(prefix="shopwright-demo-"))
    scratch.chmod(0o755)
    folder = scratch / "work"
    folder.mkdir()
    result = _shopwright("demo", "--no-serve", *SMALL, cwd=folder)
    assert result.returncode == 0, result.stderr
    yield folder, result.stdout
    shutil.rmtree(scratch)


def _summary(output: str) -> str:
    return output.split("What became of the rows")[1]


def _figure(output: str, name: str) -> str:
    found = re.search(rf"^{re.escape(name)} +(.+)$", output, re.MULTILINE)
    assert found, output
    return found[1].strip()


def test_the_demo_prints_what_it_published(first: tuple[Path, str]) -> None:
    folder, output = first
    assert "Published 40 deliveries in" in output
    for group in ("staging", "checking", "production", "warehouse: facts", "claims", "all"):
        assert re.search(rf"^{group} .*\d\.\d\d$", output, re.MULTILINE), group
    query = (
        "select sum(order_count) as orders, to_char(sum(net_amount), 'FM999,999,990.00') as net"
        " from warehouse.agg_daily_sales"
    )
    answer = _shopwright("query", "--sql", query, "--format", "csv", cwd=folder / "demo").stdout
    orders = _figure(output, "orders")
    net = _figure(output, "net of sales and returns")
    assert answer == f'orders,net\n{orders},"{net}"\n'
    assert 300 < int(orders) <= 400
    assert re.search(r"^2024-01 +\d+ +[\d,.]+$", output, re.MULTILINE)
    assert len(output.split("top products")[1].split("Go on")[0].strip().splitlines()) == 7


def test_the_demo_is_of_the_profile_asked_for_and_refuses_what_is_none(
    first: tuple[Path, str],
) -> None:
    folder, _ = first
    query = "select distinct category from warehouse.dim_product where product_key > 0"
    answer = _shopwright("query", "--sql", query, "--format", "csv", cwd=folder / "demo").stdout
    assert "Bakery" in answer
    assert set(answer.split("\n")[1:-1]) <= {
        shelf.category for shelf in load_profile("grocery").shelves
    }
    result = _shopwright("demo", "--profile", "grocer", "other", cwd=folder)
    assert result.returncode == 2
    assert "grocery" in result.stderr
    assert not (folder / "other").exists()


def test_the_demo_again_prints_the_same_summary(first: tuple[Path, str]) -> None:
    folder, output = first
    again = _shopwright("demo", "--no-serve", *SMALL, cwd=folder)
    assert again.returncode == 0
    assert again.stdout.startswith("Nothing was pending")
    assert _summary(again.stdout) == _summary(output)


def test_the_demo_leaves_the_workspaces_of_others_alone(first: tuple[Path, str]) -> None:
    folder, _ = first
    _shopwright("init", "mine", cwd=folder)
    result = _shopwright("demo", "mine", cwd=folder)
    assert result.returncode == 2
    assert "not a demo" in result.stderr
    assert list((folder / "mine" / "deliveries").iterdir()) == []


def test_psql_shows_the_references_and_the_server_stops_after_it(first: tuple[Path, str]) -> None:
    folder, _ = first
    table = r"\d production.transaction_items"
    result = _shopwright("psql", "--", "-c", table, cwd=folder / "demo")
    assert result.returncode == 0
    assert "FOREIGN KEY (product_id) REFERENCES production.products" in result.stdout
    assert find_postmaster(folder.parent / "database") is None


def test_psqls_exit_code_is_passed_on(first: tuple[Path, str]) -> None:
    result = _shopwright("psql", "--", "-c", "select wrong", cwd=first[0] / "demo")
    assert result.returncode == 1
    assert 'column "wrong" does not exist' in result.stderr


def test_the_embedded_server_lets_the_reader_in_by_itself(first: tuple[Path, str]) -> None:
    query = ["query", "--format", "csv", "--sql"]
    result = _shopwright(*query, "select session_user as role", cwd=first[0] / "demo")
    assert result.stdout == "role\nshopwright_reader\n"
    refused = _shopwright(*query, "select * from production.customers", cwd=first[0] / "demo")
    assert refused.returncode == 1
    assert "--as-owner" in refused.stderr


def test_a_reader_that_stops_reading_ends_the_query(first: tuple[Path, str]) -> None:
    command = f"{sys.executable} -m shopwright.cli query --format csv --sql"
    statement = "select * from generate_series(1, 300000) as n"
    result = subprocess.run(
        ["sh", "-c", f"{command} '{statement}' | head -n 2"],
        capture_output=True,
        text=True,
        cwd=first[0] / "demo",
        env=_environment(first[0]),
        check=False,
        timeout=60,
    )
    assert result.stdout == "n\n1\n"
    assert "Traceback" not in result.stderr
