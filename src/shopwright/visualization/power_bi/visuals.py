"""Each kind of visual as the built-in visual of Power BI that shows it, field by field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shopwright.serving.semantic.catalog import forms, metric
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import Kind
from shopwright.visualization.power_bi.dax import measure_name
from shopwright.visualization.power_bi.drawing import Drawing
from shopwright.visualization.power_bi.measures import METRICS, STEPS_PREFIX, running_share_name
from shopwright.visualization.power_bi.pbir import (
    Json,
    Ref,
    colour,
    gradient,
    literal,
    properties,
    sorted_by,
    top,
)
from shopwright.visualization.power_bi.theme import BAD, GOOD, MUTED, RAMP

ROLES = {
    "cardVisual": {"Data"},
    "lineChart": {"Category", "Y", "Series", "Tooltips"},
    "areaChart": {"Category", "Y", "Series", "Tooltips"},
    "clusteredBarChart": {"Category", "Y", "Series", "Tooltips"},
    "clusteredColumnChart": {"Category", "Y", "Series", "Tooltips"},
    "columnChart": {"Category", "Y", "Series", "Tooltips"},
    "lineClusteredColumnComboChart": {"Category", "Y", "Y2", "Series", "Tooltips"},
    "waterfallChart": {"Category", "Y", "Breakdown", "Tooltips"},
    "funnel": {"Category", "Y", "Tooltips"},
    "scatterChart": {"Category", "X", "Y", "Size", "Series", "Tooltips"},
    "treemap": {"Group", "Details", "Values", "Tooltips"},
    "pivotTable": {"Rows", "Columns", "Values"},
    "tableEx": {"Values"},
    "slicer": {"Values"},
    "textbox": set(),
}
"""The built-in visuals that the report uses, with their roles; the lints hold it to them."""


@dataclass(frozen=True)
class Drawn:
    """A visual as Power BI draws it; `differs` says what the web page shows beyond it."""

    type: str
    roles: Mapping[str, list[Json]]
    order: Json | None = None
    objects: Mapping[str, list[Json]] = field(default_factory=dict)
    filters: tuple[Json, ...] = ()
    differs: str = ""
    stands_in: str = ""


def drawn(drawing: Drawing) -> Drawn:
    """The visual as Power BI shows it."""
    return KINDS[drawing.visual.kind](drawing)


def _shown(fields: Sequence[Ref]) -> list[Json]:
    return [one.projection() for one in fields]


def _levels(fields: Sequence[Ref]) -> list[Json]:
    """The way down: the first level is shown, the others are drilled into."""
    return [one.projection(active=not place) for place, one in enumerate(fields)]


def _card(drawing: Drawing) -> Drawn:
    (figure, *_) = drawing.figures
    if not drawing.visual.is_of_metrics:
        return Drawn("cardVisual", {"Data": _shown([figure])})
    one = metric(drawing.visual.metrics[0])
    form = forms()["prior_year_change" if one.unit == "rate" else "prior_year_growth"]
    beside = Ref(METRICS, measure_name(form.of(one)), "against the year before", is_measure=True)
    return Drawn(
        "cardVisual",
        {"Data": _shown([figure, beside])},
        differs="the period before, and the small line of months",
        stands_in="the measures of its folder, and the charts below",
    )


def _chart(type_: str) -> Callable[[Drawing], Drawn]:
    return lambda drawing: Drawn(type_, _along(drawing), _order(drawing))


def _along(drawing: Drawing) -> dict[str, list[Json]]:
    """Figures of one unit on the axis, others in the tooltip; a second dimension makes series."""
    figures, alike = drawing.figures, drawing.alike
    roles = {"Category": _levels(drawing.axis), "Y": _shown(figures[:alike])}
    if len(drawing.visual.dimensions) > 1:
        roles["Series"] = _shown([drawing.dimension(drawing.visual.dimensions[1])])
    if figures[alike:]:
        roles["Tooltips"] = _shown(figures[alike:])
    return roles


def _order(drawing: Drawing) -> Json:
    """As on the web page: along time and numbers, and the largest first where names are shown."""
    return sorted_by([(drawing.figures[0], True)] if _is_named(drawing) else
                     [(drawing.axis[0], False)])  # fmt: skip


def _is_named(drawing: Drawing) -> bool:
    visual = drawing.visual
    if visual.is_of_metrics:
        return DIMENSIONS[visual.dimensions[0]].kind == "text"
    return visual.dimensions[0] == "step_name"


def _bar(drawing: Drawing) -> Drawn:
    """Lying where there are names, standing along time and numbers."""
    type_ = "clusteredBarChart" if _is_named(drawing) else "clusteredColumnChart"
    return Drawn(type_, _along(drawing), _order(drawing))


def _combo(drawing: Drawing) -> Drawn:
    first, *others = drawing.figures
    roles = {"Category": _levels(drawing.axis), "Y": _shown([first]), "Y2": _shown(others)}
    return Drawn("lineClusteredColumnComboChart", roles, _order(drawing))


def _pareto(drawing: Drawing) -> Drawn:
    visual, (figure,) = drawing.visual, drawing.figures
    product = drawing.dimension(visual.dimensions[0])
    share = Ref(METRICS, running_share_name(visual), "Running share", is_measure=True)
    roles = {"Category": _shown([product]), "Y": _shown([figure]), "Y2": _shown([share])}
    return Drawn(
        "lineClusteredColumnComboChart",
        roles,
        sorted_by([(figure, True)]),
        filters=(top(drawing.id, product, figure, visual.limit or 100),),
        differs="how many products make 80 %",
        stands_in="the line, read at 80 %",
    )


def _treemap(drawing: Drawing) -> Drawn:
    """Areas within areas: it takes one field for each of the two."""
    first, *others = drawing.figures
    outer, *inner = drawing.axis
    roles = {"Group": _shown([outer]), "Values": _shown([first])}
    if inner:
        roles["Details"] = _shown(inner[:1])
    if others:
        roles["Tooltips"] = _shown(others)
    names = " and ".join(one.label.lower() for one in others)
    return Drawn(
        "treemap",
        roles,
        sorted_by([(first, True)]),
        differs=", and ".join(
            [f"{names} as colour"] * bool(others)
            + [f"a third level, {inner[1].label.lower()}"] * (len(inner) > 1)
        ),
        stands_in=f"{names or 'the figure'} in the tooltip, and the bars that go down as far",
    )


def _waterfall(drawing: Drawing) -> Drawn:
    colours = {
        "increaseFill": colour(GOOD),
        "decreaseFill": colour(BAD),
        "totalFill": colour(MUTED),
    }
    return Drawn(
        "waterfallChart", *_steps(drawing), objects={"sentimentColors": properties(**colours)}
    )


def _funnel(drawing: Drawing) -> Drawn:
    """The rows of an analysis as they come, or a step for each metric."""
    if drawing.visual.is_of_metrics:
        return Drawn("funnel", *_steps(drawing))
    first, *others = drawing.figures
    roles = {"Category": _shown(drawing.axis[:1]), "Y": _shown([first])}
    if others:
        roles["Tooltips"] = _shown(others)
    return Drawn("funnel", roles, sorted_by([(first, True)]))


def _steps(drawing: Drawing) -> tuple[dict[str, list[Json]], Json]:
    step = Ref(steps_table(drawing.id), "Step", "Step")
    figure = Ref(METRICS, drawing.visual.title, drawing.visual.title, is_measure=True)
    return {"Category": _shown([step]), "Y": _shown([figure])}, sorted_by([(step, False)])


def steps_table(visual_id: str) -> str:
    """The table of a visual's steps."""
    return f"{STEPS_PREFIX}{visual_id.replace('.', '_')}"


