"""Which table answers which part of a question: the smallest that gives the exact figure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from shopwright.serving.semantic.atoms import Atom, View, atoms
from shopwright.serving.semantic.dimensions import Dimension
from shopwright.serving.semantic.expressions import Count, CountDistinct, Sum
from shopwright.serving.semantic.periods import range_before, step, whole_months
from shopwright.serving.semantic.questions import Question, QuestionRefused
from shopwright.serving.semantic.sources import AGGREGATES, FACTS, Fact, Source


@dataclass(frozen=True)
class Scope:
    """The facts that a view looks at. Their periods are moved forward by `step`."""

    by: tuple[Dimension, ...]
    start: date | None
    end: date | None
    step: str | None = None

    @property
    def axis(self) -> Dimension | None:
        """The dimension of time, if there is one."""
        return next((one for one in self.by if one.kind == "time"), None)

    @property
    def skips_leap_day(self) -> bool:
        """29 February has no day in the year after."""
        return self.step == "1 year" and self.axis is not None and self.axis.name == "day"


@dataclass(frozen=True)
class Part:
    """Atoms that one pass over one table gives. An `is_of_entities` part has one atom."""

    view: View
    scope: Scope
    source: Source | Fact
    atoms: tuple[Atom, ...]
    is_of_entities: bool = False


def plan(
    question: Question, *, star_only: bool = False,
    is_counted_on_the_way: Callable[[Atom, View, tuple[Dimension, ...]], bool] = (
        lambda atom, view, by: False
    ),
) -> list[Part]:  # fmt: skip
    """The parts that together hold every atom of the question. Raises QuestionRefused.

    `is_counted_on_the_way` says whether different keys are counted with the sums, by dimensions.
    """
    sums: dict[tuple[View, str], list[Atom]] = {}
    sources: dict[str, Source | Fact] = {}
    parts = []
    for atom, view in needed(question):
        scope = scope_of(question, view)
        if is_added_up(atom, view):
            continue
        source = _source(atom, view, question, star_only)
        if _is_of_entities(atom, source) and not is_counted_on_the_way(atom, view, scope.by):
            parts.append(Part(view, scope, source, (atom,), is_of_entities=True))
        else:
            sources[source.table] = source
            sums.setdefault((view, source.table), []).append(atom)
    summed = [
        Part(view, scope_of(question, view), sources[table], tuple(found))
        for (view, table), found in sums.items()
    ]
    return [*summed, *parts]


def needed(question: Question) -> list[tuple[Atom, View]]:
    """Every atom with every view that the question's metrics are computed from, once."""
    return list(dict.fromkeys(one for metric in question.metrics for one in atoms(metric.expanded)))


def is_added_up(atom: Atom, view: View) -> bool:
    """Whether the running total of the atom is that of its column."""
    return view is View.running and atom.is_additive


def scope_of(question: Question, view: View) -> Scope:
    """The facts that a view of the question looks at. Raises QuestionRefused."""
    where, axis = question.where, question.axis
    if view is View.running and axis is None:
        raise QuestionRefused(
            "A running total needs a period.", "Group by day, week, month, quarter or year too."
        )
    if view is View.total:
        others = len(question.by) > (axis is not None)
        return Scope((axis,) if axis and others else (), where.start, where.end)
    if view in (View.current, View.running):
        return Scope(question.by, where.start, where.end)
    if axis is None and (where.start is None or where.end is None):
        raise QuestionRefused(
            f"There is no {view.replace('_', ' ')} without a period.",
            "Group by day, week, month, quarter or year, or filter by start and end.",
        )
    start, end = range_before(axis.name if axis else None, view, where.start, where.end)
    return Scope(question.by, start, end, step(axis.name, view) if axis else None)


def _source(atom: Atom, view: View, question: Question, star_only: bool) -> Source | Fact:
    """The smallest table for it. A running count of keys needs to know who came when: the star."""
    scope = scope_of(question, view)
    dimensions = {one.name for one in scope.by if one.kind != "time"}
    dimensions |= set(question.where.values)
    if not star_only and view is not View.running:
        for source in AGGREGATES:
            if dimensions <= source.dimensions.keys() and _reaches(source, scope):
                if atom in source.additive:
                    return source
                if atom in source.whole and source.key <= {one.name for one in scope.by}:
                    return source
    for fact in FACTS:
        if dimensions <= fact.dimensions and _holds(fact, atom):
            return fact
    column = atom.measure.column if isinstance(atom.measure, Sum) else "This"
    raise QuestionRefused(
        f"{column} belongs to a whole order: there is none by {' and '.join(sorted(dimensions))}.",
        "Leave the dimensions of products out, or the metric.",
    )


def _reaches(source: Source, scope: Scope) -> bool:
    """Whether the table's periods make up the ones asked for."""
    if source.grain == "day":
        return True
    if source.grain == "none":
        return scope.axis is None and scope.start is None and scope.end is None
    is_of_months = scope.axis is None or scope.axis.name in ("month", "quarter", "year")
    return is_of_months and whole_months(scope.start, scope.end)


def _holds(fact: Fact, atom: Atom) -> bool:
    if isinstance(atom.measure, Sum):
        return atom.measure.column in fact.sums
    if isinstance(atom.measure, CountDistinct):
        return atom.measure.column != "product_id" or not fact.is_of_orders
    return True


def _is_of_entities(atom: Atom, source: Source | Fact) -> bool:
    """Whether the atom is counted by listing keys; an aggregate and an order's row did already."""
    if isinstance(source, Source) or isinstance(atom.measure, Sum | Count):
        return False
    return not is_an_order_a_row(atom, source)


def is_an_order_a_row(atom: Atom, fact: Fact) -> bool:
    """Whether orders are counted where each is one row."""
    return fact.is_of_orders and atom.measure == CountDistinct("transaction_id")


def tables(parts: list[Part]) -> tuple[str, ...]:
    """The tables that are read, each once."""
    return tuple(dict.fromkeys(part.source.table for part in parts))


def columns(parts: list[Part]) -> Iterator[tuple[Atom, View]]:
    """What the parts hold, part by part."""
    for part in parts:
        for atom in part.atoms:
            yield atom, part.view
