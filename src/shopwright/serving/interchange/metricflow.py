"""The metrics as dbt's semantic layer (MetricFlow) reads them: one semantic model over one flat
model of lines, measures, and metrics of type simple, ratio and derived.

Format: dbt's `semantic_models` and `metrics` (dbt Core 1.6 and newer).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from shopwright.serving.interchange.expressions import (
    AT_LEAST,
    FORM_REASONS,
    CannotSay,
    NotExpressed,
    measured,
    pushed_down,
)
from shopwright.serving.semantic.atoms import Atom
from shopwright.serving.semantic.catalog import Metric, forms, metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Name,
    Negative,
    PriorYear,
    Ratio,
    Sum,
    walk,
)
from shopwright.serving.semantic.lines import lines_select

FORMAT = "MetricFlow"
MODEL, SPINE, DAY = "sales_lines", "metricflow_time_spine", "business_date"
_YEAR_BEFORE = ("prior_year", "prior_year_change", "prior_year_growth")
_WORDS = {
    ("is_return", False): "of_sales", ("is_return", True): "of_returns",
    ("is_guest", False): "of_customers", ("is_guest", True): "of_guests",
    ("is_first_day", True): "of_the_first_day", ("is_first_day", False): "after_the_first_day",
}  # fmt: skip
_RENAMED = {"hour": "hour_of_day"}
"""MetricFlow keeps the names of periods for itself."""

_ENTITIES = {"purchase": "transaction_id", "customer": "customer_id", "product": "product_id"}


def metricflow_files() -> tuple[dict[str, str], list[NotExpressed]]:
    """Files of a dbt project by their paths, and what they do not say."""
    written = _Metrics()
    left = []
    for one in metrics().values():
        reason = written.add(one)
        if reason:
            left.append(NotExpressed(FORMAT, one.name, reason))
    for name in forms():
        if name not in _YEAR_BEFORE:
            left.append(NotExpressed(FORMAT, f"*_{name}", FORM_REASONS[name]))
    semantics = {"semantic_models": [_model(written.measures)], "metrics": written.metrics}
    files = {
        f"models/{MODEL}.sql": f"-- One row per line of a sale or return.\n{lines_select()}\n",
        f"models/{SPINE}.sql": "-- One row per day.\n"
        "select full_date as date_day from warehouse.dim_date\n",
        "models/models.yml": _text(_models()),
        "models/metrics.yml": _text(semantics),
    }
    return files, left


def _text(content: Mapping[str, Any]) -> str:
    head = "# Built by `shopwright semantic` from Shopwright's own metrics; changes are lost.\n"
    return head + yaml.safe_dump(
        dict(content), sort_keys=False, width=100, allow_unicode=True, default_flow_style=False
    )


def _models() -> dict[str, Any]:
    """What dbt knows of the two models."""
    spine = {
        "name": SPINE,
        "description": "One row per day, for metrics of other days.",
        "time_spine": {"standard_granularity_column": "date_day"},
        "columns": [{"name": "date_day", "granularity": "day"}],
    }
    lines = {"name": MODEL, "description": "One row per line of a sale or return."}
    return {"version": 2, "models": [lines, spine]}


def _model(measures: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The semantic model: everything told of a line is a dimension of it."""
    dimensions: list[dict[str, Any]] = [
        {"name": DAY, "label": "Business date", "type": "time", "expr": "day",
         "description": DIMENSIONS["day"].sentence, "type_params": {"time_granularity": "day"}},
    ]  # fmt: skip
    for one in DIMENSIONS.values():
        if one.kind != "time" and one.name not in _ENTITIES:
            dimensions.append({
                "name": _RENAMED.get(one.name, one.name), "label": one.label,
                "type": "categorical", "expr": one.name, "description": one.sentence,
            })  # fmt: skip
    dimensions.append({"name": "product_name", "label": "Product name", "type": "categorical",
                       "description": "The product's newest name."})  # fmt: skip
    entities = [{"name": "line", "type": "primary", "expr": "item_id"}]
    entities += [{"name": name, "type": "foreign", "expr": key} for name, key in _ENTITIES.items()]
    return {
        "name": "sales",
        "label": "Sales",
        "description": "Lines of sales and returns that were not cancelled.",
        "model": f"ref('{MODEL}')",
        "defaults": {"agg_time_dimension": DAY},
        "entities": entities,
        "dimensions": dimensions,
        "measures": list(measures.values()),
    }


