"""Orders by where they stand; and the reader sees how many rows are set aside, not what they hold."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "agg_daily_order_status",
        sa.Column(
            "business_date", sa.Date(), nullable=False, comment="The day the order was placed"
        ),
        sa.Column("payment_method", sa.Text(), nullable=False, comment="How it was paid"),
        sa.Column("status", sa.Text(), nullable=False, comment="Where the order stands now"),
        sa.Column(
            "order_count",
            sa.BigInteger(),
            nullable=False,
            comment="Orders placed, the cancelled ones too",
        ),
        sa.PrimaryKeyConstraint(
            "business_date",
            "payment_method",
            "status",
            name=op.f("agg_daily_order_status_pkey"),
        ),
        schema="warehouse",
        comment="One row per business date, payment method and status: orders placed",
    )
    # what is published already: a run adds only what it touches
    op.execute(
        """
        insert into warehouse.agg_daily_order_status
        select transactions.business_date, coalesce(methods.payment_method_name, 'Unknown'),
            transactions.status, count(*)
        from production.transactions as transactions
        left join production.payment_methods as methods using (payment_method_id)
        where transactions.transaction_type = 'sale'
        group by 1, 2, 3
        """
    )
    op.execute(
        """
        create view quality.open_rejections as
        select rejected.table_name, rules.rule_name, rejected.status, deliveries.delivery_date,
            count(*) as row_count
        from quality.rejected_rows as rejected
        cross join lateral unnest(rejected.broken_rules) as rules (rule_name)
        inner join ops.files as files on rejected.file_id = files.file_id
        inner join ops.deliveries as deliveries on files.delivery_key = deliveries.delivery_key
        where rejected.status in ('rejected', 'waiting')
        group by rejected.table_name, rules.rule_name, rejected.status, deliveries.delivery_date
        """
    )
    op.execute(
        "comment on view quality.open_rejections is 'One row per table, rule, status and day"
        " delivered for: rows that are still set aside, without what they hold'"
    )
