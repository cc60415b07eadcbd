"""Lines that are no rows: bytes that are not UTF-8, a delimiter without quotes, a line cut short.

A pipeline cannot read them as rows of the table: the line should be set aside, and nothing else.
"""

from collections.abc import Callable

import numpy as np

from shopwright.generation.faults.damage import Damage, Row, as_line, unquoted

NOT_UTF8 = b"\xfc"  # ü in Windows-1252
INSIDE = "#here#"


def _foreign_byte(column: str) -> Callable[[Row, np.random.Generator], bytes]:
    def change(row: Row, rng: np.random.Generator) -> bytes:
        at = int(rng.integers(0, len(row[column]) + 1))
        marked = row | {column: row[column][:at] + INSIDE + row[column][at:]}
        return as_line(marked).replace(INSIDE.encode(), NOT_UTF8)

    return change


def _with_delimiter(column: str, addition: str) -> Callable[[Row, np.random.Generator], bytes]:
    """Whatever else the row holds: it has more fields than the header, never fewer."""
    return lambda row, _: unquoted(row | {column: f"{row[column]}, {addition}"})


def _cut(row: Row, rng: np.random.Generator) -> bytes:
    """The beginning of the line, up to somewhere before the last column."""
    first = dict(list(row.items())[: int(rng.integers(1, len(row)))])
    return as_line(first)[:-1]


def _malformed(kind: str, table: str, column: str, change: Callable[..., bytes]) -> Damage:
    return Damage(kind, table, column, "malformed", None, change)


ENCODING_DAMAGE = (
    _malformed("encoding_damage", "customers", "last_name", _foreign_byte("last_name")),
    _malformed("encoding_damage", "products", "product_name", _foreign_byte("product_name")),
    _malformed("encoding_damage", "transactions", "shipping_city", _foreign_byte("shipping_city")),
)

UNQUOTED_DELIMITERS = (
    _malformed("unquoted_delimiter", "customers", "address",
               _with_delimiter("address", "2nd floor")),
    _malformed("unquoted_delimiter", "products", "product_name",
               _with_delimiter("product_name", "gift-wrapped")),
    _malformed("unquoted_delimiter", "transactions", "shipping_city",
               _with_delimiter("shipping_city", "north")),
)  # fmt: skip

TRUNCATED_LAST_LINES = tuple(
    Damage("truncated_last_line", table, "", "malformed", None, _cut, place="last")
    for table in ("customers", "products", "transactions", "transaction_items")
)
