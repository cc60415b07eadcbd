"""Planted faults: the line that the answer key names is damaged as it says, and no other line."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.answer_keys import SMALL, MarkedShop, marked_shop

import shopwright
from shopwright.generation.faults import DAMAGES, KINDS, FaultRates
from shopwright.generation.faults.planting import KEYS
from shopwright.processing.rules import CONFLICT, package_rules

Row = dict[str, str]
TABLES = tuple(KEYS)
SHARE = "1.5%"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> MarkedShop:
    return marked_shop(tmp_path_factory.mktemp("faulty"), SHARE)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> MarkedShop:
    """The same shop without a fault."""
    return marked_shop(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def clean_lines(clean: MarkedShop) -> dict[str, dict[bytes, str]]:
    """Every line by table, with the day of its delivery."""
    return {
        table: {
            line: file.parent.name
            for file in sorted(clean.deliveries.glob(f"*/{table}.csv"))
            for line in file.read_bytes().split(b"\n")[1:-1]
        }
        for table in TABLES
    }


@pytest.fixture(scope="module")
def clean_rows(clean_lines: dict[str, dict[bytes, str]], clean: MarkedShop) -> dict[str, list[Row]]:
    """Every row by table."""
    headers = {
        table: clean.lines("2024-01-01", f"{table}.csv")[0].decode().split(",") for table in TABLES
    }
    return {
        table: [
            dict(zip(headers[table], fields, strict=True))
            for fields in csv.reader(line.decode() for line in lines)
        ]
        for table, lines in clean_lines.items()
    }


def row_of(line: bytes, lines: list[bytes]) -> Row:
    return dict(zip(lines[0].decode().split(","), fields(line), strict=True))


def fields(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()]))


def is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def total_of(row: Row) -> Decimal:
    share = 1 - Decimal(row["discount_percentage"]) / 100
    return Decimal(row["quantity"]) * Decimal(row["unit_price"]) * share


def adds_up(row: Row) -> bool:
    difference = abs(total_of(row) - Decimal(row["line_total"]))
    return difference <= Decimal("0.01") * (1 + abs(Decimal(row["quantity"])))


def is_another_type(column: str, text: str) -> bool:
    if column.endswith(("_at", "_date")):
        return not is_day(text[:10])
    if column == "is_active":
        return text not in ("true", "false")
    return not is_number(text)


def same_but(columns: str, row: Row, other: Row) -> bool:
    return all(row[name] == other[name] for name in row if name not in columns.split(", "))


DAMAGED: dict[str, Callable[[Row, Row, str], bool]] = {
    "missing_key": lambda row, was, column: row[column] == "" and was[column] != "",
    "wrong_type": lambda row, was, column: is_another_type(column, row[column]),
    "impossible_date": lambda row, was, column: (
        not is_day(row[column][:10]) and re.match(r"\d{4}-02-31", row[column]) is not None
    ),
    "future_date": lambda row, was, column: (
        is_day(row[column][:10]) and row[column][:4] > "2900" and row[column][4:] == was[column][4:]
    ),
    "broken_email": lambda row, was, column: "@" not in row[column],
    "garbled_text": lambda row, was, column: len(row[column]) > len(was[column]),
    "thousands_separator": lambda row, was, column: (
        "," in row[column] and Decimal(row[column].replace(",", "")) == Decimal(was[column])
    ),
    "line_total_mismatch": lambda row, was, column: not adds_up(row) and adds_up(was),
}
"""By kind: whether a row is damaged, from what it was, in the column named."""


@pytest.mark.parametrize("kind", DAMAGED)
def test_one_column_of_the_line_named_is_damaged(
    kind: str, faulty: MarkedShop, clean_rows: dict[str, list[Row]]
) -> None:
    found = 0
    for fault, line, lines in faulty.fault_lines(kind=kind):
        row = row_of(line, lines)
        candidates = [
            was for was in clean_rows[fault["table"]] if same_but(fault["column"], row, was)
        ]
        assert any(DAMAGED[kind](row, was, fault["column"]) for was in candidates), (fault, line)
        assert row[fault["column"]] == fault["value"]
        found += 1
    assert found


def test_a_negative_price_is_the_only_thing_wrong(faulty: MarkedShop) -> None:
    tables = set()
    for fault, line, lines in faulty.fault_lines(kind="negative_price"):
        row = row_of(line, lines)
        tables.add(fault["table"])
        assert Decimal(row[fault["column"]]) < 0
        assert fault["table"] == "products" or adds_up(row)
    assert tables == {"products", "transaction_items"}


def test_a_discount_over_100_is_the_only_thing_wrong(faulty: MarkedShop) -> None:
    found = list(faulty.fault_lines(kind="discount_over_100"))
    assert found
    for _, line, lines in found:
        row = row_of(line, lines)
        assert Decimal(row["discount_percentage"]) > 100
        assert adds_up(row)


def test_a_reference_leads_nowhere(faulty: MarkedShop, clean_rows: dict[str, list[Row]]) -> None:
    keys = {row[KEYS[table]] for table in TABLES for row in clean_rows[table]}
    found = list(faulty.fault_lines(kind="unknown_reference"))
    assert {fault["column"] for fault, _, _ in found} == {
        "customer_id", "transaction_id", "product_id",
    }  # fmt: skip
    for fault, line, lines in found:
        assert row_of(line, lines)[fault["column"]] not in keys


def test_what_is_referred_to_comes_later(
    faulty: MarkedShop, clean_lines: dict[str, dict[bytes, str]]
) -> None:
    found = list(faulty.fault_lines(kind="late_reference"))
    assert {fault["table"] for fault, _, _ in found} == {"customers", "products"}
    for fault, line, _ in found:
        assert clean_lines[fault["table"]][line] < fault["delivery"]
        assert str(fault["corrected_on"]) == fault["delivery"]


def test_a_duplicate_follows_its_original_word_for_word(faulty: MarkedShop) -> None:
    found = list(faulty.fault_lines(kind="exact_duplicate"))
    assert {fault["table"] for fault, _, _ in found} == set(TABLES)
    for fault, line, lines in found:
        assert lines[fault["line"] - 2] == line


def test_a_conflict_follows_its_original_and_says_something_else(faulty: MarkedShop) -> None:
    found = list(faulty.fault_lines(kind="conflicting_duplicate"))
    assert {fault["table"] for fault, _, _ in found} == set(TABLES)
    for fault, line, lines in found:
        row, was = row_of(line, lines), row_of(lines[fault["line"] - 2], lines)
        assert row[fault["column"]] != was[fault["column"]]
        assert same_but(fault["column"], row, was)


def test_blanks_and_case_go_astray_and_nothing_else(
    faulty: MarkedShop, clean_lines: dict[str, dict[bytes, str]]
) -> None:
    by_lower = {table: {line.lower() for line in lines} for table, lines in clean_lines.items()}
    found = list(faulty.fault_lines(kind="stray_blanks_and_case"))
    assert {fault["table"] for fault, _, _ in found} == set(TABLES)
    for fault, line, lines in found:
        row = row_of(line, lines)
        for column in fault["column"].split(", "):
            assert row[column] != row[column].strip()
            row[column] = row[column].strip()
        text = ",".join(f'"{value}"' if "," in value else value for value in row.values())
        assert text.encode().lower() in by_lower[fault["table"]]


def test_columns_change_places(faulty: MarkedShop, clean_rows: dict[str, list[Row]]) -> None:
    found = list(faulty.fault_lines(kind="swapped_columns"))
    assert {fault["table"] for fault, _, _ in found} == {"customers", "products", "transactions"}
    for fault, line, lines in found:
        row = row_of(line, lines)
        one, other = fault["column"].split(", ")
        back = row | {one: row[other], other: row[one]}
        assert back in clean_rows[fault["table"]]
        assert row != back


def test_a_byte_is_not_utf8(faulty: MarkedShop) -> None:
    found = list(faulty.fault_lines(kind="encoding_damage"))
    assert {fault["table"] for fault, _, _ in found} == {"customers", "products", "transactions"}
    for _, line, _ in found:
        with pytest.raises(UnicodeDecodeError):
            line.decode()


def test_a_delimiter_without_quotes_makes_a_field_too_many(faulty: MarkedShop) -> None:
    found = list(faulty.fault_lines(kind="unquoted_delimiter"))
    assert found
    for _, line, lines in found:
        assert len(fields(line)) > len(fields(lines[0]))


def test_a_last_line_is_cut_short_without_a_line_break(tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, "truncated_last_line=20%")
    found = list(shop.fault_lines(kind="truncated_last_line"))
    assert {fault["table"] for fault, _, _ in found} == set(TABLES)
    for fault, line, lines in found:
        assert fault["line"] == len(lines)
        assert lines[-1] == line
        assert len(line.split(b",")) < len(fields(lines[0]))


def test_no_other_line_is_damaged(
    faulty: MarkedShop, clean_lines: dict[str, dict[bytes, str]]
) -> None:
    damaged = {
        (folder.name, file.name, number)
        for folder in faulty.deliveries.iterdir()
        for file in folder.iterdir()
        for number, line in enumerate(faulty.lines(folder.name, file.name)[1:], 2)
        if line and line not in clean_lines[file.name.removesuffix(".csv")]
    }
    as_they_were = ("exact_duplicate", "late_reference")
    faults = faulty.frame("faults").filter(~pl.col("kind").is_in(as_they_were))
    assert set(faults.select("delivery", "file", "line").iter_rows()) == damaged


def test_a_line_has_one_fault_at_most(faulty: MarkedShop) -> None:
    faults = faulty.frame("faults")
    assert not faults.select("delivery", "file", "line").is_duplicated().any()


def test_half_of_what_can_be_corrected_is(
    faulty: MarkedShop, clean_lines: dict[str, dict[bytes, str]]
) -> None:
    faults = faulty.frame("faults").filter(pl.col("kind") == "discount_over_100")
    corrected = faults.filter(pl.col("corrected_on").is_not_null())
    assert 0.3 < len(corrected) / len(faults) < 0.7
    for fault in corrected.iter_rows(named=True):
        later = faulty.lines(str(fault["corrected_on"]), "transaction_items.csv")
        again = [line for line in later if line.startswith(fault["key"].encode() + b",")]
        assert len(again) == 1
        assert again[0] in clean_lines["transaction_items"]
        assert str(fault["corrected_on"]) > fault["delivery"]


def test_every_kind_is_planted_at_about_its_share(faulty: MarkedShop, clean: MarkedShop) -> None:
    faults = faulty.frame("faults")
    assert set(faults["kind"]) == set(KINDS)
    lines = clean.frame("deliveries")["transaction_items_rows"].sum()
    planted = faults.filter(kind="discount_over_100")
    assert len(planted) / lines == pytest.approx(0.015, rel=0.25)


def test_a_kind_of_its_own_share_leaves_the_others_out(tmp_path: Path) -> None:
    shop = marked_shop(tmp_path, "negative_price=5%")
    assert set(shop.frame("faults")["kind"]) == {"negative_price"}


def test_the_rule_expected_to_catch_a_fault_exists_and_has_that_severity() -> None:
    for damage in DAMAGES:
        if damage.rule is None:
            continue
        child = {"customers": "transactions", "products": "transaction_items"}
        table = child[damage.table] if damage.kind == "late_reference" else damage.table
        severities = {rule.name: rule.severity for rule in (*package_rules(table), CONFLICT)}
        assert severities[damage.rule] == damage.expected, damage


def test_the_faults_are_the_same_on_every_run(faulty: MarkedShop, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from shopwright.generation import generate; "
        "from shopwright.generation.faults import FaultRates; "
        f"generate(Path({str(tmp_path / 'deliveries')!r}), faults=FaultRates.parse({SHARE!r}), "
        f"answer_key=Path({str(tmp_path / 'answer_key')!r}), **{SMALL!r})"
    )
    source = str(Path(shopwright.__file__).parent.parent)
    environment = os.environ | {"PYTHONHASHSEED": "4321", "PYTHONPATH": source}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)

    again = MarkedShop(tmp_path / "deliveries", tmp_path / "answer_key")
    assert digest(again.deliveries) == digest(faulty.deliveries)
    assert again.frame("faults").equals(faulty.frame("faults"))
    assert again.frame("consequences").equals(faulty.frame("consequences"))


def digest(folder: Path) -> str:
    found = sha256()
    for path in sorted(folder.rglob("*.*")):
        found.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def test_the_shop_is_the_same_with_faults_and_without(
    faulty: MarkedShop, clean: MarkedShop
) -> None:
    for name in ("totals", "by_day", "by_product", "by_customer", "customers", "products"):
        assert faulty.frame(f"true/{name}").equals(clean.frame(f"true/{name}")), name


def test_rates_come_from_a_profile_too() -> None:
    rates = FaultRates.from_table({"all": "1%", "broken_email": 0, "resolved": 0.8})
    assert rates.of("negative_price") == 0.01
    assert rates.of("broken_email") == 0
    assert rates.resolved == 0.8
    assert not FaultRates.from_table({})


def test_nothing_is_corrected_where_nothing_is_resolved(tmp_path: Path) -> None:
    arguments: Any = {**SMALL, "answer_key": tmp_path / "answer_key"}
    from shopwright.generation import generate

    rates = FaultRates({"negative_price": 0.05}, resolved=0)
    generate(tmp_path / "deliveries", faults=rates, **arguments)
    shop = MarkedShop(tmp_path / "deliveries", tmp_path / "answer_key")
    assert shop.frame("faults")["corrected_on"].is_null().all()
    assert len(shop.frame("faults"))
