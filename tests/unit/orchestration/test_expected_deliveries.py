"""Which deliveries are expected, and when each is due."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwright.orchestration.alerting.delivery_causes import (
    Expectation,
    days_named,
    due_days,
    expectation,
    gaps,
)

DAILY, WEEKDAYS = frozenset(range(7)), frozenset(range(5))
MONDAY = date(2024, 5, 6)


def came(
    days: range, later: int = 1, skip: frozenset[int] = frozenset()
) -> list[tuple[date, date]]:
    """Deliveries that came so many days later, counted from a Monday, but for some weekdays."""
    all_days = [MONDAY + timedelta(days=number) for number in days]
    return [(day, day + timedelta(days=later)) for day in all_days if day.weekday() not in skip]


def test_the_history_tells_the_weekdays_and_how_long_a_delivery_takes() -> None:
    today = MONDAY + timedelta(days=28)
    assert expectation("auto", came(range(28)), today) == Expectation(DAILY, 1)
    weekend = frozenset({5, 6})
    assert expectation("auto", came(range(28), 2, weekend), today) == Expectation(WEEKDAYS, 2)
    assert expectation("auto", came(range(28), 0), today) == Expectation(DAILY, 1)


def test_a_day_that_is_often_left_out_is_not_expected_and_one_left_out_once_is() -> None:
    today = MONDAY + timedelta(days=28)
    without_three = [one for one in came(range(28)) if one[0] not in sundays(3)]
    assert expectation("auto", without_three, today) == Expectation(DAILY - {6}, 1)
    without_one = [one for one in came(range(28)) if one[0] not in sundays(1)]
    assert expectation("auto", without_one, today) == Expectation(DAILY, 1)


def sundays(count: int) -> set[date]:
    return {MONDAY + timedelta(days=6 + 7 * number) for number in range(count)}


def test_a_history_too_short_or_loaded_at_once_tells_nothing() -> None:
    today = MONDAY + timedelta(days=28)
    assert expectation("auto", came(range(6)), today) is None
    loaded = [(day, today) for day, _ in came(range(18))]
    assert expectation("auto", loaded, today) is None
    assert expectation("never", came(range(28)), today) is None
    assert expectation("daily", [], today) == Expectation(DAILY)
    assert expectation("weekdays", [], today) == Expectation(WEEKDAYS)


@pytest.mark.parametrize(
    ("local", "last"),
    [
        ("2024-05-08 11:59", date(2024, 5, 6)),
        ("2024-05-08 12:00", date(2024, 5, 7)),
        ("2024-05-08 23:59", date(2024, 5, 7)),
        ("2024-05-09 12:00", date(2024, 5, 8)),
    ],
)
def test_a_delivery_is_due_on_the_next_day_at_its_time(local: str, last: date) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("America/Sao_Paulo"))
    *_, found = due_days(MONDAY, Expectation(DAILY), "12:00", now)
    assert found == last


def test_a_weekend_does_not_part_a_gap_and_a_delivery_does() -> None:
    friday, monday, wednesday = date(2024, 5, 10), date(2024, 5, 13), date(2024, 5, 15)
    missing = [friday, monday, wednesday]
    assert gaps(missing, Expectation(WEEKDAYS)) == [[friday, monday], [wednesday]]
    assert gaps(missing, Expectation(DAILY)) == [[friday], [monday], [wednesday]]


@given(st.sets(st.integers(0, 60)))
def test_gaps_hold_every_missing_day_once(numbers: set[int]) -> None:
    missing = [MONDAY + timedelta(days=number) for number in sorted(numbers)]
    found = gaps(missing, Expectation(DAILY))
    assert [day for gap in found for day in gap] == missing
    for gap in found:
        named = f"{gap[0]} to {gap[-1]}" if len(gap) > 1 else str(gap[0])
        assert list(days_named(named)) == gap
