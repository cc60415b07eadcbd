"""All metrics by all dimensions under filters: aggregates, star and Polars say the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from tests.figures import DIMENSIONS as POLARS
from tests.figures import between, figures

from shopwright.serving.semantic import Filters, Result
from shopwright.serving.semantic.catalog import metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS, PRODUCT_DIMENSIONS

Values = Mapping[str, Sequence[str | int]]


def groupings(where: Filters) -> Iterator[tuple[list[str], list[str]]]:
    """Every dimension by itself, none, and four pairs; with the metrics that exist there."""
    pairs = [["month", "category", "sub_category"], ["month", "product"], ["week", "weekday"],
             ["year", "payment_method"], ["month", "weekday", "hour"]]  # fmt: skip
    for by in [[], *([name] for name in DIMENSIONS), *pairs]:
        is_of_lines = PRODUCT_DIMENSIONS & ({*by} | where.values.keys())
        yield by, [name for name in metrics() if name != "shipping" or not is_of_lines]


def filtered(lines: pl.DataFrame, where: Filters) -> pl.DataFrame:
    """The lines that a filter lets pass."""
    lines = between(lines, where.start, where.end)
    for name, values in where.values.items():
        lines = lines.filter(POLARS[name][0].is_in(list(values)))
    return lines


def check_every_metric(
    ask: Callable[..., Result], lines: pl.DataFrame, where: Filters
) -> tuple[int, set[str]]:
    """Compares every figure that `ask` gives, which answers questions as `answer` does.

    Gives how many there were, and the tables that answered.
    """
    kept, compared, tables = filtered(lines, where), 0, set()
    for by, names in groupings(where):
        keys = sum(len(DIMENSIONS[name].shown) for name in by)
        expected = {
            key: tuple(row[name] for name in names) for key, row in figures(kept, by).items()
        }
        if not by and not expected:
            expected = {(): tuple(figures_of_nothing(names))}
        for star_only in (False, True):
            result = ask(names, by, where, star_only=star_only)
            found = {row[:keys]: row[keys:] for row in result.rows}
            assert len(found) == len(result.rows), by
            for key in expected.keys() | found.keys():
                assert found.get(key) == expected.get(key), (by, where, star_only, key, dict(
                    zip(names, zip(found.get(key, ()), expected.get(key, ()), strict=False),
                        strict=False)))  # fmt: skip
            compared += len(found) * len(names)
            if not star_only:
                tables |= set(result.tables)
            else:
                assert set(result.tables) <= {"fact_orders", "fact_sales"}
    return compared, tables


def figures_of_nothing(names: Sequence[str]) -> list[Any]:
    """Where there is no line at all: sums and counts are 0, ratios null."""
    ratios = {name for name, one in metrics().items() if one.unit in ("rate", "per_order")}
    ratios |= {"average_unit_price", "revenue_per_customer", "lifetime_value",
               "revenue_per_product"}  # fmt: skip
    return [None if name in ratios else 0 for name in names]


def days(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)
