"""Periods, and the days to look at for the period before or the year before."""

import calendar
from datetime import date, timedelta

from shopwright.serving.semantic.atoms import View

STEPS = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months",
         "year": "1 year"}  # fmt: skip
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
Range = tuple[date | None, date | None]


def step(axis: str, view: View) -> str:
    """The interval from a period to the one it is set beside."""
    if view is View.prior_period:
        return STEPS[axis]
    return "364 days" if axis == "week" else "1 year"  # 52 weeks: Mondays stay Mondays


def period_start(axis: str, day: date) -> date:
    """The first day of the period that a day lies in."""
    if axis == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS.get(axis)
    if months is None:
        return day
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def is_month_end(day: date) -> bool:
    """Whether it is the last day of its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def whole_months(start: date | None, end: date | None) -> bool:
    """Whether the range begins and ends with a month; an open end does."""
    return (start is None or start.day == 1) and (end is None or is_month_end(end))


def range_before(axis: str | None, view: View, start: date | None, end: date | None) -> Range:
    """The days that lie one step before a range: by periods of the axis, else as a whole.

    Whole months stay whole: before the 29 days of February 2024 come the 31 of January.
    """
    if axis is not None:
        if view is View.prior_year:
            return _before(start, end, 0, 364) if axis == "week" else _before(start, end, 12, 0)
        return _before(start, end, _MONTHS.get(axis, 0), _DAYS.get(axis, 0))
    if view is View.prior_year:
        return _before(start, end, 12, 0)
    assert start is not None
    assert end is not None
    if whole_months(start, end):
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        return _before(start, end, months, 0)
    return _before(start, end, 0, (end - start).days + 1)


def _before(start: date | None, end: date | None, months: int, days: int) -> Range:
    return (
        start and months_before(start, months) - timedelta(days=days),
        end and months_before(end, months, keep_end=True) - timedelta(days=days),
    )


def months_before(day: date, months: int, *, keep_end: bool = False) -> date:
    """The same day some months before, or the last of a shorter month.

    With `keep_end`, the last day of a month becomes the last day of the other.
    """
    if not months:
        return day
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, last if keep_end and is_month_end(day) else min(day.day, last))
