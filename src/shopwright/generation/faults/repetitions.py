"""Rows that come twice in one file, word for word or contradicting each other."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from shopwright.generation.faults.damage import Damage, Row
from shopwright.generation.faults.values import written

CONFLICT_RULE = "conflicts_with_an_earlier_row"


def _repeated(table: str) -> Damage:
    return Damage(
        "exact_duplicate", table, "", "duplicate", None, lambda row, _: row, place="after"
    )


def _contradicted(table: str, column: str, change: Callable[..., Row]) -> Damage:
    return Damage(
        "conflicting_duplicate", table, column, "reject", CONFLICT_RULE, change, place="after"
    )


def _one_more(column: str, step: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {column: str(Decimal(row[column]) + Decimal(step))}


EXACT_DUPLICATES = tuple(
    _repeated(table) for table in ("customers", "products", "transactions", "transaction_items")
)

CONFLICTING_DUPLICATES = (
    _contradicted("customers", "segment", written("segment", "Unsorted")),
    _contradicted("products", "stock_quantity", _one_more("stock_quantity", "1")),
    _contradicted("transactions", "channel", written("channel", "telephone")),
    _contradicted("transaction_items", "tax_amount", _one_more("tax_amount", "0.01")),
)
