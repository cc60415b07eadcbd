"""The book of alerts: what is open, who is to be told of what, and how a new look changes both.

Pure: given what was open, what is found now and what time it is. Where the book is kept is another
matter: see `database_book` and `file_book`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shopwright.config import AlertSettings
from shopwright.orchestration.alerting.cause import Cause

State = Literal["open", "dismissed", "closed"]
Word = Literal["opened", "repeated", "closed"]


@dataclass
class Alert:
    """A cause from when it was noticed until it is over. `told` are the channels that were tried.

    `alert_id` is None until it is kept in the database.
    """

    cause: Cause
    opened_at: datetime
    last_seen_at: datetime
    state: State = "open"
    last_notified_at: datetime | None = None
    closed_at: datetime | None = None
    alert_id: int | None = None
    told: set[str] = field(default_factory=set)


@dataclass
class Notice:
    """A message about an alert to one channel; it is sent once it is due, and tried until then."""

    alert: Alert
    word: Word
    channel: str
    created_at: datetime
    due_at: datetime
    attempt_count: int = 0
    sent_at: datetime | None = None
    problem: str | None = None
    notification_id: int | None = None


@dataclass
class Book:
    """The alerts that are not over, or that somebody is still to be told of; and those notices."""

    alerts: list[Alert] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def open_causes(self) -> list[Cause]:
        """The causes of the alerts that are not over."""
        return [one.cause for one in self.alerts if one.state != "closed"]

    def unsent(self) -> list[Notice]:
        """Notices that no service has taken yet, in order."""
        return [one for one in self.notices if one.sent_at is None]


@dataclass(frozen=True)
class Manner:
    """How people want to be told: over which channels, how often, and when not."""

    channels: Sequence[str]
    settings: AlertSettings
    timezone: str = "UTC"

    def due_at(self, now: datetime) -> datetime:
        """Now, or when the quiet hours end that it falls into."""
        if self.settings.quiet_hours is None:
            return now
        begin, end = self.settings.quiet_hours.split("-")
        local = now.astimezone(ZoneInfo(self.timezone))
        clock = f"{local:%H:%M}"
        is_quiet = begin <= clock < end if begin <= end else not end <= clock < begin
        if not is_quiet:
            return now
        hour, minute = map(int, end.split(":"))
        ends = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (ends if clock < end else ends + timedelta(days=1)).astimezone(now.tzinfo)


def revise(book: Book, found: Iterable[Cause], manner: Manner, now: datetime) -> None:
    """Brings the book up to what is found now: opens, closes and repeats alerts.

    An alert opens when its cause is found first, and closes when it is found no more; who was told
    of the one is told of the other. What was over before anybody was told is not told at all.
    """
    by_key = {cause.key: cause for cause in found}
    for alert in [one for one in book.alerts if one.state != "closed"]:
        if cause := by_key.pop(alert.cause.key, None):
            _see_again(book, alert, cause, manner, now)
        else:
            _close(book, alert, manner, now)
    for cause in by_key.values():
        alert = Alert(cause, opened_at=now, last_seen_at=now)
        book.alerts.append(alert)
        _tell(book, alert, "opened", manner.channels, manner, now)


def _see_again(book: Book, alert: Alert, cause: Cause, manner: Manner, now: datetime) -> None:
    alert.cause = cause
    alert.last_seen_at = now
    hours = manner.settings.repeat_hours
    if alert.state == "dismissed" or not hours:
        return
    last = alert.last_notified_at
    if last is None:  # there was nobody to tell when it opened
        _tell(book, alert, "opened", manner.channels, manner, now)
    elif now - last >= timedelta(hours=hours) and not _is_waiting(book, alert):
        _tell(book, alert, "repeated", manner.channels, manner, now)


def _is_waiting(book: Book, alert: Alert) -> bool:
    """Whether something of it is unsent: that is to arrive before it is said again."""
    return any(one.alert is alert for one in book.unsent())


def _close(book: Book, alert: Alert, manner: Manner, now: datetime) -> None:
    is_dismissed = alert.state == "dismissed"
    alert.state, alert.closed_at = "closed", now
    book.notices = [
        one
        for one in book.notices
        if one.alert is not alert or one.sent_at or (one.attempt_count and one.word == "opened")
    ]
    if not is_dismissed:
        known = [one for one in manner.channels if one in alert.told]
        _tell(book, alert, "closed", known, manner, now)


def _tell(
    book: Book, alert: Alert, word: Word, channels: Sequence[str], manner: Manner, now: datetime
) -> None:
    due = manner.due_at(now)
    book.notices += [Notice(alert, word, channel, now, due) for channel in channels]
    if channels:
        alert.last_notified_at = due
