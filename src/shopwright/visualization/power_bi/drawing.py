"""A visual of the dashboard with the fields of the model that it shows."""

from dataclasses import dataclass

from shopwright.serving.semantic.catalog import metric
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.visualization.definitions import Visual
from shopwright.visualization.power_bi.dax import measure_name
from shopwright.visualization.power_bi.fields import FIELDS, FINER
from shopwright.visualization.power_bi.measures import METRICS
from shopwright.visualization.power_bi.pbir import Ref
from shopwright.visualization.power_bi.selects import (
    LIVE,
    is_live,
    select_label,
    select_measure_name,
    select_table_name,
)
from shopwright.visualization.power_bi.tmdl import Model


@dataclass(frozen=True)
class Drawing:
    """A visual with the fields of the model that it shows."""

    id: str
    visual: Visual
    model: Model

    @property
    def axis(self) -> list[Ref]:
        """What is shown along the first dimension: it, and what lies below it."""
        return self.way_down(self.visual.dimensions[0])

    def way_down(self, name: str) -> list[Ref]:
        """A dimension and those that one drills down to from it."""
        if not self.visual.is_of_metrics:
            return [self.dimension(name)]
        below = self.visual.drill or FINER.get(name, (name,))
        return [self.dimension(one, is_level=len(below) > 1) for one in below]

    def dimension(self, name: str, *, is_level: bool = False) -> Ref:
        """The field of a dimension, or of a column of the visual's SELECT."""
        visual = self.visual
        if is_live(visual):
            live = LIVE[visual.analysis or ""]
            return Ref(live.table, live.column, select_label(visual, name, "dimension"))
        if not visual.is_of_metrics:
            table = select_table_name(visual)
            return Ref(table, name, select_label(visual, name, "dimension"))
        one = FIELDS[name]
        if not (is_level and one.hierarchy):
            return Ref(one.table, one.column, DIMENSIONS[name].label)
        hierarchy = self.model.table(one.table).hierarchies[0]
        level = hierarchy.level_of(one.column)
        return Ref(
            one.table, one.column, DIMENSIONS[name].label, hierarchy=hierarchy.name, level=level
        )

    @property
    def figures(self) -> list[Ref]:
        """The measures in their order."""
        visual = self.visual
        if visual.is_of_metrics:
            return [_metric(name) for name in visual.metrics]
        table = METRICS
        if not is_live(visual):
            table = select_table_name(visual)
        return [
            Ref(table, select_measure_name(visual, name), select_label(visual, name),
                is_measure=True)
            for name in visual.metrics
        ]  # fmt: skip

    @property
    def alike(self) -> int:
        """How many figures from the first on share its unit, and so an axis."""
        if not self.visual.is_of_metrics:
            return len(self.figures)
        first = metric(self.visual.metrics[0])
        same = [(metric(one).unit, metric(one).format) == (first.unit, first.format)
                for one in self.visual.metrics]  # fmt: skip
        return same.index(False) if False in same else len(same)


def _metric(name: str) -> Ref:
    one = metric(name)
    return Ref(METRICS, measure_name(one), one.label, is_measure=True)
