"""The figures of a visual: columns that say what they hold, and rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shopwright.serving.semantic.catalog import Metric, metric
from shopwright.serving.semantic.dimensions import DIMENSIONS

_DIMENSION_FORMATS = {"weekday": "weekday", "hour": "hour", "month_of_year": "month_of_year",
                      "day_of_week": "weekday", "hour_of_day": "hour"}  # fmt: skip
_TYPES = {"amount": "amount", "integer": "integer", "decimal": "number", "percent": "rate"}


@dataclass(frozen=True)
class Column:
    """A column: what it is called, and how its values are to be read.

    `role` is dimension, label (to show in place of the dimension before it), metric or flag;
    `type` date, text, integer, amount, rate, number or time; `format` date, weekday, amount and
    so on.
    """

    name: str
    label: str
    role: str
    type: str
    format: str
    unit: str = ""


@dataclass(frozen=True)
class Figures:
    """What a visual shows. `notes` say what a viewer must know to read it right."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    totals: tuple[Any, ...] | None = None
    notes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    comparison: dict[str, Any] | None = None
    sparkline: "Figures | None" = None

    def noting(self, *notes: str) -> "Figures":
        """With these notes added."""
        return replace(self, notes=(*self.notes, *notes))


def dimension_columns(name: str) -> list[Column]:
    """The columns that a dimension of the semantic layer is shown as."""
    one = DIMENSIONS[name]
    kind = {"time": "date", "integer": "integer", "text": "text"}[one.kind]
    form = name if one.kind == "time" else _DIMENSION_FORMATS.get(name, kind)
    key, *labels = one.shown
    return [
        Column(key, f"{one.label}{' number' if labels else ''}", "dimension", kind, form),
        *(Column(label, one.label, "label", "text", "text") for label in labels),
    ]


def metric_column(given: str | Metric) -> Column:
    """The column of a metric."""
    one = metric(given) if isinstance(given, str) else given
    return Column(one.name, one.label, "metric", _TYPES[one.format], one.format, one.unit)


def select_column(name: str, role: str, values: Sequence[Any], label: str | None = None) -> Column:
    """A column of an analysis: its name says what it holds, as names do throughout."""
    kind, form, unit = _kind_of(name, next((one for one in values if one is not None), None))
    words = re.sub(r"_(amount|rate|count|date|at)$", "", name).replace("_", " ")
    return Column(name, label or words.capitalize(), role, kind, form, unit)


def _kind_of(name: str, value: Any) -> tuple[str, str, str]:
    if isinstance(value, datetime):
        return "time", "time", ""
    if isinstance(value, date):
        return "date", "month" if "month" in name else "date", ""
    if isinstance(value, str | bool):
        return "text", "text", ""
    if name in _DIMENSION_FORMATS:
        return "integer", _DIMENSION_FORMATS[name], ""
    if "amount" in name:
        return "amount", "amount", "currency"
    if "rate" in name.split("_") or name == "score":
        return "rate", "percent", "rate"
    if isinstance(value, int) or name.endswith("_count"):
        return "integer", "integer", "count"
    return "number", "decimal", "seconds" if name == "seconds" else "units"


def in_words(value: str) -> str:
    """A code such as `credit_card` as it is read; a name stays as it is. The page does the same."""
    is_code = re.fullmatch("[a-z]+(_[a-z]+)*", value) is not None
    return value.capitalize().replace("_", " ") if is_code else value


def json_value(value: Any) -> Any:
    """A value for JSON: a decimal as a number where a double holds it, else as its text."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else format(value, "f")
