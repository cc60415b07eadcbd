"""The dashboard's pages as their files define them: visuals of metrics, analyses or run records.

A file of `visualization/dashboards` names metrics and dimensions of the semantic layer, and holds
nothing of how one tool or another draws them.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.config.yaml_text import read_yaml
from shopwright.serving.analyses import Analysis, analyses
from shopwright.serving.health import health_records
from shopwright.serving.semantic import Filters, QuestionRefused
from shopwright.serving.semantic.catalog import MetricUnknown, metric
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.planner import plan
from shopwright.serving.semantic.questions import question
from shopwright.serving.semantic.yaml_lines import line_of

Kind = Literal[
    "kpi", "line", "area", "bar", "stacked_bar", "combo", "heat_map", "treemap", "pareto",
    "waterfall", "scatter", "histogram", "table", "matrix", "funnel", "map_bar",
]  # fmt: skip
Bridge = Literal["price_volume_mix"]
FILTER_DIMENSIONS = ("category", "shipping_country", "payment_method", "segment")
"""What every page can be filtered by, beside the dates."""

_NAME = r"^[a-z][a-z0-9_]*$"


class DashboardInvalid(ShopwrightError):
    """The file of a page holds what it may not, or lacks what it must say."""

    exit_code = 2


class Visual(BaseModel):
    """One figure or chart of a page, from `metrics`, or an `analysis`, or a record of `health`.

    Of an analysis and of health, `dimensions` and `metrics` name columns. `minus` are the metrics
    that a waterfall goes down by; `good` is where a key figure should go; `width` is of twelve
    columns, `height` in rows of the page.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(pattern=_NAME)
    kind: Kind
    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    width: int = Field(ge=1, le=12)
    height: int = Field(ge=1, le=12)
    metrics: list[str] = Field(min_length=1)
    dimensions: list[str] = []
    analysis: str | None = None
    health: str | None = None
    parameters: dict[str, str | int | float] = {}
    labels: dict[str, str] = {}
    minus: list[str] = []
    bridge: Bridge | None = None
    sort: list[str] = []
    limit: int | None = Field(default=None, ge=1, le=1000)
    drill: list[str] = []
    good: Literal["up", "down", "neutral"] = "up"

    @cached_property
    def filters(self) -> frozenset[str]:
        """The dimensions that it can be filtered by, and `date` where it follows the dates."""
        if self.is_of_metrics:
            every = (one.name for one in DIMENSIONS.values() if one.kind != "time")
            return frozenset({"date", *(name for name in every if _can_be_filtered(self, name))})
        parameters = {one.name for one in self.select.parameters}
        return frozenset({"date"} if {"first_day", "last_day"} <= parameters else ())

    @property
    def cross_filter(self) -> str | None:
        """The dimension that a click on a value of it keeps, on the whole page."""
        if not self.is_of_metrics or self.bridge is not None:
            return None
        return next((one for one in self.dimensions if one in self.filters), None)

    def dimensions_at(self, depth: int) -> list[str]:
        """What is shown after so many steps of `drill`: later ones of the path move up."""
        window = [one for one in self.dimensions if one in self.drill]
        deeper = self.drill[depth : depth + len(window)]
        moved = dict(zip(window, deeper, strict=False))
        return [moved.get(one, one) for one in self.dimensions if one not in window or one in moved]

    @property
    def select(self) -> Analysis:
        """The analysis or record of health that it shows."""
        if self.analysis is not None:
            return analyses()[self.analysis]
        assert self.health is not None
        return health_records()[self.health]

    @property
    def is_of_metrics(self) -> bool:
        """Whether the semantic layer answers it."""
        return self.analysis is None and self.health is None


class Page(BaseModel):
    """One page: its visuals in the order in which they are read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(pattern=_NAME)
    position: int
    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    visuals: list[Visual] = Field(min_length=1)


@cache
def pages() -> dict[str, Page]:
    """The pages by name, in their order."""
    return read_pages(files("shopwright.visualization.dashboards"))


def visual_id(page: Page, visual: Visual) -> str:
    """What a visual is called across all pages: `executive.net`."""
    return f"{page.name}.{visual.name}"


@cache
def visuals() -> dict[str, Visual]:
    """The visuals of all pages by their ids."""
    return {visual_id(page, one): one for page in pages().values() for one in page.visuals}


def read_pages(folder: Traversable) -> dict[str, Page]:
    """The pages of a folder's files. Raises DashboardInvalid with file, line and nearest match."""
    found = [read_page(file) for file in folder.iterdir() if file.name.endswith(".yml")]
    return {page.name: page for page in sorted(found, key=lambda one: one.position)}


