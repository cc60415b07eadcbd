"""Deliveries that should have come: late once they are due, and missing until they are there.

Which days have a delivery, and how many days later it comes, is a setting or the history's. Days
that follow each other are one cause: the source is silent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import readable_deliveries
from shopwright.orchestration.alerting.book import Alert
from shopwright.orchestration.alerting.cause import DELIVERY_MISSING, Cause

LOOK_BACK_DAYS = 28
FEWEST_DELIVERIES = 7
"""That came within a week, before the history tells what is usual."""
_SATURDAY = 5


@dataclass(frozen=True)
class Expectation:
    """On which weekdays there is a delivery, 0 for Monday, and how many days later it is due."""

    weekdays: frozenset[int]
    days_later: int = 1


def find(
    connection: Connection, workspace: Workspace, alerts: Iterable[Alert], now: datetime
) -> Iterator[Cause]:
    """A cause for each gap in the days that should have been delivered by now."""
    settings = workspace.settings.alerts
    local = now.astimezone(ZoneInfo(workspace.settings.shop.timezone))
    came = _came(connection, local.tzinfo)
    expected = expectation(settings.expect_deliveries, came, local.date())
    if expected is None or not came:
        return
    there = {day for day, _ in came} | _in_folder(workspace)
    first = max(min(there), local.date() - timedelta(days=LOOK_BACK_DAYS))
    missing = set(due_days(first, expected, settings.delivery_due, local)) - there
    for alert in alerts:
        if alert.state == "closed" or alert.cause.kind != DELIVERY_MISSING:
            continue
        named = set(days_named(alert.cause.delivery or "")) - there
        if alert.state == "open":  # however long ago: it is missing until it comes
            missing |= named
        elif named:
            missing -= named
            yield alert.cause
    for gap in gaps(sorted(missing), expected):
        yield _cause(gap, settings.delivery_due, expected)


def days_named(text: str) -> Iterator[date]:
    """The days of what a cause says of its delivery: one, or the first and last of some."""
    first, _, last = text.partition(" to ")
    if not first:
        return
    day, end = date.fromisoformat(first), date.fromisoformat(last or first)
    while day <= end:
        yield day
        day += timedelta(days=1)


def expectation(how: str, came: Sequence[tuple[date, date]], today: date) -> Expectation | None:
    """What is expected, or None. `came` are the days of deliveries and the days they came on.

    Of the history, a weekday counts if at least half of them had a delivery in the last four weeks.
    """
    if how == "never":
        return None
    if how != "auto":
        return Expectation(frozenset(range(_SATURDAY if how == "weekdays" else 7)))
    recent = {
        day: (on - day).days
        for day, on in came
        if 0 <= (today - day).days <= LOOK_BACK_DAYS and 0 <= (on - day).days <= 7
    }
    if len(recent) < FEWEST_DELIVERIES:
        return None
    first, last = min(recent), max(recent)
    all_days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weekdays = {
        number
        for number in range(7)
        if (of_kind := [day for day in all_days if day.weekday() == number])
        and 2 * sum(day in recent for day in of_kind) >= len(of_kind)
    }
    return Expectation(frozenset(weekdays), max(1, round(median(recent.values()))))


def due_days(first: date, expected: Expectation, due: str, local: datetime) -> Iterator[date]:
    """The days from the first on of which the delivery should be there by now."""
    at = time.fromisoformat(due)
    day = first
    while local >= datetime.combine(
        day + timedelta(days=expected.days_later), at, tzinfo=local.tzinfo
    ):
        if day.weekday() in expected.weekdays:
            yield day
        day += timedelta(days=1)


def gaps(missing: Sequence[date], expected: Expectation) -> list[list[date]]:
    """Missing days, those together between which none was expected."""
    found: list[list[date]] = []
    for day in missing:
        if found and not any(
            between.weekday() in expected.weekdays for between in _days_between(found[-1][-1], day)
        ):
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _days_between(first: date, last: date) -> Iterator[date]:
    for number in range(1, (last - first).days):
        yield first + timedelta(days=number)


def _came(connection: Connection, zone: object) -> list[tuple[date, date]]:
    """The days of the deliveries published, and the days on which they first were."""
    rows = connection.execute(
        "select delivery_date, min(published_at) from ops.deliveries group by delivery_date"
        " order by delivery_date desc limit 400"
    ).fetchall()
    return [(day, at.astimezone(zone).date()) for day, at in rows]


def _in_folder(workspace: Workspace) -> set[date]:
    """Days whose delivery is there, published or not. What cannot be read is told by the run."""
    try:
        readable, refused = readable_deliveries(workspace.deliveries)
    except ShopwrightError:
        return set()
    return {one.delivery_date for one in readable} | set(_days_of_names(refused))


def _days_of_names(names: Iterable[str]) -> Iterator[date]:
    for name in names:
        try:
            yield date.fromisoformat(name[:10])
        except ValueError:
            continue


def _cause(gap: list[date], due: str, expected: Expectation) -> Cause:
    first, last = gap[0], gap[-1]
    when = "the next day" if expected.days_later == 1 else f"{expected.days_later} days later"
    if first == last:
        said = f"The delivery of {first} has not come; it was due at {due} {when}."
    else:
        said = f"{len(gap)} deliveries have not come, of {first} to {last}; each was due at {due} "
        said += f"{when}."
    return Cause(
        DELIVERY_MISSING,
        f"{said} The figures of that time are not in the warehouse. Have it delivered; if none "
        "will come, `shopwright alerts dismiss NUMBER`.",
        show="shopwright status",
        mend="shopwright run",
        detail=str(first),
        delivery=str(first) if first == last else f"{first} to {last}",
    )
