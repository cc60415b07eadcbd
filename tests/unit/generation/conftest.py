"""Generated shops, read back from their files, for all tests of what is in them.

One fashion shop of 400 days for most; a shop of each profile for the shapes that profiles
advertise.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopwright.generation import (
    GenerationSummary,
    Profile,
    generate,
    load_profile,
    resized,
)
from shopwright.generation.profile_files import profile_names

DAYS = 400
SALES = 60_000
START = date(2024, 1, 1)
TABLES = ("customers", "products", "transactions", "transaction_items")


def read_table(folder: Path, table: str) -> pl.DataFrame:
    """All rows of a table as text, in the order of delivery, with the day of the delivery.

    Read as one file, twenty times as fast as hundreds: a row is a line in all of them.
    """
    files = sorted(folder.glob(f"*/{table}.csv"))
    parts = [file.read_bytes().partition(b"\n") for file in files]
    (header,) = {header for header, _, _ in parts}
    rows = pl.read_csv(
        header + b"\n" + b"".join(lines for _, _, lines in parts), infer_schema=False
    )
    days = pl.Series([file.parent.name for file in files]).str.to_date()
    counts = [lines.count(b"\n") for _, _, lines in parts]
    assert len(rows) == sum(counts)
    return rows.with_columns(delivered=days.gather(np.repeat(np.arange(len(files)), counts)))


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The fashion shop's, for the period of the tests."""
    return resized(load_profile("fashion"), days=DAYS, transactions=SALES, seed=11, start=START)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> GenerationSummary:
    return generate(tmp_path_factory.mktemp("shop") / "deliveries", profile=profile)


@pytest.fixture(scope="session")
def shop(generated: GenerationSummary) -> dict[str, pl.DataFrame]:
    """The four tables as delivered: repeated keys, one row a state."""
    return {table: read_table(generated.folder, table) for table in TABLES}


@dataclass(frozen=True)
class ProfiledShop:
    """A shop of a profile: its tables, its sales as first delivered, and their lines with the
    shelf and the head's columns beside them."""

    profile: Profile
    tables: dict[str, pl.DataFrame]
    sales: pl.DataFrame
    lines: pl.DataFrame


@pytest.fixture(scope="session", params=profile_names())
def profiled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ProfiledShop:
    """A shop of each profile, of the same size as `shop`."""
    profile = resized(
        load_profile(request.param), days=DAYS, transactions=SALES, seed=12, start=START
    )
    folder = tmp_path_factory.mktemp(request.param) / "deliveries"
    generate(folder, profile=profile)
    tables = {table: read_table(folder, table) for table in TABLES}
    sales = first_delivered(tables)
    shelves = tables["products"].unique("product_id").select("product_id", "sub_category")
    lines = lines_of(tables, sales).join(shelves, on="product_id", maintain_order="left")
    return ProfiledShop(profile, tables, sales, lines)


def first_delivered(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Every sale as first delivered, with its moment as a timestamp."""
    return (
        tables["transactions"]
        .filter(pl.col("transaction_type") == "sale")
        .unique("transaction_id", keep="first", maintain_order=True)
        .with_columns(at=pl.col("transaction_at").str.to_datetime())
    )


def lines_of(tables: dict[str, pl.DataFrame], sales: pl.DataFrame) -> pl.DataFrame:
    """The lines of the sales, with the head's columns beside them."""
    heads = sales.select("transaction_id", "at", "customer_id", "currency", "exchange_rate")
    return tables["transaction_items"].join(heads, on="transaction_id", maintain_order="left")


@pytest.fixture(scope="session")
def sales(shop: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return first_delivered(shop)


@pytest.fixture(scope="session")
def sale_items(shop: dict[str, pl.DataFrame], sales: pl.DataFrame) -> pl.DataFrame:
    return lines_of(shop, sales)


@pytest.fixture(scope="session")
def returns(shop: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return shop["transactions"].filter(pl.col("transaction_type") == "return")
