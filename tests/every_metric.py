"""All metrics by all dimensions under filters: aggregates, star and Polars say the same."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
from tests.figures import DIMENSIONS as POLARS
from tests.figures import between, figures

from shopwright.serving.semantic import Filters, Result
from shopwright.serving.semantic.catalog import metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS, PRODUCT_DIMENSIONS
from shopwright.visualization.dashboard import figures_as_json
from shopwright.visualization.definitions import Visual
from shopwright.visualization.selection import Selection, time_axis
from shopwright.visualization.visual_figures import figures_of
from shopwright.visualization.warehouse import Asked

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
    ask: Callable[..., Result], lines: pl.DataFrame, where: Filters,
    *, by_star: Sequence[bool] = (False, True),
    shown: Callable[[list[str]], list[str]] = list,
) -> tuple[int, set[str]]:  # fmt: skip
    """Compares every figure that `ask` gives, which answers questions as `answer` does.

    Each question is asked of the smallest tables, and of the star alone; `shown` says which
    dimensions the answer has. Gives how many figures there were, and the tables that answered.
    """
    kept, compared, tables = filtered(lines, where), 0, set()
    for by, names in groupings(where):
        by_shown = shown(by)
        keys = sum(len(DIMENSIONS[name].shown) for name in by_shown)
        expected = {
            key: tuple(row[name] for name in names) for key, row in figures(kept, by_shown).items()
        }
        if not by and not expected:
            expected = {(): tuple(figures_of_nothing(names))}
        for star_only in by_star:
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


def check_the_dashboard(asked: Asked, lines: pl.DataFrame, where: Filters) -> int:
    """The same of the dashboard's JSON, whose periods are finer where the days are few."""
    assert where.start is not None
    assert where.end is not None
    chosen = Selection(where.start, where.end)
    compared, _ = check_every_metric(
        partial(shown_by_the_dashboard, asked), lines, where, by_star=[False],
        shown=lambda by: [time_axis(one, chosen) for one in by],
    )  # fmt: skip
    return compared


def shown_by_the_dashboard(
    asked: Asked, metrics: Sequence[str], by: Sequence[str], where: Filters,
    *, star_only: bool = False,
) -> Result:  # fmt: skip
    """What the dashboard's JSON says to a question, read as a browser reads it."""
    assert not star_only
    assert where.start is not None
    assert where.end is not None
    visual = Visual(
        name="any", kind="heat_map", title="Any", sentence="Any.", width=1, height=1,
        metrics=list(metrics), dimensions=list(by),
    )  # fmt: skip
    chosen = Selection(
        where.start, where.end, {name: tuple(one) for name, one in where.values.items()}
    )
    if not by:
        visual = visual.model_copy(update={"kind": "scatter"})
    told = json.loads(json.dumps(figures_as_json(figures_of(visual, chosen, asked))))
    kinds = [(one["role"], one["type"]) for one in told["columns"]]
    rows = [
        tuple(_read(value, *kind) for value, kind in zip(row, kinds, strict=True))
        for row in told["rows"]
    ]
    names = tuple(one["name"] for one in told["columns"])
    return Result(names, rows, tuple(told["tables"]))


def _read(value: Any, role: str, kind: str) -> Any:
    """A number without the noise of binary fractions, a date as a date."""
    if value is None or role == "label" or kind == "text":
        return value
    return date.fromisoformat(value) if kind == "date" else Decimal(str(value))


def figures_of_nothing(names: Sequence[str]) -> list[Any]:
    """Where there is no line at all: sums and counts are 0, ratios null."""
    ratios = {name for name, one in metrics().items() if one.unit in ("rate", "per_order")}
    ratios |= {"average_unit_price", "revenue_per_customer", "lifetime_value",
               "revenue_per_product"}  # fmt: skip
    return [None if name in ratios else 0 for name in names]


def days(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)