def _scatter(drawing: Drawing) -> Drawn:
    horizontal, vertical, *size = drawing.figures
    roles = {
        "Category": _shown([drawing.dimension(drawing.visual.dimensions[0])]),
        "X": _shown([horizontal]),
        "Y": _shown([vertical]),
    }
    if size:
        roles["Size"] = _shown(size[:1])
    labels = {"categoryLabels": properties(show=literal(True))}
    return Drawn("scatterChart", roles, objects=labels)


def _table(drawing: Drawing) -> Drawn:
    """Names, then figures; a limit keeps the first by the order of the file."""
    visual, figures = drawing.visual, drawing.figures
    names = [drawing.dimension(one) for one in visual.dimensions]
    by_name = dict(zip(visual.metrics, figures, strict=True))
    sort = [(figures[0], True)]
    filters: tuple[Json, ...] = ()
    if visual.sort:
        sort = [(by_name[one.removeprefix("-")], one.startswith("-")) for one in visual.sort]
    elif not visual.is_of_metrics:
        sort = [(names[0], names[0].name.endswith("_at"))]
    if visual.is_of_metrics and visual.limit:
        measure, down = sort[0]
        filters = (top(drawing.id, names[0], measure, visual.limit, largest=down),)
    totals = properties(totals=literal(visual.is_of_metrics))
    return Drawn(
        "tableEx",
        {"Values": _shown([*names, *figures])},
        sorted_by(sort),
        {"total": totals},
        filters,
    )


def _matrix(drawing: Drawing) -> Drawn:
    """Rows by columns with the first figure as colour; totals only where they mean something."""
    visual, (first, *others) = drawing.visual, drawing.figures
    rows, columns = (drawing.dimension(one) for one in visual.dimensions)
    has_totals = literal(visual.is_of_metrics)
    differs = (
        f"{' and '.join(one.label for one in others).lower()} in the tooltip" if others else ""
    )
    return Drawn(
        "pivotTable",
        {"Rows": _shown([rows]), "Columns": _shown([columns]), "Values": _shown([first])},
        objects={
            "values": gradient(first, *RAMP),
            "subTotals": properties(rowSubtotals=has_totals, columnSubtotals=has_totals),
        },
        differs=differs,
        stands_in="the measure, to be added to the matrix's values" if others else "",
    )


KINDS: dict[Kind, Callable[[Drawing], Drawn]] = {
    "kpi": _card,
    "line": _chart("lineChart"),
    "area": _chart("areaChart"),
    "bar": _bar,
    "map_bar": _bar,
    "stacked_bar": _chart("columnChart"),
    "histogram": _chart("clusteredColumnChart"),
    "combo": _combo,
    "heat_map": _matrix,
    "matrix": _matrix,
    "treemap": _treemap,
    "pareto": _pareto,
    "waterfall": _waterfall,
    "funnel": _funnel,
    "scatter": _scatter,
    "table": _table,
}
"""How each kind of visual is compiled."""
