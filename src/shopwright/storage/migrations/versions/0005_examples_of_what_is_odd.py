"""What a rule that looks at many rows together has found: which days, which orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "rule_results",
        sa.Column(
            "examples",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Some of what was found, by a rule that looks at many rows together",
        ),
        schema="quality",
    )
