"""A visual as Tableau draws it: what lies on rows and columns, and which marks carry what."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import Kind, Visual
from shopwright.visualization.tableau.calculation import PREFIX
from shopwright.visualization.tableau.fields import (
    MEASURE_NAMES,
    MEASURE_VALUES,
    DataSource,
    Field,
    Instance,
)
from shopwright.visualization.tableau.sales_lines import NAME, RUNNING_SHARE, dimension_field

Channel = Literal["color", "size", "text", "lod", "tooltip"]
_TRUNCATED = {"day": "Day-Trunc", "week": "Week-Trunc", "month": "Month-Trunc",
              "quarter": "Quarter-Trunc", "year": "Year-Trunc"}  # fmt: skip
_IN_TIME = ("date", "datetime")


@dataclass(frozen=True)
class Pane:
    """The marks of one axis: `axis` names its measure where a sheet has two of them."""

    mark: str
    encodings: tuple[tuple[Channel, str], ...] = ()
    axis: str | None = None
    is_headline: bool = False


@dataclass(frozen=True)
class Drawing:
    """A sheet's contents. Names are those of instances, `:Measure Names` or `Multiple Values`.

    `folded` is the measure whose axis lies over that of the first; `sort` a dimension, the measure
    that orders it, and whether the largest is first; `top` a dimension, how many of it, by which
    field, and whether the largest.
    """

    rows: str = ""
    cols: str = ""
    panes: tuple[Pane, ...] = ()
    instances: tuple[Instance, ...] = ()
    measures_listed: tuple[str, ...] = ()
    folded: str | None = None
    sort: tuple[str, str, bool] | None = None
    top: tuple[str, int, str, bool] | None = None


@dataclass(frozen=True)
class Pills:
    """A visual's dimensions and measures as fields of its data source."""

    visual: Visual
    source: DataSource
    dimensions: tuple[Instance, ...]
    measures: tuple[Instance, ...]
    extra: list[Instance] = field(default_factory=list)

    def shelf(self, *names: str) -> str:
        """Pills of one shelf: dimensions within each other, measures beside each other."""
        dimensions = {one.name for one in self.dimensions} | {MEASURE_NAMES}
        inner = [one for one in names if one in dimensions]
        beside = [one for one in names if one not in dimensions]
        text = self._joined(inner, "/")
        values = self._joined(beside, "+")
        return f"({text} * {values})" if text and values else text or values

    def _joined(self, names: list[str], sign: str) -> str:
        written = [self.source.qualified(one) for one in names]
        text = written[0] if written else ""
        for one in written[1:]:
            text = f"({text} {sign} {one})"
        return text


def drawing(visual: Visual, source: DataSource) -> Drawing:
    """The drawing of a visual over its data source."""
    pills = _pills(visual, source)
    if visual.bridge is not None:
        # What moved sales compares with other days, which no calculation of a sheet can see.
        month = _instance(source.fields["day"], "Month-Trunc", is_continuous=True)
        pills = replace(pills, dimensions=(month,))
        return _finished(_combo(pills), pills)
    return _finished(DRAWN[visual.kind](pills), pills)


def _pills(visual: Visual, source: DataSource) -> Pills:
    is_drawn_in_time = visual.kind in ("line", "area", "bar", "stacked_bar", "combo")
    dimensions = tuple(_dimension(name, source, is_drawn_in_time) for name in visual.dimensions)
    measures = tuple(_measure(name, source) for name in visual.metrics)
    return Pills(visual, source, dimensions, measures)


def _dimension(name: str, source: DataSource, is_continuous: bool) -> Instance:
    if source.name != NAME:
        one = source.fields[name]
        return _instance(one, "None", is_continuous=is_continuous and one.datatype in _IN_TIME)
    one = source.fields[dimension_field(name)]
    derivation = _TRUNCATED[name] if DIMENSIONS[name].kind == "time" else "None"
    return _instance(one, derivation, is_continuous=is_continuous and derivation != "None")


