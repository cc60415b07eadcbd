"""The book of alerts in `ops.alerts` and `ops.notifications`."""

from psycopg import Connection

from shopwright.orchestration.alerting.book import Alert, Book, Notice
from shopwright.orchestration.alerting.cause import Cause

_COLUMNS = (
    "alert_id, cause, kind, state, message, show_command, mend_command, run_id, delivery_name,"
    " row_count, opened_at, last_seen_at, last_notified_at, closed_at"
)


def load(connection: Connection) -> Book:
    """What is open, and what is still to be sent."""
    alerts = {
        row[0]: _alert(row)
        for row in connection.execute(
            f"select {_COLUMNS}, (select array_agg(distinct channel) from ops.notifications"
            "  where notifications.alert_id = alerts.alert_id and attempt_count > 0)"
            " from ops.alerts where state <> 'closed' or alert_id in"
            " (select alert_id from ops.notifications where sent_at is null) order by alert_id"
        )
    }
    notices = [
        Notice(
            alerts[alert_id],
            word,
            channel,
            created_at,
            due_at,
            attempt_count,
            None,
            problem,
            number,
        )
        for number, alert_id, word, channel, created_at, due_at, attempt_count, problem in (
            connection.execute(
                "select notification_id, alert_id, notice, channel, created_at, due_at,"
                " attempt_count, problem from ops.notifications where sent_at is null"
                " order by notification_id"
            )
        )
    ]
    return Book(list(alerts.values()), notices)


def _alert(row: tuple[object, ...]) -> Alert:
    (number, key, kind, state, message, show, mend, run_id, delivery, rows, *moments, told) = row
    detail = str(key).removeprefix(str(kind)).removeprefix(": ")
    cause = Cause(str(kind), str(message), str(show), str(mend), detail, run_id, delivery, rows)  # type: ignore[arg-type]
    opened_at, last_seen_at, last_notified_at, closed_at = moments
    return Alert(
        cause, opened_at, last_seen_at, state, last_notified_at, closed_at, number,  # type: ignore[arg-type]
        set(told or ()),  # type: ignore[call-overload]
    )  # fmt: skip


def save(connection: Connection, book: Book) -> None:
    """Writes the book back; notices that it no longer holds are dropped unsent."""
    for alert in book.alerts:
        _save_alert(connection, alert)
    kept = [one.notification_id for one in book.notices if one.notification_id is not None]
    connection.execute(
        "delete from ops.notifications where sent_at is null and notification_id <> all(%s)",
        [kept],
    )
    for notice in book.notices:
        if notice.notification_id is None:
            _add_notice(connection, notice)


def _save_alert(connection: Connection, alert: Alert) -> None:
    cause = alert.cause
    values = {
        "cause": cause.key,
        "kind": cause.kind,
        "state": alert.state,
        "message": cause.message,
        "show_command": cause.show,
        "mend_command": cause.mend,
        "run_id": cause.run_id,
        "delivery_name": cause.delivery,
        "row_count": cause.rows,
        "opened_at": alert.opened_at,
        "last_seen_at": alert.last_seen_at,
        "last_notified_at": alert.last_notified_at,
        "closed_at": alert.closed_at,
    }
    if alert.alert_id is None:
        made = connection.execute(
            f"insert into ops.alerts ({', '.join(values)})"
            f" values ({', '.join(f'%({name})s' for name in values)}) returning alert_id",
            values,
        ).fetchone()
        assert made is not None
        alert.alert_id = made[0]
    else:
        connection.execute(
            f"update ops.alerts set {', '.join(f'{name} = %({name})s' for name in values)}"
            " where alert_id = %(alert_id)s",
            {**values, "alert_id": alert.alert_id},
        )


def _add_notice(connection: Connection, notice: Notice) -> None:
    made = connection.execute(
        "insert into ops.notifications (alert_id, notice, channel, created_at, due_at,"
        " attempt_count, sent_at, problem) values (%s, %s, %s, %s, %s, %s, %s, %s)"
        " returning notification_id",
        [
            notice.alert.alert_id, notice.word, notice.channel, notice.created_at, notice.due_at,
            notice.attempt_count, notice.sent_at, notice.problem,
        ],
    ).fetchone()  # fmt: skip
    assert made is not None
    notice.notification_id = made[0]


def record_attempt(connection: Connection, notice: Notice) -> None:
    """Keeps how an attempt to send went."""
    connection.execute(
        "update ops.notifications set attempt_count = %s, sent_at = %s, problem = %s"
        " where notification_id = %s",
        [notice.attempt_count, notice.sent_at, notice.problem, notice.notification_id],
    )
