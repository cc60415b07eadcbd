"""Rows that are believable and wrong, and that a later delivery corrects."""

import csv
from decimal import Decimal

from shopwright.generation.faults.damage import Row, as_line

MISTAKEN_SHARE = 0.05  # of the rows of a day that is corrected, at least one a table


def mistaken(table: str, line: bytes, header: list[str]) -> bytes:
    """The line with values that no rule objects to, and that are not true."""
    row = dict(zip(header, next(csv.reader([line.decode()])), strict=True))
    return as_line(row | _MISTAKES[table](row))


def _wrong_quantity(row: Row) -> Row:
    """Twice as many; what hangs on the quantity fits."""
    return {
        column: str(Decimal(row[column]) * 2) for column in ("quantity", "tax_amount", "line_total")
    }


def _wrong_cost(row: Row) -> Row:
    return {"unit_cost": f"{Decimal(row['unit_cost']) / 2:.2f}"}


_MISTAKES = {
    "customers": lambda row: {"segment": "Unsorted"},
    "products": _wrong_cost,
    "transactions": lambda row: {"payment_method": "Voucher"},
    "transaction_items": _wrong_quantity,
}
