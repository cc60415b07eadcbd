"""A question to the semantic layer, checked: every name is known, every value has its type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.serving.semantic.catalog import Metric, metric
from shopwright.serving.semantic.dimensions import DIMENSIONS, Dimension

MOST_VALUES = 1000
"""Of one dimension in a filter."""
MOST_ROWS = 1_000_000
_LONGEST_VALUE = 1000
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


class QuestionRefused(ShopwrightError):
    """The question names what does not exist, or asks for what has no answer."""

    exit_code = 2


@dataclass(frozen=True)
class Filters:
    """Which facts count: days from `start` to `end`, both included, and values by dimension."""

    start: date | None = None
    end: date | None = None
    values: Mapping[str, Sequence[str | int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What is asked: metrics by dimensions, of some of the facts, in an order.

    `order` holds names of metrics or dimensions, with `-` before them for the largest first; what
    it leaves open is ordered by the dimensions. With `continuous`, periods without a sale appear
    too. Without it a row appears where any of the figures behind its metrics is not zero.
    """

    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...]
    where: Filters
    order: tuple[str, ...] = ()
    limit: int | None = None
    continuous: bool = False

    @property
    def axis(self) -> Dimension | None:
        """The dimension of time, if there is one."""
        return next((one for one in self.by if one.kind == "time"), None)


def question(
    metrics: Sequence[str],
    by: Sequence[str] = (),
    where: Filters | None = None,
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
    continuous: bool = False,
) -> Question:
    """A question from names. Raises MetricUnknown or QuestionRefused."""
    if isinstance(metrics, str) or isinstance(by, str) or isinstance(order, str):
        raise QuestionRefused("A text was given for a list.", 'Write metrics=["net"].')
    if not metrics:
        raise QuestionRefused("No metric was asked for.", "docs/metrics.md lists them.")
    wanted = tuple(metric(name) for name in dict.fromkeys(metrics))
    dimensions = tuple(_dimension(name) for name in dict.fromkeys(by))
    asked = Question(
        wanted, dimensions, _checked(where or Filters()), tuple(order), limit, continuous
    )
    _refuse_impossible(asked)
    return asked


def _dimension(name: str) -> Dimension:
    if name not in DIMENSIONS:
        raise QuestionRefused(
            f"There is no dimension {name!r}{did_you_mean(name, DIMENSIONS)}.",
            f"Known are: {', '.join(DIMENSIONS)}.",
        )
    return DIMENSIONS[name]


def _checked(where: Filters) -> Filters:
    for day in (where.start, where.end):
        if day is not None and (type(day) is not date or not _FIRST_DAY <= day <= _LAST_DAY):
            raise QuestionRefused(
                f"{day} is not a day from {_FIRST_DAY} to {_LAST_DAY}.",
                "Give a date within them.",
            )
    if where.start is not None and where.end is not None and where.start > where.end:
        raise QuestionRefused(
            f"The filter ends on {where.end}, before it starts on {where.start}.",
            "Swap the two days.",
        )
    for name, values in where.values.items():
        _check_values(_dimension(name), values)
    return where


def _check_values(dimension: Dimension, values: Sequence[str | int]) -> None:
    if dimension.kind == "time":
        raise QuestionRefused(
            f"{dimension.name} cannot be filtered by a list.", "Filter by start and end."
        )
    if isinstance(values, str) or not 0 < len(values) <= MOST_VALUES:
        raise QuestionRefused(
            f"The filter of {dimension.name} is not a list of 1 to {MOST_VALUES:,} values.",
            "Name fewer values, or leave the filter out.",
        )
    kind = int if dimension.kind == "integer" else str
    for value in values:
        if type(value) is not kind or (isinstance(value, int) and not -999 <= value <= 999):
            raise QuestionRefused(
                f"{str(value)[:50]!r} is not a value of {dimension.name}.",
                f"{dimension.label}: {dimension.sentence}",
            )
        if isinstance(value, str) and (len(value) > _LONGEST_VALUE or "\0" in value):
            raise QuestionRefused(
                f"A value of {dimension.name} is longer than {_LONGEST_VALUE} characters or holds "
                "a zero byte.",
                "Name values that are in the warehouse.",
            )


def _refuse_impossible(asked: Question) -> None:
    axes = [one.name for one in asked.by if one.kind == "time"]
    if len(axes) > 1:
        raise QuestionRefused(
            f"{' and '.join(axes)} are both periods.", "Group by one of them, the shorter one."
        )
    if asked.continuous and not axes:
        raise QuestionRefused(
            "There is no period to make continuous.", "Group by day, week, month, quarter or year."
        )
    if asked.limit is not None and (
        type(asked.limit) is not int or not 0 < asked.limit <= MOST_ROWS
    ):
        raise QuestionRefused(
            f"limit = {asked.limit!r} is not a number from 1 to {MOST_ROWS:,}.", "Give another."
        )
    names = [one.name for one in asked.metrics] + [one.name for one in asked.by]
    for name in asked.order:
        if name.removeprefix("-") not in names:
            raise QuestionRefused(
                f"Ordered by {name!r}, which was not asked for"
                f"{did_you_mean(name.removeprefix('-'), names)}.",
                f"Order by one of: {', '.join(names)}.",
            )
