"""The pages docs/metrics.md and docs/analyses.md, written from the files that they are about.

`python -m shopwright.serving.glossary docs` writes them anew.
"""

import sys
from pathlib import Path

from shopwright.serving.analyses import Analysis, analyses
from shopwright.serving.semantic.catalog import Form, Metric, forms, metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Filter,
    Name,
    Negative,
    Ratio,
    Sum,
    children,
)

_METRICS = """\
# Metrics

Each figure once: a file in [`serving/metrics`](../src/shopwright/serving/metrics) holds its
formula, and this page is written from those files. Every path gives the same number: an aggregate
where one can answer exactly, else the star.

```python
from datetime import date
from shopwright import Shop
from shopwright.serving.semantic import Filters

with Shop("myshop") as shop:
    shop.metric("net", "net_prior_year_growth", by=["month"]).to_pandas()
    spring = Filters(date(2024, 3, 1), date(2024, 5, 31), {"category": ["Shoes"]})
    shop.metric("orders", "return_rate", by=["product"], where=spring, order=["-orders"], limit=10)
```

- Ratios are divided last and never averaged or added up; a division by zero gives null. Distinct
  counts, such as customers, are counted anew for every group.
- A row appears where any figure behind its metrics is not zero. `continuous=True` adds the periods
  without a sale.
- Sums and counts of nothing are 0. A prior figure is null where nothing happened in that period.
- Amounts are in the reporting currency. Filters take days, both ends included, and values of
  dimensions.
- A figure of whole orders, such as shipping, is refused by dimensions of products, as it cannot be
  shared out exactly.
"""
_ANALYSES = """\
# Named analyses

Questions that every shop asks, each a SELECT in
[`serving/queries`](../src/shopwright/serving/queries); this page is written from their heads.

```sh
shopwright query --list
shopwright query top_products --param top=5 --param first_day=2024-01-01
shopwright query monthly_trend --format csv --out trend.csv
```

In a notebook: `Shop("myshop").query("top_products", top=5).to_pandas()`, or `.to_polars()`,
`.to_arrow()`.
"""
_OF_METRICS = ["| name | what it is | formula | unit | why |", "|---|---|---|---|---|"]
_OF_FORMS = ["| form | of the metric | formula | unit | why |", "|---|---|---|---|---|"]
_OF_DIMENSIONS = ["| name | what it is | where it stands | filter by |", "|---|---|---|---|"]
_ABOUT_FORMS = """
## Forms

Any metric takes them: `net_prior_year`, `orders_share`. Periods are those of the grouping; without
one they are the days of the filter, both ends of which must then be given. A week is set beside the
one 52 weeks before; whole months stay whole: before February comes all of January; by day,
29 February has no day to be set beside.
"""


def metrics_page() -> str:
    """docs/metrics.md."""
    filters = {"time": "start and end", "integer": "numbers", "text": "texts"}
    dimensions = [
        f"| `{one.name}` | {one.label}. {one.sentence} | `{one.table}.{one.column}` | "
        f"{filters[one.kind]} |"
        for one in DIMENSIONS.values()
    ]
    lines = [
        _METRICS, "## The metrics", "", *_OF_METRICS, *map(_metric_row, metrics().values()),
        _ABOUT_FORMS, *_OF_FORMS, *map(_form_row, forms().values()),
        "", "## Dimensions", "", *_OF_DIMENSIONS, *dimensions,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def analyses_page() -> str:
    """docs/analyses.md."""
    return "\n".join([_ANALYSES, *(_analysis(one) for one in analyses().values())])


def _metric_row(one: Metric) -> str:
    return (
        f"| `{one.name}` | **{one.label}.** {one.sentence} | `{written(one.formula)}` | {one.unit} "
        f"| {one.why} |"
    )


def _form_row(one: Form) -> str:
    sentence = one.sentence.format(metric="The metric")
    return (
        f"| `_{one.name}` | {sentence} | `{written(one.formula)}` | {one.unit or 'the same'} | "
        f"{one.why} |"
    )


def _analysis(one: Analysis) -> str:
    lines = [f"## {one.name}", "", f"{one.grain} {one.notes}", ""]
    if one.parameters:
        lines += ["| parameter | type | default | |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}` | {each.kind} | {'' if each.default is None else each.default} | "
            f"{each.sentence} |"
            for each in one.parameters
        ]
        lines.append("")
    return "\n".join(lines)


def written(formula: Expression) -> str:
    """A formula as a line of text."""
    if isinstance(formula, Name):
        return formula.name
    if isinstance(formula, Sum):
        return f"sum({formula.column})"
    if isinstance(formula, Count):
        return "count(lines)"
    if isinstance(formula, CountDistinct):
        least = f", at least {formula.at_least} orders" if formula.at_least > 1 else ""
        return f"count distinct({formula.column}{least})"
    if isinstance(formula, Filter):
        conditions = sorted(name if value else f"not {name}" for name, value in formula.where)
        return f"{written(formula.of)} where {' and '.join(conditions)}"
    if isinstance(formula, Negative):
        return f"-({written(formula.of)})"
    if isinstance(formula, Add | Difference | Ratio):
        sign = {Add: "+", Difference: "-", Ratio: "/"}[type(formula)]
        return f"{_inner(formula.left)} {sign} {_inner(formula.right)}"
    name = {"PriorPeriod": "prior period", "PriorYear": "prior year",
            "RunningTotal": "running total"}.get(type(formula).__name__, "share")  # fmt: skip
    (of,) = children(formula)
    return f"{name}({written(of)})"


def _inner(formula: Expression) -> str:
    is_compound = isinstance(formula, Add | Difference | Ratio | Filter)
    return f"({written(formula)})" if is_compound else written(formula)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "metrics.md").write_text(metrics_page(), encoding="utf-8")
    (folder / "analyses.md").write_text(analyses_page(), encoding="utf-8")
