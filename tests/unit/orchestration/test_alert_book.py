"""The book of alerts: who is told of what, and when, whatever is found."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopwright.config import AlertSettings
from shopwright.orchestration.alerting.book import Book, Manner, Notice, revise
from shopwright.orchestration.alerting.cause import Cause

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
CHANNELS = ("mail 1", "hook 2")


def cause(detail: str = "", message: str = "It broke.") -> Cause:
    return Cause("run failed", message, "shopwright logs 1", "shopwright run", detail)


def manner(**settings: object) -> Manner:
    return Manner(CHANNELS[:1], AlertSettings.model_validate(settings))


def send(book: Book, now: datetime) -> list[tuple[str, str, str]]:
    """What goes out at that moment over channels that work."""
    due = [one for one in book.unsent() if one.due_at <= now]
    for notice in due:
        notice.attempt_count, notice.sent_at = 1, now
        notice.alert.told.add(notice.channel)
    return [told(one) for one in due]


def told(notice: Notice) -> tuple[str, str, str]:
    return notice.word, notice.alert.cause.key, notice.channel


def hours_of(
    found: Sequence[Sequence[Cause]], how: Manner, start: datetime = START
) -> Iterator[list[str]]:
    """What goes out, hour by hour, where these causes are found."""
    book = Book()
    for number, causes in enumerate(found):
        now = start + timedelta(hours=number)
        revise(book, causes, how, now)
        yield [f"{word} {key}" for word, key, _ in send(book, now)]


def test_an_alert_is_told_when_it_opens_and_when_it_closes_and_not_between() -> None:
    a, b = cause("A"), cause("B")
    assert list(hours_of([[], [a], [a, b], [a, b], [b], []], manner(repeat_hours=0))) == [
        [], ["opened run failed: A"], ["opened run failed: B"], [],
        ["closed run failed: A"], ["closed run failed: B"],
    ]  # fmt: skip


def test_what_comes_back_is_another_alert() -> None:
    a = cause()
    found = list(hours_of([[a], [], [a], []], manner()))
    assert found == [["opened run failed"], ["closed run failed"]] * 2


def test_what_goes_on_is_repeated_at_the_interval() -> None:
    a = cause()
    found = list(hours_of([[a]] * 8, manner(repeat_hours=3)))
    assert [len(one) for one in found] == [1, 0, 0, 1, 0, 0, 1, 0]
    assert found[3] == ["repeated run failed"]


def test_in_quiet_hours_nothing_is_sent_and_what_is_over_by_then_is_not_told() -> None:
    a, b = cause("A"), cause("B")
    start = datetime(2024, 5, 1, 23, tzinfo=UTC)
    how = manner(quiet_hours="22:00-03:00", repeat_hours=0)
    found = list(hours_of([[a], [a, b], [b], [b], [b], [b]], how, start))
    assert found == [[], [], [], [], ["opened run failed: B"], []]


def test_a_recovery_in_quiet_hours_is_told_after_them() -> None:
    a = cause()
    start = datetime(2024, 5, 1, 21, tzinfo=UTC)
    how = manner(quiet_hours="22:00-00:00", repeat_hours=0)
    assert list(hours_of([[a], [], [], []], how, start)) == [
        ["opened run failed"], [], [], ["closed run failed"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "at", "due"),
    [
        ("22:00-07:00", "2024-05-01 21:59", "2024-05-01 21:59"),
        ("22:00-07:00", "2024-05-01 22:00", "2024-05-02 07:00"),
        ("22:00-07:00", "2024-05-02 06:59", "2024-05-02 07:00"),
        ("22:00-07:00", "2024-05-02 07:00", "2024-05-02 07:00"),
        ("12:00-13:00", "2024-05-02 12:30", "2024-05-02 13:00"),
        ("12:00-13:00", "2024-05-02 13:00", "2024-05-02 13:00"),
        ("01:00-05:00", "2024-03-31 01:30", "2024-03-31 05:00"),  # the clock is put forward
    ],
)
def test_quiet_hours_are_of_the_shops_day(hours: str, at: str, due: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    how = Manner(CHANNELS, AlertSettings(quiet_hours=hours), zone.key)
    now = datetime.fromisoformat(at).replace(tzinfo=zone)
    assert how.due_at(now.astimezone(UTC)) == datetime.fromisoformat(due).replace(tzinfo=zone)


def test_what_could_not_be_sent_is_kept_and_sent_before_the_recovery() -> None:
    book, how = Book(), manner(repeat_hours=1)
    revise(book, [cause()], how, START)
    [notice] = book.unsent()
    notice.attempt_count, notice.problem = 1, "refused"
    notice.alert.told.add(notice.channel)
    revise(book, [cause()], how, START + timedelta(hours=2))
    assert book.unsent() == [notice]  # no repetition of what nobody has heard
    revise(book, [], how, START + timedelta(hours=3))
    assert [word for word, _, _ in send(book, START + timedelta(hours=3))] == ["opened", "closed"]


def test_a_dismissed_alert_is_not_told_again_not_even_when_it_is_over() -> None:
    book, how = Book(), manner(repeat_hours=1)
    revise(book, [cause()], how, START)
    send(book, START)
    book.alerts[0].state = "dismissed"
    revise(book, [cause()], how, START + timedelta(hours=5))
    revise(book, [], how, START + timedelta(hours=6))
    assert book.unsent() == []
    assert book.alerts[0].state == "closed"


def test_an_open_alert_is_told_once_there_is_somebody_to_tell() -> None:
    book = Book()
    revise(book, [cause()], Manner((), AlertSettings()), START)
    assert book.unsent() == []
    revise(book, [cause()], manner(), START + timedelta(hours=1))
    assert [one.word for one in book.unsent()] == ["opened"]


@given(
    st.lists(st.sets(st.sampled_from("ABC")), max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
    st.sampled_from([None, "22:00-07:00", "06:00-21:00"]),
)
def test_whatever_happens_each_alert_is_told_once_and_over_once(
    found: list[set[str]], works: list[bool], quiet: str | None
) -> None:
    """Over two channels, of which the second does not always work."""
    book, sent = Book(), []
    how = Manner(CHANNELS, AlertSettings(repeat_hours=0, quiet_hours=quiet))
    for number, (details, working) in enumerate(zip([*found, set()], [*works, True], strict=False)):
        now = START + timedelta(hours=3 * number)
        revise(book, [cause(one) for one in sorted(details)], how, now)
        open_now = [one.cause.detail for one in book.alerts if one.state == "open"]
        assert sorted(open_now) == sorted(details)
        failed = set()
        for notice in book.unsent():
            if notice.due_at <= now and notice.channel not in failed:
                notice.attempt_count += 1
                notice.alert.told.add(notice.channel)
                if notice.channel == CHANNELS[0] or working:
                    notice.sent_at = now
                    sent.append(notice)
                else:
                    failed.add(notice.channel)
    send_later = START + timedelta(days=9)
    sent += [one for one in book.unsent() if one.due_at <= send_later]
    for alert in book.alerts:
        for channel in CHANNELS:
            words = [one.word for one in sent if one.alert is alert and one.channel == channel]
            assert words in ([], ["opened"], ["opened", "closed"])
            if words and alert.state == "closed":
                assert words == ["opened", "closed"]
