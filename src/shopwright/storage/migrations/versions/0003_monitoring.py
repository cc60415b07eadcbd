"""What is known of each run, the alerts and their notifications, and how much is set aside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_RUN_COLUMNS = (
    ("started_by", sa.Text(), "What started it, such as command line, schedule or sensor"),
    ("server_version", sa.Text(), "Version of PostgreSQL"),
    ("python_version", sa.Text(), "Version of Python"),
    ("peak_memory_bytes", sa.BigInteger(), "Most memory of its process, PostgreSQL's aside"),
    ("error_kind", sa.Text(), "Name of the error, such as ClaimFailed"),
    ("error_row_count", sa.BigInteger(), "Rows that the error is about"),
    ("error_delivery_name", sa.Text(), "Delivery that the error is about"),
)


def upgrade() -> None:
    for name, kind, comment in _RUN_COLUMNS:
        op.add_column("runs", sa.Column(name, kind, nullable=True, comment=comment), schema="ops")
    _make_alerts()
    _make_notifications()
    # The rows themselves are personal; how many there are, readers may know.
    op.execute("""
        create view ops.open_rejections as
        select table_name, status, count(*) as row_count
        from quality.rejected_rows
        where status in ('rejected', 'waiting')
        group by table_name, status
    """)
    op.execute(
        "comment on view ops.open_rejections is"
        " 'One row per table and status: rows that are set aside now'"
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column(
            "alert_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the alert",
        ),
        _text("cause", "What it is about: one alert at a time"),
        _text("kind", "Kind of the cause, such as run failed or delivery missing"),
        _text("state", "open, dismissed (somebody knows of it) or closed (it is over)"),
        _text("message", "What happened"),
        _text("show_command", "The command that shows more"),
        _text("mend_command", "The command that mends it"),
        sa.Column("run_id", sa.BigInteger(), nullable=True, comment="Run, if any"),
        sa.Column(
            "delivery_name",
            sa.Text(),
            nullable=True,
            comment="Delivery, if any, or the day it should speak for",
        ),
        sa.Column(
            "row_count",
            sa.BigInteger(),
            nullable=True,
            comment="Rows concerned, where they can be counted",
        ),
        _moment("opened_at", "When it was noticed", nullable=False),
        _moment("last_seen_at", "When it was found last", nullable=False),
        _moment("last_notified_at", "When somebody was to be told of it last"),
        _moment("closed_at", "When it was over"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("alerts_run_id_fkey"), ondelete="set null"
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("alerts_pkey")),
        sa.CheckConstraint(
            "state in ('open', 'dismissed', 'closed')", name=op.f("alerts_state_check")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null)", name=op.f("alerts_closed_check")
        ),
        schema="ops",
        comment="One row per cause that is, or was, something to look at",
    )
    op.create_index(
        "alerts_open_idx",
        "alerts",
        ["cause"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("state <> 'closed'"),
    )


def _make_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column(
            "notification_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number",
        ),
        sa.Column("alert_id", sa.BigInteger(), nullable=False, comment="Alert"),
        _text("notice", "opened, repeated or closed"),
        _text("channel", "Kind of service, and a digest that tells two of a kind apart"),
        _moment(
            "created_at", "When it became due, or would have but for quiet hours", nullable=False
        ),
        _moment("due_at", "Not to be sent before", nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False, comment="How often it was tried"),
        _moment("sent_at", "When the service took it; null: to be tried again"),
        sa.Column("problem", sa.Text(), nullable=True, comment="Why the last attempt failed"),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["ops.alerts.alert_id"], name=op.f("notifications_alert_id_fkey")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("notifications_pkey")),
        sa.CheckConstraint(
            "notice in ('opened', 'repeated', 'closed')", name=op.f("notifications_notice_check")
        ),
        schema="ops",
        comment="One row per message about an alert to one channel, sent or still to be sent",
    )
    op.create_index("notifications_alert_idx", "notifications", ["alert_id"], schema="ops")


def _text(name: str, comment: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _moment(name: str, comment: str, *, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable, comment=comment)
