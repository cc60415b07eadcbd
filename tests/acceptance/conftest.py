"""Two real shops, imported once for all tests of a process, and a small disk.

SHOPWRIGHT_TEST_WHOLE_SHOPS=1 takes all of Online Retail, the shop of `shopwright demo` and all
cells of every grouping, where tests make do with a part: Power BI's measures, by a DAX engine in
Python, and Tableau's extract.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.shop import Shop, empty_shop

from shopwright.ingestion.mapping import import_mapping

WHOLE_SHOPS = os.environ.get("SHOPWRIGHT_TEST_WHOLE_SHOPS") == "1"
DEMO = {"days": 90, "transactions": 10_000, "seed": 1}
"""The shop that `shopwright demo` makes, which a test holds it to."""
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True)
class Imported:
    """A foreign folder imported as deliveries, and the figures computed from it elsewhere."""

    deliveries: Path
    answers: dict[str, Any]


def _imported(mapping: str, folder: Path, part: Path | None = None) -> Imported:
    source = DATA / mapping
    if not source.is_dir():
        pytest.skip(f"the data of {mapping} is not at {source}")
    import_mapping(mapping, part or source, folder)
    return Imported(folder, json.loads((source / "answers.json").read_text()))


@pytest.fixture(scope="session")
def online_retail_deliveries(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Online Retail as 305 daily deliveries."""
    return _imported("online_retail", tmp_path_factory.mktemp("online_retail"))


@pytest.fixture(scope="session")
def online_retail_part(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The first 15 days of Online Retail, or all of them where whole shops are asked for."""
    days = 305 if WHOLE_SHOPS else 15
    given = tmp_path_factory.mktemp("some_days")
    (given / "by-day").mkdir()
    for file in sorted((DATA / "online_retail" / "by-day").glob("*"))[:days]:
        shutil.copy(file, given / "by-day")
    return _imported("online_retail", tmp_path_factory.mktemp("part_of_online_retail"), given)


@pytest.fixture(scope="session")
def northwind_deliveries(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Northwind as one delivery."""
    return _imported("northwind", tmp_path_factory.mktemp("northwind"))


@pytest.fixture(scope="module")
def shop_of_module(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A shop that the tests of a module share: they only read it."""
    with empty_shop(server, template_database, tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of 200 MB, which PostgreSQL's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="shopwright-disk-"))
    options = ["-t", "tmpfs", "-o", "size=200m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(["mount", *options], capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("may not mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Takes all space but some; whoever deletes the file gives it back."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - leave)
    return ballast
