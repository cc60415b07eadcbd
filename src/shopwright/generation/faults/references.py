"""References to what does not exist, and to what comes only with a later delivery."""

from collections.abc import Callable

import numpy as np

from shopwright.generation.faults.damage import Damage, Row

FIRST_STATE = "_is_first_state"
"""A column of the rows that damages are chosen from: whether the row introduces its key."""


def _nowhere(column: str) -> Callable[[Row, np.random.Generator], Row]:
    """Another key that no row ever has: the generator's keys have no X."""
    return lambda row, _: row | {column: f"{row[column][0]}X{row[column][1:]}"}


def _unknown(table: str, column: str, rule: str) -> Damage:
    return Damage(
        "unknown_reference", table, column, "wait", rule, _nowhere(column),
        fits=lambda rows: rows[column].is_not_null(), accepted={column: "text"},
    )  # fmt: skip


def _late(table: str, key: str, rule: str) -> Damage:
    """The row that introduces a key comes days later: what refers to it waits until then."""
    return Damage(
        "late_reference", table, key, "wait", rule, lambda row, _: row, place="later",
        fits=lambda rows: rows[FIRST_STATE],
    )  # fmt: skip


UNKNOWN_REFERENCES = (
    _unknown("transactions", "customer_id", "customer_is_unknown"),
    _unknown("transaction_items", "transaction_id", "transaction_is_unknown"),
    _unknown("transaction_items", "product_id", "product_is_unknown"),
)

LATE_REFERENCES = (
    _late("customers", "customer_id", "customer_is_unknown"),
    _late("products", "product_id", "product_is_unknown"),
)
