"""Age groups are of the date of birth where none is delivered, and the comments say so."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("customers", "customer_history"):
        op.alter_column(
            table,
            "age_group",
            comment="Age group as delivered, else by the date of birth when this state began",
            existing_comment="Age group, where the shop keeps one",
            schema="production",
        )
