"""What a compiled question is written for: PostgreSQL, or the dashboard's copy held in DuckDB."""

from collections.abc import Mapping
from dataclasses import dataclass

RATIO_DIGITS = 8
"""Decimal places of a ratio: the same on every path, whatever the scale of what is divided."""


@dataclass(frozen=True)
class Dialect:
    """How values are bound, how two figures are divided, and what an entity is told apart by.

    `customer_join` is the column by which customers are joined to what is known of them.
    """

    placeholder: str
    ratio: str
    entities: Mapping[str, str]
    customer_join: str = "customer_id"


POSTGRES = Dialect(
    "%({name})s",
    f"round(cast({{left}} as numeric) / nullif({{right}}, 0), {RATIO_DIGITS})",
    {
        "transaction_id": "facts.transaction_id",
        "customer_id": "customers.customer_id",
        "product_id": "products.product_id",
    },
)
COLUMNAR = Dialect(
    "${name}",
    "exact_ratio({left}, {right})",
    {
        "transaction_id": "facts.transaction_id",
        "customer_id": "customers.customer_number",
        "product_id": "products.product_id",
    },
    "customer_number",
)
"""DuckDB divides decimals as floating point numbers, so the copy has a function of its own; and it
tells numbers apart several times faster than texts, so its customers have one."""
