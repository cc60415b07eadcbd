"""The metrics by name, read from their files and held to them; and every form of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.config.yaml_text import read_yaml
from shopwright.serving.semantic.expressions import (
    Expression,
    FormulaInvalid,
    Name,
    TimeView,
    parse,
    rebuilt,
    walk,
)
from shopwright.serving.semantic.yaml_lines import line_of

Unit = Literal["currency", "count", "units", "rate", "per_order"]
Format = Literal["amount", "integer", "decimal", "percent"]
METRIC = "metric"
"""What a form's formula calls the metric that takes the form."""


class MetricInvalid(ShopwrightError):
    """The file of a metric holds what it may not, or lacks what it must say."""

    exit_code = 2


class MetricUnknown(ShopwrightError):
    """No metric has this name."""

    exit_code = 2


class _File(BaseModel):
    """What the file of a metric or a form says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str
    label: str
    sentence: str
    formula: Any
    unit: Unit | None = None
    format: Format | None = None
    why: str


@dataclass(frozen=True)
class Metric:
    """A named figure. `formula` may name other metrics; `expanded` holds measures alone.

    `base` and `form` are set where it is a form of another metric, such as `net_prior_year`.
    """

    name: str
    label: str
    sentence: str
    formula: Expression
    expanded: Expression
    unit: Unit
    format: Format
    why: str
    base: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Form:
    """What any metric can be turned into. Without unit and format it keeps the metric's."""

    name: str
    label: str
    sentence: str
    formula: Expression
    unit: Unit | None
    format: Format | None
    why: str

    def of(self, metric: Metric) -> Metric:
        """The metric in this form."""
        return Metric(
            f"{metric.name}_{self.name}",
            self.label.format(metric=metric.label),
            self.sentence.format(metric=metric.label),
            _replaced(self.formula, {METRIC: Name(metric.name)}),
            _replaced(self.formula, {METRIC: metric.expanded}),
            self.unit or metric.unit,
            self.format or metric.format,
            self.why,
            metric.name,
            self.name,
        )


@cache
def metrics() -> dict[str, Metric]:
    """The metrics of the files in `serving/metrics`, in the order of their names."""
    return read_metrics(files("shopwright.serving.metrics"))


@cache
def forms() -> dict[str, Form]:
    """The forms of the files in `serving/metrics/forms`."""
    return read_forms(files("shopwright.serving.metrics").joinpath("forms"))


def metric(name: str) -> Metric:
    """The metric of a name, such as `net` or `net_prior_year`. Raises MetricUnknown."""
    if name in metrics():
        return metrics()[name]
    for form in forms().values():
        base = name.removesuffix(f"_{form.name}")
        if base != name and base in metrics():
            return form.of(metrics()[base])
    known = [*metrics(), *(f"{base}_{form}" for base in metrics() for form in forms())]
    raise MetricUnknown(
        f"There is no metric {name!r}{did_you_mean(name, known)}.",
        "docs/metrics.md lists them, and the forms that each can take.",
    )


def read_metrics(folder: Traversable) -> dict[str, Metric]:
    """The metrics of a folder's files. Raises MetricInvalid with file and line."""
    read = {file.name.removesuffix(".yml"): _read(file) for file in _yml(folder)}
    formulas = {name: _formula(one, read.keys()) for name, one in read.items()}
    found = {}
    for name, (file, text, given) in read.items():
        if given.unit is None or given.format is None:
            lacking = "unit" if given.unit is None else "format"
            raise MetricInvalid(f"{file.name}: {lacking} is missing.", "Say it.")
        found[name] = Metric(
            name, given.label, given.sentence, formulas[name],
            _expanded(name, formulas, (file, text)), given.unit, given.format, given.why,
        )  # fmt: skip
    return found


def read_forms(folder: Traversable) -> dict[str, Form]:
    """The forms of a folder's files. Raises MetricInvalid with file and line."""
    found = {}
    for file in _yml(folder):
        one = _read(file)
        given = one[2]
        found[given.name] = Form(
            given.name, given.label, given.sentence, _formula(one, {METRIC}), given.unit,
            given.format, given.why,
        )  # fmt: skip
    return found


_Read = tuple[Traversable, str, _File]


def _yml(folder: Traversable) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.name.endswith(".yml")]
    return sorted(found, key=lambda file: file.name)


def _read(file: Traversable) -> _Read:
    text = file.read_text(encoding="utf-8")
    try:
        given = _File.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise MetricInvalid(f"{file.name}: not YAML: {error}.", "Correct it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        path = list(first["loc"])
        what = path[0] if path else "the file"
        if first["type"] == "extra_forbidden":
            problem = f"unknown key {what!r}{did_you_mean(str(what), _File.model_fields)}"
        else:
            problem = f"{what}: {first['msg']}"
        raise _invalid(file, text, path, problem) from None
    if given.name != file.name.removesuffix(".yml"):
        raise _invalid(file, text, ["name"], f"name {given.name!r} is not that of the file")
    return file, text, given


def _formula(read: _Read, known: Any) -> Expression:
    """The tree, in which every name is known."""
    file, text, given = read
    try:
        formula = parse(given.formula, ("formula",))
    except FormulaInvalid as error:
        raise _invalid(file, text, error.path, str(error)) from None
    for one in walk(formula):
        if isinstance(one, Name) and one.name not in known:
            problem = f"unknown metric {one.name!r}{did_you_mean(one.name, known)}"
            raise _invalid(file, text, _path_to(given.formula, one.name, ("formula",)), problem)
        if isinstance(one, TimeView) and any(
            isinstance(inner, TimeView) for inner in list(walk(one))[1:]
        ):
            raise _invalid(file, text, ["formula"], "a form cannot be taken of a form")
    return formula


def _path_to(given: Any, name: str, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Where in the formula a metric is named."""
    if isinstance(given, Mapping):
        steps: list[tuple[str | int, Any]] = list(given.items())
    else:
        steps = list(enumerate(given)) if isinstance(given, list) else []
    for step, inner in steps:
        if inner == name:
            return (*path, step)
        found = _path_to(inner, name, (*path, step))
        if found != (*path, step):
            return found
    return path


def _expanded(
    name: str, formulas: Mapping[str, Expression], at: tuple[Traversable, str], *, within: Any = ()
) -> Expression:
    if name in within:
        problem = f"the formula leads back to itself: {' -> '.join([*within, name])}"
        raise _invalid(*at, ["formula"], problem)
    named = {one.name for one in walk(formulas[name]) if isinstance(one, Name)}
    inner = {one: _expanded(one, formulas, at, within=(*within, name)) for one in named}
    return _replaced(formulas[name], inner)


def _replaced(expression: Expression, by_name: Mapping[str, Expression]) -> Expression:
    if isinstance(expression, Name):
        return by_name[expression.name]
    return rebuilt(expression, lambda inner: _replaced(inner, by_name))


def _invalid(file: Traversable, text: str, path: Any, problem: str) -> MetricInvalid:
    return MetricInvalid(
        f"{file.name}, line {line_of(text, list(path))}: {problem}.",
        "docs/metrics.md shows what a formula may hold.",
    )
