"""Missing keys, values of the wrong type, and values that changed places."""

from collections.abc import Callable

import numpy as np
import polars as pl

from shopwright.generation.faults.damage import Damage, Expected, Row


def written(column: str, text: str) -> Callable[[Row, np.random.Generator], Row]:
    """A change that writes a text into a column."""
    return lambda row, _: row | {column: text}


def _missing(table: str, column: str) -> Damage:
    rule = f"{column}_is_missing"
    return Damage("missing_key", table, column, "reject", rule, written(column, ""))


def _wrong(
    table: str,
    column: str,
    text: str,
    rule: str,
    expected: Expected = "reject",
    *,
    instead: object = None,
    fits: Callable[[pl.DataFrame], pl.Series] | None = None,
) -> Damage:
    """A text where there should be another type; where only warned, `instead` is what counts."""
    accepted = {column: instead} if expected == "warn" else {}
    return Damage(
        "wrong_type", table, column, expected, rule, written(column, text), fits=fits,
        accepted=accepted,
    )  # fmt: skip


def _swap(one: str, other: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {one: row[other], other: row[one]}


def _without_discount(rows: pl.DataFrame) -> pl.Series:
    """With one, an unreadable discount would not add up to the line's total either."""
    return rows["discount_percentage"].cast(pl.Float64) == 0


MISSING_KEYS = (
    _missing("customers", "customer_id"),
    _missing("products", "product_id"),
    _missing("products", "product_name"),
    _missing("transactions", "transaction_id"),
    _missing("transaction_items", "item_id"),
    _missing("transaction_items", "transaction_id"),
    _missing("transaction_items", "product_id"),
)

WRONG_TYPES = (
    _wrong("customers", "registration_date", "unknown", "registration_date_is_not_a_date", "warn"),
    _wrong("customers", "updated_at", "n/a", "updated_at_is_not_a_timestamp"),
    _wrong("products", "unit_price", "on request", "unit_price_is_not_an_amount"),
    _wrong("products", "unit_cost", "n/a", "unit_cost_is_not_an_amount"),
    _wrong("products", "stock_quantity", "many", "stock_quantity_is_not_an_amount", "warn"),
    _wrong("products", "is_active", "maybe", "is_active_is_neither_yes_nor_no", "warn",
           instead=True),
    _wrong("transactions", "transaction_at", "yesterday", "transaction_at_is_not_a_timestamp"),
    _wrong("transactions", "exchange_rate", "n/a", "exchange_rate_is_not_a_rate"),
    _wrong("transactions", "shipping_amount", "free", "shipping_amount_is_not_an_amount"),
    _wrong("transactions", "tax_amount", "incl.", "tax_amount_is_not_an_amount"),
    _wrong("transactions", "total_amount", "#VALUE!", "total_amount_is_not_an_amount"),
    _wrong("transaction_items", "quantity", "two", "quantity_is_not_an_amount"),
    _wrong("transaction_items", "unit_price", "n/a", "unit_price_is_not_an_amount"),
    _wrong("transaction_items", "discount_percentage", "none", "discount_is_not_an_amount",
           fits=_without_discount),
    _wrong("transaction_items", "tax_amount", "incl.", "tax_amount_is_not_an_amount"),
    _wrong("transaction_items", "line_total", "#VALUE!", "line_total_is_not_an_amount"),
)  # fmt: skip

SWAPPED_COLUMNS = (
    Damage("swapped_columns", "customers", "email, phone", "warn", "email_is_not_an_address",
           _swap("email", "phone"), accepted={"email": "text", "phone": "text"}),
    Damage("swapped_columns", "products", "brand, unit_price", "reject",
           "unit_price_is_not_an_amount", _swap("brand", "unit_price")),
    Damage("swapped_columns", "transactions", "payment_method, transaction_type", "reject",
           "transaction_type_is_unknown", _swap("payment_method", "transaction_type")),
)  # fmt: skip
