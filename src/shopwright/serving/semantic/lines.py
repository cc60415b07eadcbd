"""All that is told of a line, flat: one SELECT that tools without joins of their own can read.

Put together from what `sources` says of the facts, so that it cannot say anything else.
"""

from collections.abc import Mapping
from functools import cache

from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.expressions import SUMMABLE
from shopwright.serving.semantic.sources import CONDITIONS, FACT_DIMENSIONS, FACT_JOINS

_JOINS = ("dates", "products", "current_products", "methods", "customers", "customer_values",
          "firsts")  # fmt: skip


@cache
def line_columns() -> Mapping[str, str]:
    """Each column's SQL by its name: keys, the day, dimensions, conditions, and what is summed."""
    columns = {
        "item_id": "facts.item_id", "transaction_id": "facts.transaction_id",
        "day": "dates.full_date",
    }  # fmt: skip
    for one in DIMENSIONS.values():
        if one.kind != "time":
            columns |= dict(zip(one.shown, FACT_DIMENSIONS[one.name], strict=True))
    return {**columns, **CONDITIONS, **{name: _sum(name) for name in SUMMABLE}}


@cache
def lines_select() -> str:
    """One row per line of a sale or return."""
    shown = ",\n    ".join(f"{sql} as {name}" for name, sql in line_columns().items())
    joins = "\n".join(FACT_JOINS[name] for name in _JOINS)
    return (
        f"select\n    {shown}\nfrom warehouse.fact_sales as facts\n"
        "inner join warehouse.fact_orders as orders"
        f" on facts.transaction_id = orders.transaction_id\n{joins}"
    )


def _sum(column: str) -> str:
    """An order's shipping stands on its first line alone, so that it adds up."""
    if column != "shipping_amount":
        return f"facts.{column}"
    first = "row_number() over (partition by facts.transaction_id order by facts.item_id) = 1"
    return f"case when {first} then orders.shipping_amount else 0 end"
