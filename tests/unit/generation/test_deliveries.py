"""The files: the same seed gives the same bytes, each day with rows its own folder."""

import os
import subprocess
import sys
from datetime import date, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

import shopwright
from shopwright.generation import GenerationSummary, generate, load_profile
from shopwright.generation.countries import COUNTRIES, CURRENCIES, PAYMENT_METHODS
from shopwright.generation.order_status import STATUSES
from shopwright.generation.orders import CHANNELS
from shopwright.generation.profile_files import profile_names

SMALL: dict[str, Any] = {"days": 70, "transactions": 2_000}
CONTRACT = Path(shopwright.__file__).parent / "ingestion" / "contract.yml"


def fingerprint(folder: Path) -> str:
    digest = sha256()
    for path in sorted(folder.rglob("*.csv")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("first", 5), ("again", 5), ("other", 6)):
        generate(tmp_path / name, seed=seed, **SMALL)

    assert fingerprint(tmp_path / "first") == fingerprint(tmp_path / "again")
    assert fingerprint(tmp_path / "first") != fingerprint(tmp_path / "other")


def dispatched_cpu_features() -> str:
    """What NumPy found in this machine beyond the least that it needs, such as AVX-512."""
    core = import_module("numpy._core._multiarray_umath")
    return " ".join(name for name in core.__cpu_dispatch__ if core.__cpu_features__[name])


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "4321"},
        {"NPY_DISABLE_CPU_FEATURES": dispatched_cpu_features()},
        {"POLARS_MAX_THREADS": "1"},
    ],
    ids=["order of sets", "an older machine", "threads"],
)
@pytest.mark.parametrize("profile", profile_names())
def test_the_bytes_do_not_depend_on_anything_else(
    tmp_path: Path, environment: dict[str, str], profile: str
) -> None:
    """Another process, of another Python too if SHOPWRIGHT_OTHER_PYTHON names one."""
    generate(tmp_path / "here", profile=load_profile(profile), seed=5, **SMALL)
    program = (
        "from pathlib import Path; from shopwright.generation import generate, load_profile; "
        f"generate(Path({str(tmp_path / 'there')!r}), profile=load_profile({profile!r}), "
        f"seed=5, **{SMALL!r})"
    )
    source = str(Path(shopwright.__file__).parent.parent)
    python = os.environ.get("SHOPWRIGHT_OTHER_PYTHON", sys.executable)
    subprocess.run(
        [python, "-c", program],
        check=True,
        env=os.environ | environment | {"PYTHONPATH": source},
    )

    assert fingerprint(tmp_path / "there") == fingerprint(tmp_path / "here")


