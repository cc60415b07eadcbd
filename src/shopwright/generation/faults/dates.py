"""Days that no calendar has, and days that have not come yet."""

from collections.abc import Callable

import numpy as np

from shopwright.generation.faults.damage import Damage, Row

FAR_YEAR = "2996"  # a leap year, so that 29 February stays a day


def _on_31_february(column: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {column: f"{row[column][:4]}-02-31{row[column][10:]}"}


def _far_ahead(column: str) -> Callable[[Row, np.random.Generator], Row]:
    return lambda row, _: row | {column: FAR_YEAR + row[column][4:]}


def _impossible(table: str, column: str) -> Damage:
    rule = f"{column}_is_not_a_timestamp"
    return Damage("impossible_date", table, column, "reject", rule, _on_31_february(column))


def _impossible_day(column: str) -> Damage:
    """Of a customer: only warned of and left empty."""
    return Damage(
        "impossible_date", "customers", column, "warn", f"{column}_is_not_a_date",
        _on_31_february(column), accepted={column: None},
    )  # fmt: skip


def _future(table: str, column: str) -> Damage:
    rule = f"{column}_is_in_the_future"
    return Damage("future_date", table, column, "reject", rule, _far_ahead(column))


IMPOSSIBLE_DATES = (
    _impossible_day("birth_date"),
    _impossible_day("registration_date"),
    _impossible("products", "updated_at"),
    _impossible("transactions", "transaction_at"),
    _impossible("transaction_items", "updated_at"),
)

FUTURE_DATES = (
    _future("customers", "updated_at"),
    _future("products", "updated_at"),
    _future("transactions", "transaction_at"),
    _future("transactions", "updated_at"),
    _future("transaction_items", "updated_at"),
)
