"""What a compiled question is written for: PostgreSQL, or the dashboard's copy held in DuckDB."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from shopwright.serving.semantic.atoms import Atom, View
from shopwright.serving.semantic.dimensions import DIMENSIONS, Dimension
from shopwright.serving.semantic.expressions import CountDistinct
from shopwright.serving.semantic.sources import (
    CONDITIONS,
    FACT_DIMENSIONS,
    FACT_JOINS,
    FACT_TIMES,
)

RATIO_DIGITS = 8
"""Decimal places of a ratio: the same on every path, whatever the scale of what is divided."""
_MOST_BITS = 60_000_000
"""Of all groups of an answer together: 7 MB. With more of them a list of the keys is faster."""


@dataclass(frozen=True)
class Dialect:
    """How values are bound, how two figures are divided, and where the facts say what.

    `times`, `dimensions`, `conditions` and `entities` hold SQL over a fact and its `joins`.
    `words` name the type of a dimension's texts, where they have one of their own.

    Where `bits` are given, keys are counted by a bit for each: SQL for the number of the key, and
    how many there are. `sizes` say how many values a dimension has: few enough have a bit map each.
    `firsts` hold conditions that one line of each order and value of a dimension meets.
    """

    placeholder: str
    ratio: str
    entities: Mapping[str, str]
    times: Mapping[str, str] = field(default_factory=lambda: FACT_TIMES)
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: FACT_DIMENSIONS)
    joins: Mapping[str, str] = field(default_factory=lambda: FACT_JOINS)
    conditions: Mapping[str, str] = field(default_factory=lambda: CONDITIONS)
    words: Mapping[str, str] = field(default_factory=dict)
    bits: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    firsts: Mapping[str, str] = field(default_factory=dict)

    def counts_by_bits(self, atom: Atom, view: View, by: tuple[Dimension, ...]) -> bool:
        """Whether different keys are counted on the way, with the sums, and not by a list."""
        measure = atom.measure
        if not isinstance(measure, CountDistinct) or measure.at_least > 1:
            return False
        if measure.column not in self.bits or view is View.running:
            return False
        groups = prod(self.sizes.get(one.name, _MOST_BITS) for one in by)
        return groups * self.bits[measure.column][1] <= _MOST_BITS


POSTGRES = Dialect(
    "%({name})s",
    f"round(cast({{left}} as numeric) / nullif({{right}}, 0), {RATIO_DIGITS})",
    {
        "transaction_id": "facts.transaction_id",
        "customer_id": "customers.customer_id",
        "product_id": "products.product_id",
    },
)
_OF_CUSTOMERS = {
    "customers": "inner join warehouse.dim_customer as customers"
    " on facts.customer_key = customers.customer_key"
}
COLUMNAR = Dialect(
    "${name}",
    "exact_ratio({left}, {right})",
    {
        "transaction_id": "facts.transaction_id",
        "customer_id": "facts.customer_number",
        "product_id": "facts.product_id",
    },
    times={name: f"facts.{name}" for name in FACT_TIMES},
    dimensions={
        name: tuple(f"facts.{column}" for column in one.shown)
        for name, one in DIMENSIONS.items()
        if one.kind != "time" and name != "customer"
    }
    | {"customer": ("customers.customer_id",)},
    joins=_OF_CUSTOMERS,
    conditions={
        "is_return": "facts.is_return",
        "is_guest": "facts.customer_key = 0",
        "is_first_day": "facts.is_first_day",
    },
    words={name: f"words.{name}" for name, one in DIMENSIONS.items()
           if one.kind == "text" and name != "customer"},
    firsts={"category": "facts.is_first_of_category"},
)  # fmt: skip
"""DuckDB divides decimals as floating point numbers, so the copy has a function of its own. Its
facts hold the dimensions themselves: joining them takes longer than reading the column."""
