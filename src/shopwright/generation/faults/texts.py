"""Texts that are wrong, garbled, or merely untidy."""

from collections.abc import Callable

import numpy as np
import polars as pl

from shopwright.generation.faults.damage import Damage, Row

GARBLED_TEXT_RULE = "text_is_garbled"  # not among the rules yet


def _without_at(row: Row, _: np.random.Generator) -> Row:
    return row | {"email": row["email"].replace("@", " at ")}


def _garbled(text: str) -> str:
    """UTF-8 read as Windows-1252, as in `MÃ¼ller`."""
    return text.encode().decode("cp1252", errors="replace")


def _garble(column: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {column: _garbled(row[column])}


def _beyond_ascii(column: str) -> Callable[[pl.DataFrame], pl.Series]:
    return lambda rows: rows[column].str.len_bytes() > rows[column].str.len_chars()


def _untidy(*columns: str, case: Callable[[str], str] | None = None) -> Callable[..., Row]:
    """Blanks around the texts of some columns, and another case where `case` says so."""

    def change(row: Row, rng: np.random.Generator) -> Row:
        before, after = (" " * int(number) for number in rng.integers(1, 4, 2))
        changed = {column: case(row[column]) if case else row[column] for column in columns}
        return row | {column: f"{before}{text}{after}" for column, text in changed.items()}

    return change


def _mended(table: str, column: str, change: Callable[..., Row]) -> Damage:
    return Damage("stray_blanks_and_case", table, column, "mend", None, change)


BROKEN_EMAILS = (
    Damage("broken_email", "customers", "email", "warn", "email_is_not_an_address", _without_at,
           accepted={"email": "text"}),
)  # fmt: skip

GARBLED_TEXTS = tuple(
    Damage("garbled_text", "customers", column, "warn", GARBLED_TEXT_RULE, _garble(column),
           fits=_beyond_ascii(column), accepted={column: "text"})
    for column in ("last_name", "address")
)  # fmt: skip

BLANKS_AND_CASE = (
    _mended("customers", "gender", _untidy("gender", case=str.upper)),
    _mended("customers", "customer_id", _untidy("customer_id")),
    _mended("customers", "city, country", _untidy("city", "country")),
    _mended("products", "product_name", _untidy("product_name")),
    _mended("products", "is_active", _untidy("is_active", case=str.title)),
    _mended("transactions", "status", _untidy("status", case=str.title)),
    _mended("transactions", "currency", _untidy("currency", case=str.lower)),
    _mended("transactions", "transaction_type", _untidy("transaction_type", case=str.upper)),
    _mended("transactions", "payment_method", _untidy("payment_method")),
    _mended("transaction_items", "unit_price", _untidy("unit_price")),
    _mended("transaction_items", "transaction_id", _untidy("transaction_id")),
    _mended("transaction_items", "product_id", _untidy("product_id")),
)
