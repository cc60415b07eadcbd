"""Amounts that cannot be: negative prices, discounts over 100%, sums that do not add up, and
amounts written with thousands separators.

A change touches as much as it must for one rule alone to be broken: a line with a negative price
has a total that fits it.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from shopwright.generation.faults.damage import Damage, Row

IMPOSSIBLE_DISCOUNT = 150
SURPLUS = Decimal("7.77")  # the rule lets pass a cent a unit; six units are the most of a line
THOUSAND = 1000


def _minus(text: str) -> str:
    return str(-Decimal(text))


def _negative_line(row: Row, _: np.random.Generator) -> Row:
    return row | {column: _minus(row[column]) for column in ("unit_price", "line_total")}


def _negative_cost(row: Row, _: np.random.Generator) -> Row:
    return row | {"unit_cost": _minus(row["unit_cost"])}


def _impossible_discount(row: Row, _: np.random.Generator) -> Row:
    total = Decimal(row["quantity"]) * Decimal(row["unit_price"])
    total *= 1 - Decimal(IMPOSSIBLE_DISCOUNT) / 100
    return row | {"discount_percentage": str(IMPOSSIBLE_DISCOUNT), "line_total": f"{total:.4f}"}


def _wrong_total(row: Row, _: np.random.Generator) -> Row:
    return row | {"line_total": str(Decimal(row["line_total"]) + SURPLUS)}


def _with_separators(column: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {column: f"{Decimal(row[column]):,}"}


def _positive(column: str) -> Callable[[pl.DataFrame], pl.Series]:
    return lambda rows: rows[column].cast(pl.Float64) > 0


def _thousands(column: str) -> Callable[[pl.DataFrame], pl.Series]:
    return lambda rows: rows[column].cast(pl.Float64).abs() >= THOUSAND


def _separated(table: str, column: str) -> Damage:
    return Damage(
        "thousands_separator", table, column, "reject", f"{column}_is_not_an_amount",
        _with_separators(column), fits=_thousands(column),
    )  # fmt: skip


NEGATIVE_PRICES = (
    Damage("negative_price", "products", "unit_cost", "reject", "unit_cost_is_negative",
           _negative_cost, fits=_positive("unit_cost")),
    Damage("negative_price", "transaction_items", "unit_price", "reject", "unit_price_is_negative",
           _negative_line, fits=_positive("unit_price")),
)  # fmt: skip

DISCOUNTS_OVER_100 = (
    Damage("discount_over_100", "transaction_items", "discount_percentage", "reject",
           "discount_percentage_is_out_of_range", _impossible_discount),
)  # fmt: skip

LINE_TOTALS = (
    Damage("line_total_mismatch", "transaction_items", "line_total", "reject",
           "line_total_does_not_add_up", _wrong_total),
)  # fmt: skip

THOUSANDS_SEPARATORS = (
    _separated("products", "unit_price"),
    _separated("transactions", "total_amount"),
    _separated("transaction_items", "unit_price"),
    _separated("transaction_items", "line_total"),
)
