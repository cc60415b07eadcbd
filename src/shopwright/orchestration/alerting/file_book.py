"""The book of alerts in a file of the workspace, for when it is the database that is down.

What stands in it moves to the database as soon as that answers again.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from shopwright.config.settings_file import replace_text
from shopwright.orchestration.alerting.book import Alert, Book, Notice
from shopwright.orchestration.alerting.cause import Cause


def load(file: Path) -> Book:
    """An empty book where there is no file, or where it was cut short."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        alerts = [_alert(one) for one in found["alerts"]]
        return Book(alerts, [_notice(one, alerts) for one in found["notices"]])
    except (FileNotFoundError, ValueError, KeyError, TypeError, IndexError):
        return Book()


def save(file: Path, book: Book) -> None:
    """Writes the book, whole or not at all."""
    alerts = [
        asdict(one) | {"told": sorted(one.told), "cause": asdict(one.cause)} for one in book.alerts
    ]
    numbers = {id(one): number for number, one in enumerate(book.alerts)}
    notices = [
        {
            "alert": numbers[id(one.alert)],
            "word": one.word,
            "channel": one.channel,
            "created_at": one.created_at,
            "due_at": one.due_at,
            "attempt_count": one.attempt_count,
            "sent_at": one.sent_at,
            "problem": one.problem,
        }
        for one in book.notices
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(
        file,
        json.dumps({"alerts": alerts, "notices": notices}, default=datetime.isoformat, indent=1),
    )


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _alert(found: dict[str, Any]) -> Alert:
    moments = {
        name: _moment(found[name])
        for name in ("opened_at", "last_seen_at", "last_notified_at", "closed_at")
    }
    given = {**found, **moments, "cause": Cause(**found["cause"]), "told": set(found["told"])}
    return Alert(**given)


def _notice(found: dict[str, Any], alerts: list[Alert]) -> Notice:
    moments = {name: _moment(found[name]) for name in ("created_at", "due_at", "sent_at")}
    return Notice(**{**found, **moments, "alert": alerts[found["alert"]]})


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