def _instance(one: Field, derivation: str, *, is_continuous: bool) -> Instance:
    return Instance(one, derivation, "quantitative" if is_continuous else one.type)


def _measure(name: str, source: DataSource) -> Instance:
    if source.name == NAME:
        return Instance(source.fields[f"{PREFIX}{name}"], "User", "quantitative")
    one = source.fields[name]
    if one.is_measure:
        return Instance(one, one.derivation, "quantitative")
    return Instance(one, "Max", one.type)


def _finished(drawn: Drawing, pills: Pills) -> Drawing:
    instances = dict.fromkeys((*pills.dimensions, *pills.measures, *pills.extra))
    return replace(drawn, instances=tuple(instances))


def _names(instances: tuple[Instance, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in instances)


def _largest_first(pills: Pills) -> tuple[str, str, bool] | None:
    """As the web page orders it: as told, else names from the largest down."""
    names = [one for one in pills.dimensions if one.type == "nominal"]
    if not names or len(names) != len(pills.dimensions) or not pills.measures:
        return None
    first = pills.visual.sort[0] if pills.visual.sort else f"-{pills.visual.metrics[0]}"
    by = dict(zip(pills.visual.metrics, pills.measures, strict=True))
    chosen = by.get(first.removeprefix("-"))
    if chosen is None or chosen.field.datatype not in ("integer", "real"):
        return None
    return names[0].name, chosen.name, first.startswith("-")


def _first_few(pills: Pills) -> tuple[str, int, str, bool] | None:
    """The limit of a visual with one dimension; of records, the SELECT keeps it."""
    ordered = _largest_first(pills)
    if pills.source.name != NAME or not pills.visual.limit or ordered is None:
        return None
    if len(pills.dimensions) != 1:
        return None
    measure = next(one for one in pills.measures if one.name == ordered[1])
    return ordered[0], pills.visual.limit, measure.field.column, ordered[2]


def _values(pills: Pills) -> tuple[str, tuple[str, ...]]:
    """The pill that carries the measures: the only one, or all of them by name."""
    names = _names(pills.measures)
    return (names[0], ()) if len(names) == 1 else (MEASURE_VALUES, names)


def _kpi(pills: Pills) -> Drawing:
    (measure,) = pills.measures
    return Drawing(panes=(Pane("Text", (("text", measure.name),), is_headline=True),))


def _line(mark: str) -> Callable[[Pills], Drawing]:
    def drawn(pills: Pills) -> Drawing:
        value, listed = _values(pills)
        colour: tuple[tuple[Channel, str], ...] = (("color", MEASURE_NAMES),) if listed else ()
        return Drawing(
            rows=pills.shelf(value),
            cols=pills.shelf(*_names(pills.dimensions)),
            panes=(Pane(mark, colour),),
            measures_listed=listed,
        )

    return drawn


def _bar(pills: Pills) -> Drawing:
    """Names lie, periods and other numbers stand."""
    values, dimensions = pills.shelf(*_names(pills.measures)), _names(pills.dimensions)
    lies = all(one.type == "nominal" for one in pills.dimensions)
    shelf = pills.shelf(*dimensions)
    return Drawing(
        rows=shelf if lies else values,
        cols=values if lies else shelf,
        panes=(Pane("Bar"),),
        sort=_largest_first(pills),
        top=_first_few(pills),
    )


def _stacked_bar(pills: Pills) -> Drawing:
    value, listed = _values(pills)
    along, *others = _names(pills.dimensions)
    colour = MEASURE_NAMES if listed else others[0]
    return Drawing(
        rows=pills.shelf(value),
        cols=pills.shelf(along),
        panes=(Pane("Bar", (("color", colour),)),),
        measures_listed=listed,
    )


def _combo(pills: Pills) -> Drawing:
    bars, line = _names(pills.measures)
    return Drawing(
        rows=pills.shelf(bars, line),
        cols=pills.shelf(*_names(pills.dimensions)),
        panes=(Pane("Bar", axis=bars), Pane("Line", axis=line)),
        folded=line,
        sort=_largest_first(pills),
        top=_first_few(pills),
    )


def _pareto(pills: Pills) -> Drawing:
    share = Instance(pills.source.fields[f"{PREFIX}{RUNNING_SHARE}"], "User", "quantitative")
    pills.extra.append(share)
    (bars,) = _names(pills.measures)
    return Drawing(
        rows=pills.shelf(bars, share.name),
        cols=pills.shelf(*_names(pills.dimensions)),
        panes=(Pane("Bar", axis=bars), Pane("Line", axis=share.name)),
        folded=share.name,
        sort=_largest_first(pills),
    )


def _grid(mark: str, *, is_written: bool) -> Callable[[Pills], Drawing]:
    def drawn(pills: Pills) -> Drawing:
        down, across = _names(pills.dimensions)
        first, *others = _names(pills.measures)
        written: tuple[tuple[Channel, str], ...] = (("text", first),) if is_written else ()
        hints: tuple[tuple[Channel, str], ...] = tuple(("tooltip", one) for one in others)
        return Drawing(
            rows=pills.shelf(down),
            cols=pills.shelf(across),
            panes=(Pane(mark, (("color", first), *written, *hints)),),
        )

    return drawn


def _treemap(pills: Pills) -> Drawing:
    size, *colour = _names(pills.measures)
    (named,) = _names(pills.dimensions)
    encodings: tuple[tuple[Channel, str], ...] = (
        ("size", size), ("color", colour[0] if colour else size), ("text", named),
    )  # fmt: skip
    return Drawing(panes=(Pane("Square", encodings),), top=_first_few(pills))


def _steps(pills: Pills) -> Drawing:
    """Each measure a bar, in the order in which they are told."""
    return Drawing(
        rows=pills.shelf(MEASURE_NAMES),
        cols=pills.shelf(MEASURE_VALUES),
        panes=(Pane("Bar", (("color", MEASURE_NAMES), ("text", MEASURE_VALUES))),),
        measures_listed=_names(pills.measures),
    )


def _scatter(pills: Pills) -> Drawing:
    along, up, *size = _names(pills.measures)
    dots: tuple[tuple[Channel, str], ...] = tuple(("size", one) for one in size)
    names: tuple[tuple[Channel, str], ...] = tuple(("lod", one) for one in _names(pills.dimensions))
    return Drawing(
        rows=pills.shelf(up), cols=pills.shelf(along), panes=(Pane("Circle", (*dots, *names)),)
    )


def _histogram(pills: Pills) -> Drawing:
    first, *others = _names(pills.measures)
    hints: tuple[tuple[Channel, str], ...] = tuple(("tooltip", one) for one in others)
    return Drawing(
        rows=pills.shelf(first),
        cols=pills.shelf(*_names(pills.dimensions)),
        panes=(Pane("Bar", hints),),
    )


def _table(pills: Pills) -> Drawing:
    value, listed = _values(pills)
    return Drawing(
        rows=pills.shelf(*_names(pills.dimensions)),
        cols=pills.shelf(MEASURE_NAMES) if listed else "",
        panes=(Pane("Text", (("text", value),)),),
        measures_listed=listed,
        sort=_largest_first(pills),
        top=_first_few(pills),
    )


DRAWN: dict[Kind, Callable[[Pills], Drawing]] = {
    "kpi": _kpi,
    "line": _line("Line"),
    "area": _line("Area"),
    "bar": _bar,
    "stacked_bar": _stacked_bar,
    "combo": _combo,
    "heat_map": _grid("Square", is_written=False),
    "treemap": _treemap,
    "pareto": _pareto,
    "waterfall": _steps,
    "scatter": _scatter,
    "histogram": _histogram,
    "table": _table,
    "matrix": _grid("Square", is_written=True),
    "funnel": _steps,
    "map_bar": _bar,
}
"""Every kind of visual, and what draws it."""
