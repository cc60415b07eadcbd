"""A back-fill is a command of its own, and the comment says so."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.alter_column(
        "runs",
        "command",
        comment="What was asked for: run, back-fill, retry, rebuild",
        existing_comment="What was asked for: run, retry, rebuild",
        schema="ops",
    )