class _Metrics:
    """The metrics written so far, and the measures that they are computed from."""

    def __init__(self) -> None:
        self.measures: dict[str, dict[str, Any]] = {}
        self.metrics: list[dict[str, Any]] = []

    def add(self, one: Metric) -> str | None:
        """Writes a metric, and how it was the year before; gives the reason where it cannot."""
        before = len(self.metrics)
        try:
            self._write(one, pushed_down(one.formula))
        except CannotSay as error:
            del self.metrics[before:]
            return str(error)
        for form in _YEAR_BEFORE:
            moved = forms()[form].of(one)
            # Ours moves weeks by 52 weeks, and MetricFlow everything by a year.
            told = replace(moved, sentence=f"{moved.sentence.partition(';')[0].rstrip('.')}.")
            self._write(told, moved.formula)
        return None

    def _write(self, one: Metric, formula: Expression) -> None:
        kind, parameters = self._parameters(one.name, formula)
        self._put(one.name, one.label, f"{one.sentence} {one.why}", kind, parameters)

    def _put(
        self, name: str, label: str, description: str, kind: str, parameters: dict[str, Any]
    ) -> None:
        self.metrics.append({
            "name": name, "label": label, "description": description, "type": kind,
            "type_params": parameters,
        })  # fmt: skip

    def _parameters(self, name: str, formula: Expression) -> tuple[str, dict[str, Any]]:
        """Type and parameters of a metric."""
        if found := measured(formula):
            measure = self._measure(Atom(*found))
            return "simple", {"measure": {"name": measure, "fill_nulls_with": 0}}
        match formula:
            case Ratio(left, right):
                return "ratio", {
                    "numerator": {"name": self._named(f"{name}_numerator", left)},
                    "denominator": {"name": self._named(f"{name}_denominator", right)},
                }
            case Negative(of):
                inner = self._named(f"{name}_with_its_sign", of)
                return "derived", {"expr": f"-({inner})", "metrics": [{"name": inner}]}
            case Add(left, right) | Difference(left, right):
                parts = [self._named(f"{name}_{place}", part)
                         for place, part in (("first", left), ("second", right))]  # fmt: skip
                sign = "+" if isinstance(formula, Add) else "-"
                return "derived", {"expr": f" {sign} ".join(parts),
                                   "metrics": [{"name": part} for part in parts]}  # fmt: skip
            case PriorYear(Name(base)):
                moved = {"name": base, "offset_window": "1 year", "alias": f"{base}_before"}
                return "derived", {"expr": f"{base}_before", "metrics": [moved]}
        raise CannotSay(f"there is no word for {type(formula).__name__}")

    def _named(self, name: str, formula: Expression) -> str:
        """A metric that holds the formula: one that there is, or one of its own."""
        if isinstance(formula, Name):
            if _is_unsaid(metrics()[formula.name].expanded):
                raise CannotSay(f"it names {formula.name}, which is not expressed")
            return formula.name
        if formula_name := _known_form(formula):
            return formula_name
        kind, parameters = self._parameters(name, formula)
        words = name.replace("_", " ").capitalize()
        self._put(name, words, f"A part of another metric: {words}.", kind, parameters)
        return name

    def _measure(self, atom: Atom) -> str:
        """The name of the measure, written where it is new."""
        match atom.measure:
            case CountDistinct(_, at_least) if at_least > 1:
                raise CannotSay(AT_LEAST)
            case Sum(column):
                name, aggregation, value, nothing = column, "sum", column, "0"
            case Count():
                name, aggregation, value, nothing = "line_count", "sum", "1", "0"
            case CountDistinct(column):
                name, aggregation, value, nothing = f"{column}_count", "count_distinct", column, ""
        conditions = sorted(atom.conditions, reverse=True)
        full_name = "_".join([name, *(_WORDS[one] for one in conditions)])
        if conditions:
            met = " and ".join(one if value_ else f"not {one}" for one, value_ in conditions)
            value = f"case when {met} then {value}{f' else {nothing}' if nothing else ''} end"
        measure = {"name": full_name, "agg": aggregation, "expr": value}
        self.measures.setdefault(full_name, measure)
        return full_name


def _is_unsaid(formula: Expression) -> bool:
    """Whether keys are counted by how often they occur."""
    return any(isinstance(one, CountDistinct) and one.at_least > 1 for one in walk(formula))


def _known_form(formula: Expression) -> str | None:
    """A metric of the year before, which is written before what is made of it."""
    match formula:
        case PriorYear(Name(base)):
            return f"{base}_prior_year"
    return None
