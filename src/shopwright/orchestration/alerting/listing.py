"""The alerts on record, for people: what is open, and what was."""

from dataclasses import dataclass
from datetime import datetime

from shopwright.config.errors import ShopwrightError
from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate


class NoSuchAlert(ShopwrightError):
    """There is no open alert of that number."""

    exit_code = 2


@dataclass(frozen=True)
class Listed:
    """An alert as lists show it. `unsent` messages are still to be sent; `problem` is why."""

    number: int
    cause: str
    state: str
    message: str
    opened_at: datetime
    closed_at: datetime | None
    run_id: int | None
    delivery: str | None
    rows: int | None
    show: str
    mend: str
    unsent: int
    problem: str | None


def listed(database: Database, *, closed: bool = False) -> list[Listed]:
    """Open alerts, the oldest first, and with `closed` the others too."""
    migrate(database)
    with database.connect() as connection:
        return [
            Listed(*row)
            for row in connection.execute(
                """
                select alert_id, cause, state, message, opened_at, closed_at, run_id,
                    delivery_name, row_count, show_command, mend_command,
                    count(notification_id) filter (where sent_at is null),
                    max(problem) filter (where sent_at is null)
                from ops.alerts
                left join ops.notifications using (alert_id)
                where state = 'open' or %s
                group by alert_id
                order by alert_id
                """,
                [closed],
            )
        ]


def dismiss(database: Database, number: int) -> str:
    """Gives an open alert up and says what it was. Raises NoSuchAlert."""
    migrate(database)
    with database.connect(autocommit=True) as connection:
        found = connection.execute(
            "update ops.alerts set state = 'dismissed' where alert_id = %s and state = 'open'"
            " returning cause",
            [number],
        ).fetchone()
    if found is None:
        raise NoSuchAlert(
            f"There is no open alert {number}.", "`shopwright alerts list` has those there are."
        )
    return str(found[0])