def test_each_day_has_a_folder_and_its_own_transactions(
    generated: GenerationSummary, shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    folders = sorted(path.name for path in generated.folder.iterdir())
    assert folders == [str(date(2024, 1, 1) + timedelta(days=day)) for day in range(400)]

    first = shop["transactions"].unique("transaction_id", keep="first", maintain_order=True)
    assert (first["transaction_at"].str.slice(0, 10).str.to_date() == first["delivered"]).all()
    items = shop["transaction_items"]
    assert (items["updated_at"].str.slice(0, 10).str.to_date() == items["delivered"]).all()


def test_every_state_is_delivered_on_the_day_it_began(shop: dict[str, pl.DataFrame]) -> None:
    for table in ("customers", "products", "transactions"):
        later = shop[table].filter(pl.col("delivered") > date(2024, 1, 1))
        began = later["updated_at"].str.to_datetime("%Y-%m-%d %H:%M:%S", strict=True)
        assert (began.dt.date() == later["delivered"]).all(), table


def test_the_summary_counts_what_is_in_the_files(
    generated: GenerationSummary, shop: dict[str, pl.DataFrame]
) -> None:
    assert generated.rows == {table: len(rows) for table, rows in shop.items()}
    assert generated.bytes == sum(path.stat().st_size for path in generated.folder.rglob("*.csv"))
    heads = (
        shop["transactions"].group_by("transaction_type").agg(pl.col("transaction_id").n_unique())
    )
    assert dict(heads.iter_rows()) == {"sale": 60_000, "return": generated.returns}
    assert generated.sales == 60_000


def test_the_columns_are_the_contracts(shop: dict[str, pl.DataFrame]) -> None:
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["tables"]
    for table, rows in shop.items():
        columns = contract[table]["columns"]
        required = {name for name, column in columns.items() if column.get("required")}
        assert set(rows.columns) - {"delivered"} <= set(columns), table
        assert required <= set(rows.columns), table
        for name, column in columns.items():
            if name in rows.columns and "values" in column:
                assert set(rows[name].unique()) <= set(column["values"]), name


@pytest.mark.parametrize(
    ("table", "column", "pattern"),
    [
        ("customers", "customer_id", r"^C\d{7}$"),
        ("customers", "email", r"^[a-z]+\.[a-z]+\d+@[a-z]+\.example$"),
        ("products", "product_id", r"^P\d{5}$"),
        ("transactions", "transaction_id", r"^[TR]\d{8}$"),
        ("transaction_items", "item_id", r"^[TR]\d{8}-\d+$"),
        ("transaction_items", "quantity", r"^-?[1-9]\d*$"),
        ("transaction_items", "line_total", r"^-?\d+\.\d{1,4}$"),
        ("transaction_items", "tax_amount", r"^\d+\.\d{1,4}$"),
        ("transaction_items", "unit_price", r"^\d+\.\d{1,2}$"),
        ("transactions", "total_amount", r"^-?\d+\.\d{1,2}$"),
        ("transactions", "exchange_rate", r"^\d+\.\d{1,4}$"),
    ],
)
def test_values_are_written_as_the_contract_reads_them(
    shop: dict[str, pl.DataFrame], table: str, column: str, pattern: str
) -> None:
    assert shop[table][column].str.contains(pattern).all()


def test_sales_are_numbered_in_the_order_of_time(sales: pl.DataFrame) -> None:
    assert sales["transaction_id"].to_list() == [f"T{n:08d}" for n in range(1, 60_001)]
    assert sales["at"].is_sorted()


def test_keys_of_lines_are_unique(shop: dict[str, pl.DataFrame]) -> None:
    assert shop["transaction_items"]["item_id"].is_unique().all()


@pytest.mark.parametrize(("days", "transactions"), [(1, 0), (1, 1), (2, 4), (1, 3_000), (45, 0)])
def test_tiny_and_short_shops_are_whole(tmp_path: Path, days: int, transactions: int) -> None:
    steps: list[tuple[int, int]] = []
    summary = generate(
        tmp_path / "shop",
        days=days,
        transactions=transactions,
        progress=lambda done, all_days: steps.append((done, all_days)),
    )

    assert summary.sales == transactions
    assert summary.rows["customers"] >= 1
    folders = list((tmp_path / "shop").iterdir())
    assert len(folders) == summary.deliveries == (days if days < 45 else 7)
    assert all(any(folder.iterdir()) for folder in folders)
    assert steps[-1] == (days, days)
    assert (tmp_path / "shop/2024-01-01/products.csv").exists()
    assert len(list((tmp_path / "shop").glob("*/transactions.csv"))) == min(days, transactions)


def test_what_is_written_without_quotes_needs_none() -> None:
    texts = [*PAYMENT_METHODS, *CURRENCIES, *STATUSES, *CHANNELS]
    for country in COUNTRIES:
        texts += [country.name, *(part for city in country.cities for part in city[:2])]

    assert len(texts) > 100
    assert not [text for text in texts if set(text) & set(',"\r\n')]


def test_names_with_commas_are_quoted(shop: dict[str, pl.DataFrame]) -> None:
    suppliers = shop["products"]["supplier"]
    assert suppliers.str.contains(",").any()  # read back whole: "Jones, Smith and Lee"
    assert shop["products"]["unit_price"].cast(pl.Float64, strict=False).null_count() == 0
