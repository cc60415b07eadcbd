"""Which errors pass by themselves, so that a run is tried again, and how long to wait for that."""

import psycopg

from shopwright.orchestration.record import RunInProgress
from shopwright.storage.database import DatabaseUnreachable
from shopwright.storage.server_errors import EmbeddedServerFailed

ATTEMPTS = 6
FIRST_WAIT = 15.0
"""Seconds before the second attempt; each further wait is twice as long: 7.75 minutes in all."""

_PASSING = (RunInProgress, DatabaseUnreachable, EmbeddedServerFailed, psycopg.OperationalError)


def passes(error: BaseException) -> bool:
    """Whether the same run may go well in a moment: another run holds the lock, or the server is
    out of reach or restarts.

    Not so a claim, a rule, a setting or a delivery: they are the same at the next attempt. Nor a
    full disk, which somebody has to free.
    """
    return isinstance(error, _PASSING) and not isinstance(error, psycopg.errors.DiskFull)


def wait_before(attempt: int) -> float | None:
    """Seconds to wait before an attempt, the second one being 2; None when they are used up."""
    return FIRST_WAIT * 2 ** (attempt - 2) if attempt <= ATTEMPTS else None
