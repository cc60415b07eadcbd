"""Reading the answer key."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.generation.answer_key.key import FORMAT_VERSION

POSITION = ["delivery", "file", "line"]
"""Where a fault was planted, and where a row or line was found."""


class NoAnswerKey(ShopwrightError):
    """There is nothing to compare with."""

    exit_code = 2


class NothingPublished(ShopwrightError):
    """There is nothing to compare yet."""


@dataclass(frozen=True)
class Answers:
    """An answer key. `expected` is the folder of figures and histories that a warehouse should
    hold: those of the damaged rows where there are faults, else the true ones."""

    folder: Path
    expected: Path
    faults: pl.DataFrame
    consequences: pl.DataFrame
    deliveries: pl.DataFrame

    def frame(self, name: str) -> pl.DataFrame:
        """One of the files of `expected`; without rows where there is none."""
        file = self.expected / f"{name}.parquet"
        return pl.read_parquet(file) if file.exists() else pl.DataFrame()


def read_answers(folder: Path) -> Answers:
    """Opens the answer key in a folder. Raises NoAnswerKey."""
    about = folder / "about.json"
    if not about.is_file():
        raise NoAnswerKey(
            f"There is no answer key in {folder}.",
            "Only generated shops have one: `shopwright generate` writes it beside the "
            "deliveries of an empty workspace.",
        )
    version = json.loads(about.read_text(encoding="utf-8")).get("format")
    if version != FORMAT_VERSION:
        raise NoAnswerKey(
            f"The answer key in {folder} has format {version}; this Shopwright reads "
            f"{FORMAT_VERSION}.",
            "Generate the shop again with this version.",
        )
    expected = folder / "expected"
    return Answers(
        folder,
        expected if expected.is_dir() else folder / "true",
        *(
            pl.read_parquet(folder / f"{name}.parquet")
            for name in ("faults", "consequences", "deliveries")
        ),
    )


def published_deliveries(connection: Connection) -> set[str]:
    """The names of all published deliveries. Raises NothingPublished."""
    found = connection.execute("select to_regclass('ops.deliveries')").fetchone()
    names: set[str] = set()
    if found and found[0]:
        rows = connection.execute("select distinct delivery_name from ops.deliveries")
        names = {row[0] for row in rows}
    if not names:
        raise NothingPublished(
            "Nothing has been published yet, so there is nothing to score.",
            "Publish the deliveries first: shopwright run",
        )
    return names
