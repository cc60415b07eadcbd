"""The answer key in one page for people."""

from collections.abc import Mapping, Sequence

import polars as pl

from shopwright.generation.mess.arrivals import AS_IT_SHOULD


def summary(
    about: Mapping[str, object],
    true: Mapping[str, int],
    expected: Mapping[str, int] | None,
    faults: pl.DataFrame,
    deliveries: pl.DataFrame,
) -> str:
    """Markdown: how the shop was made, its figures, its faults and its disorder.

    Amounts are given in ten-thousandths and shown as decimals of the reporting currency.
    """
    parts = [
        "# Answer key",
        "What is true of the generated shop. `shopwright score` compares a warehouse with it.",
        _table(["setting", "value"], [[key, str(value)] for key, value in about.items()]),
        "## Figures",
        "Amounts in reporting currency."
        + (
            ""
            if expected is None
            else " *expected* is what a warehouse should hold that was given the damaged rows."
        ),
        _figures(true, expected),
        "## Deliveries",
        _arrivals(deliveries),
        "## Faults",
        _faults(faults),
    ]
    return "\n\n".join(parts) + "\n"


def _figures(true: Mapping[str, int], expected: Mapping[str, int] | None) -> str:
    columns = ["measure", "true"] + ([] if expected is None else ["expected"])
    rows = [
        [measure, _shown(measure, value)]
        + ([] if expected is None else [_shown(measure, expected[measure])])
        for measure, value in true.items()
    ]
    return _table(columns, rows)


def _shown(measure: str, value: int) -> str:
    if not measure.endswith("_amount"):
        return f"{value:,}"
    whole, rest = divmod(abs(value), 10_000)
    return f"{'-' if value < 0 else ''}{whole:,}.{rest:04d}"


def _arrivals(deliveries: pl.DataFrame) -> str:
    counts = deliveries.group_by("arrival").len().sort("arrival")
    rows = [[arrival, f"{count:,}"] for arrival, count in counts.iter_rows()]
    forms = deliveries["forms"].str.split(", ").explode().drop_nulls()
    forms = forms.filter(forms != "")
    rows += [
        [f"with {form}", f"{count:,}"] for form, count in sorted(forms.value_counts().iter_rows())
    ]
    return _table(["deliveries that came", "number"], rows or [[AS_IT_SHOULD, "0"]])


def _faults(faults: pl.DataFrame) -> str:
    if not len(faults):
        return "None was planted."
    counts = (
        faults.group_by("kind", "table", "expected", "rule")
        .agg(pl.len(), corrected=pl.col("corrected_on").is_not_null().sum())
        .sort("kind", "table", "expected", "rule")
    )
    rows = [
        [kind, table, expected, rule or "", f"{planted:,}", f"{corrected:,}"]
        for kind, table, expected, rule, planted, corrected in counts.iter_rows()
    ]
    return _table(["kind", "table", "should", "rule", "planted", "corrected later"], rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
