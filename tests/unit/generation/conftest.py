"""One generated shop, read back from its files, for all tests of what is in them."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from shopwright.generation import GenerationSummary, generate

DAYS = 400
SALES = 60_000
START = date(2024, 1, 1)
TABLES = ("customers", "products", "transactions", "transaction_items")


def read_table(folder: Path, table: str) -> pl.DataFrame:
    """All rows of a table as text, in the order of delivery, with the day of the delivery."""
    parts = [
        pl.read_csv(path, infer_schema=False).with_columns(
            delivered=pl.lit(path.parent.name).str.to_date()
        )
        for path in sorted(folder.glob(f"*/{table}.csv"))
    ]
    return pl.concat(parts)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> GenerationSummary:
    return generate(
        tmp_path_factory.mktemp("shop") / "deliveries",
        days=DAYS,
        transactions=SALES,
        seed=11,
        start=START,
    )


@pytest.fixture(scope="session")
def shop(generated: GenerationSummary) -> dict[str, pl.DataFrame]:
    """The four tables as delivered: repeated keys, one row a state."""
    return {table: read_table(generated.folder, table) for table in TABLES}


@pytest.fixture(scope="session")
def sales(shop: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Every sale as first delivered, with its moment as a timestamp."""
    return (
        shop["transactions"]
        .filter(pl.col("transaction_type") == "sale")
        .unique("transaction_id", keep="first", maintain_order=True)
        .with_columns(at=pl.col("transaction_at").str.to_datetime())
    )


@pytest.fixture(scope="session")
def sale_items(shop: dict[str, pl.DataFrame], sales: pl.DataFrame) -> pl.DataFrame:
    """The lines of the sales, with the head's columns beside them."""
    heads = sales.select("transaction_id", "at", "customer_id", "currency", "exchange_rate")
    return shop["transaction_items"].join(heads, on="transaction_id", maintain_order="left")


@pytest.fixture(scope="session")
def returns(shop: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return shop["transactions"].filter(pl.col("transaction_type") == "return")
