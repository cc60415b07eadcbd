"""What a viewer has chosen: days, values to keep, and how deep each visual is drilled into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from shopwright.serving.semantic import Filters
from shopwright.serving.semantic.atoms import View
from shopwright.serving.semantic.periods import months_before, range_before


@dataclass(frozen=True)
class Selection:
    """Days from `start` to `end`, both included, and the values kept of some dimensions.

    `drill` are the steps into one visual, from the outermost.
    """

    start: date
    end: date
    values: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    drill: tuple[tuple[str, str | int], ...] = ()

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.end - self.start).days + 1

    def only(self, dimensions: Sequence[str]) -> "Selection":
        """With the filters of these dimensions alone."""
        kept = {name: one for name, one in self.values.items() if name in dimensions}
        return replace(self, values=kept)

    def filters(self) -> Filters:
        """As the semantic layer takes it."""
        return Filters(self.start, self.end, {name: list(one) for name, one in self.values.items()})

    def before(self, view: View) -> tuple[date, date]:
        """The days it is compared with."""
        start, end = range_before(None, view, self.start, self.end)
        assert start is not None
        assert end is not None
        return start, end


@dataclass(frozen=True)
class Preset:
    """A range of days with a name."""

    name: str
    label: str
    start: date
    end: date


def presets(first: date, last: date) -> list[Preset]:
    """The ranges to choose from, counted back from the newest day with a sale."""
    month, year = last.replace(day=1), last.replace(month=1, day=1)
    last_month = months_before(month, 1)
    found = [
        Preset(f"last_{days}_days", f"Last {days} days", last - timedelta(days=days - 1), last)
        for days in (7, 30, 90)
    ]
    year_back = months_before(last + timedelta(days=1), 12)
    found += [
        Preset("this_month", "This month", month, last),
        Preset("last_month", "Last month", last_month, month - timedelta(days=1)),
        Preset("last_12_months", "Last 12 months", year_back, last),
        Preset("this_year", "This year", year, last),
        Preset("last_year", "Last year", months_before(year, 12), year - timedelta(days=1)),
    ]
    return [one for one in found if one.end >= first] + [Preset("all", "All days", first, last)]


def default_preset(first: date, last: date) -> str:
    """A year where there is one, else as much as leaves something before it to compare with."""
    days = (last - first).days + 1
    if days >= 500:
        return "last_12_months"
    return "last_90_days" if days >= 180 else "last_30_days" if days >= 60 else "all"


_PERIOD_DAYS = {"year": 365, "quarter": 91, "month": 30, "week": 7, "day": 1}
_FEWEST_PERIODS = 6


def time_axis(name: str, selection: Selection) -> str:
    """A period, or a finer one where the days hold too few of it; other dimensions as they are."""
    if name not in _PERIOD_DAYS:
        return name
    finer = list(_PERIOD_DAYS)[list(_PERIOD_DAYS).index(name) :]
    enough = (one for one in finer if selection.days >= _FEWEST_PERIODS * _PERIOD_DAYS[one])
    return next(enough, "day")
