"""What a metric is computed from: sums and counts of facts, each seen from one view of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shopwright.serving.semantic.expressions import (
    Count,
    CountDistinct,
    Expression,
    Filter,
    Measure,
    Name,
    PriorPeriod,
    PriorYear,
    RunningTotal,
    Share,
    Sum,
    children,
)


class View(StrEnum):
    """Which facts an atom is computed from, seen from a row of the answer."""

    current = "current"
    prior_period = "prior_period"
    prior_year = "prior_year"
    running = "running"
    total = "total"


VIEWS: dict[type, View] = {
    PriorPeriod: View.prior_period,
    PriorYear: View.prior_year,
    RunningTotal: View.running,
    Share: View.total,
}


@dataclass(frozen=True)
class Atom:
    """A sum or a count of the facts that meet all conditions."""

    measure: Measure
    conditions: frozenset[tuple[str, bool]] = frozenset()

    @property
    def is_additive(self) -> bool:
        """Whether that of two sets of orders is that of both, added up."""
        if isinstance(self.measure, CountDistinct):
            return self.measure.column == "transaction_id" and self.measure.at_least == 1
        return True


def atoms(
    expression: Expression,
    view: View = View.current,
    conditions: frozenset[tuple[str, bool]] = frozenset(),
) -> Iterator[tuple[Atom, View]]:
    """Every atom of an expanded formula with the view it is needed from."""
    if isinstance(expression, Name):
        raise ValueError(f"{expression.name} was not expanded")
    if isinstance(expression, Sum | Count | CountDistinct):
        yield Atom(expression, conditions), view
    elif isinstance(expression, Filter):
        yield from atoms(expression.of, view, conditions | expression.where)
    elif type(expression) in VIEWS:
        (inner,) = children(expression)
        yield from atoms(inner, VIEWS[type(expression)], conditions)
        yield from atoms(inner, view, conditions)  # its rows are rows of the answer
    else:
        for child in children(expression):
            yield from atoms(child, view, conditions)
