"""What both formats need of a metric's expression: conditions next to what they filter, and what
neither can say."""

from dataclasses import dataclass

from shopwright.serving.semantic.catalog import metric
from shopwright.serving.semantic.expressions import (
    Count,
    CountDistinct,
    Expression,
    Filter,
    Name,
    Sum,
    rebuilt,
)

Conditions = frozenset[tuple[str, bool]]


@dataclass(frozen=True)
class NotExpressed:
    """A metric, or every metric in a form, that a format cannot say, and why."""

    format: str
    metric: str
    reason: str


class CannotSay(Exception):
    """An expression that the format has no words for."""


def pushed_down(expression: Expression, conditions: Conditions = frozenset()) -> Expression:
    """The expression with each filter around sums and counts alone; a filtered name is expanded."""
    match expression:
        case Filter(of, where):
            return pushed_down(of, conditions | where)
        case Name(name) if conditions:
            return pushed_down(metric(name).expanded, conditions)
        case Sum() | Count() | CountDistinct():
            return Filter(expression, conditions) if conditions else expression
    return rebuilt(expression, lambda inner: pushed_down(inner, conditions))


def measured(expression: Expression) -> tuple[Sum | Count | CountDistinct, Conditions] | None:
    """The sum or count that an expression is, with its conditions; None where it is more."""
    match expression:
        case Filter(Sum() | Count() | CountDistinct() as measure, where):
            return measure, where
        case Sum() | Count() | CountDistinct():
            return expression, frozenset()
    return None


FORM_REASONS = {
    "prior_period": "how far back the period before lies depends on the period shown",
    "prior_period_change": "how far back the period before lies depends on the period shown",
    "prior_period_growth": "how far back the period before lies depends on the period shown",
    "prior_year": "there is no word for other days than those of the question",
    "prior_year_change": "there is no word for other days than those of the question",
    "prior_year_growth": "there is no word for other days than those of the question",
    "running_total": "ours begins with the first period shown, and counts keys once",
    "share": "there is no word for the whole that a row is a part of",
}
"""Why a form of any metric is left out; a format that has words for one says so itself."""

AT_LEAST = "it counts keys by how many orders each has among those shown"