def read_page(file: Traversable) -> Page:
    """The page of a file. Raises DashboardInvalid."""
    text = file.read_text(encoding="utf-8")
    try:
        page = Page.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise DashboardInvalid(f"{file.name}: not YAML: {error}.", "Correct it.") from error
    except ValidationError as error:
        raise _malformed(file, text, error) from None
    check = _Check(file.name, text)
    if page.name != file.name.removesuffix(".yml"):
        raise check.refused(["name"], f"name {page.name!r} is not that of the file")
    names = [one.name for one in page.visuals]
    for number, visual in enumerate(page.visuals):
        if visual.name in names[:number]:
            raise check.refused(["visuals", number, "name"], f"a second visual {visual.name!r}")
        check.visual(visual, ["visuals", number])
    return page


def _malformed(file: Traversable, text: str, error: ValidationError) -> DashboardInvalid:
    # A key spelt wrong is missing too: it is told by what was written.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    path = list(first["loc"])
    what = path[-1] if path else "the file"
    if first["type"] == "extra_forbidden":
        known = Page.model_fields if len(path) == 1 else Visual.model_fields
        problem = f"unknown key {what!r}{did_you_mean(str(what), known)}"
    elif first["type"] == "literal_error":
        near = did_you_mean(str(first["input"]), [*get_args(Kind), *get_args(Bridge)])
        problem = f"unknown {what} {first['input']!r}{near}"
    else:
        problem = f"{what}: {first['msg']}"
    return _Check(file.name, text).refused(path, problem)


class _Check:
    """Whether what a file names exists, and can be asked for together."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    def refused(self, path: Iterable[str | int], problem: str) -> DashboardInvalid:
        return DashboardInvalid(
            f"{self.file}, line {line_of(self.text, list(path))}: {problem}.",
            "docs/dashboard.md shows what a page's file may hold.",
        )

    def visual(self, visual: Visual, path: list[str | int]) -> None:
        if visual.analysis is not None and visual.health is not None:
            raise self.refused([*path, "health"], "analysis and health cannot be both")
        if visual.analysis is not None:
            self._select(visual, path, "analysis", visual.analysis, analyses())
        elif visual.health is not None:
            self._select(visual, path, "health", visual.health, health_records())
        else:
            self._semantic(visual, path)

    def _known(
        self, path: list[str | int], what: str, names: Iterable[str], known: Iterable[str]
    ) -> None:
        """Every name is one of the known; `path` leads to the list."""
        for number, name in enumerate(names):
            if name not in known:
                problem = f"unknown {what} {name!r}{did_you_mean(name, known)}"
                raise self.refused([*path, number], problem)

    def _select(
        self, visual: Visual, path: list[str | int], key: str, name: str,
        known: Mapping[str, Analysis],
    ) -> None:  # fmt: skip
        if name not in known:
            problem = f"unknown {key} {name!r}{did_you_mean(name, known)}"
            raise self.refused([*path, key], problem)
        select = known[name]
        parameters = [one.name for one in select.parameters]
        for parameter in visual.parameters:
            if parameter not in parameters:
                near = did_you_mean(parameter, parameters)
                problem = f"{name} has no parameter {parameter!r}{near}"
                raise self.refused([*path, "parameters", parameter], problem)
        for given in ("dimensions", "metrics"):
            names = getattr(visual, given)
            self._known([*path, given], f"column of {name}", names, select.columns)
        shown = [*visual.dimensions, *visual.metrics]
        for column in visual.labels:
            if column not in shown:
                problem = f"a label for {column!r}, which is not shown{did_you_mean(column, shown)}"
                raise self.refused([*path, "labels", column], problem)

    def _semantic(self, visual: Visual, path: list[str | int]) -> None:
        for number, name in enumerate(visual.metrics):
            try:
                metric(name)
            except MetricUnknown as error:
                problem = error.problem.replace("There is no metric", "unknown metric").rstrip(".")
                raise self.refused([*path, "metrics", number], problem) from None
        self._known([*path, "dimensions"], "dimension", visual.dimensions, DIMENSIONS)
        self._known([*path, "drill"], "dimension", visual.drill, DIMENSIONS)
        shown = [*visual.metrics, *visual.dimensions]
        sorts = [one.removeprefix("-") for one in visual.sort]
        self._known([*path, "sort"], "metric or dimension of the visual", sorts, shown)
        self._known([*path, "minus"], "metric of the visual", visual.minus, visual.metrics)
        if visual.drill and visual.drill[0] not in visual.dimensions:
            raise self.refused([*path, "drill"], "drill does not begin with what is shown")
        for depth in range(max(1, len(visual.drill))):
            self._answerable(visual, path, visual.dimensions_at(depth))

    def _answerable(self, visual: Visual, path: list[str | int], by: list[str]) -> None:
        try:
            plan(question(visual.metrics, by))
        except QuestionRefused as error:
            raise self.refused([*path, "dimensions"], error.problem.rstrip(".")) from None


def _can_be_filtered(visual: Visual, name: str) -> bool:
    value: str | int = 1 if DIMENSIONS[name].kind == "integer" else "A"
    try:
        plan(question(visual.metrics, visual.dimensions, Filters(values={name: [value]})))
    except QuestionRefused:
        return False
    return True
