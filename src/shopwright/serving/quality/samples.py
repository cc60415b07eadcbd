"""What may be shown of a delivered row: its key and what the rule is about, nothing personal."""

import re
from collections.abc import Mapping
from typing import Any

from shopwright.ingestion.contract import contract
from shopwright.processing.rules import CONFLICT, Rule

LONGEST_VALUE = 80
_TELLING = ("transaction_id", "product_id", "product_name", "transaction_at")
_WORD = re.compile(r"[a-z_]+")


def shown_columns(table: str, rule: Rule) -> list[str]:
    """The key, what tells a person which row it is, and the columns that the predicate names."""
    known = contract()[table]
    words = {
        word.removesuffix("_text").removeprefix("given_") for word in _WORD.findall(rule.predicate)
    }
    named = [name for name in known.columns if name in words]
    if rule.name == CONFLICT.name:
        named = [name for name, column in known.columns.items() if not column.personal]
    if rule.name == "customer_is_unknown":
        named.append("customer_id")
    telling = [name for name in _TELLING if name in known.columns]
    return list(dict.fromkeys([known.key, *telling, *named]))


def shown_values(table: str, columns: list[str], row: Mapping[str, Any]) -> dict[str, str]:
    """The values of the columns as delivered, cut where long; what is personal is masked."""
    masked = contract()[table].masked({column: row.get(column) for column in columns})
    return {column: "" if value is None else _cut(str(value)) for column, value in masked.items()}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
