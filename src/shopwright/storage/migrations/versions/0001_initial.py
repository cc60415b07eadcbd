"""The schemas production, warehouse, quality and ops, and the members with key 0."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    for schema in ("production", "warehouse", "quality", "ops"):
        op.execute(f"create schema if not exists {schema}")
    op.create_table(
        "overtaken_states",
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column(
            "key_hash",
            sa.BigInteger(),
            nullable=False,
            comment="Hash of the business key, which may be personal",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When the state began",
        ),
        sa.Column("state_hash", sa.BigInteger(), nullable=False, comment="Hash of what it said"),
        sa.Column(
            "delivery_key", sa.BigInteger(), nullable=False, comment="Delivery that brought it"
        ),
        sa.PrimaryKeyConstraint(
            "table_name", "key_hash", "updated_at", "state_hash", name=op.f("overtaken_states_pkey")
        ),
        schema="ops",
        comment="One row per accepted state that a newer one has overtaken, known if it returns",
    )
    op.create_table(
        "runs",
        sa.Column(
            "run_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the run",
        ),
        sa.Column(
            "started_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it started",
        ),
        sa.Column(
            "finished_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it ended; null while it runs or where it was killed",
        ),
        sa.Column(
            "outcome",
            sa.Text(),
            nullable=False,
            comment="running, published, nothing to do, failed or interrupted",
        ),
        sa.Column(
            "command", sa.Text(), nullable=False, comment="What was asked for: run, retry, rebuild"
        ),
        sa.Column("version", sa.Text(), nullable=False, comment="Version of Shopwright"),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong"),
        sa.CheckConstraint(
            "outcome in ('running', 'published', 'nothing to do', 'failed', 'interrupted')",
            name=op.f("runs_outcome_check"),
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("runs_pkey")),
        schema="ops",
        comment="One row per run",
    )
    op.create_table(
        "brands",
        sa.Column(
            "brand_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the brand",
        ),
        sa.Column("brand_name", sa.Text(), nullable=False, comment="Name of the brand"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("brands_pkey")),
        sa.UniqueConstraint("brand_name", name=op.f("brands_brand_name_key")),
        schema="production",
        comment="One row per brand",
    )
    op.create_table(
        "categories",
        sa.Column(
            "category_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the category",
        ),
        sa.Column("category_name", sa.Text(), nullable=False, comment="Name of the category"),
        sa.PrimaryKeyConstraint("category_id", name=op.f("categories_pkey")),
        sa.UniqueConstraint("category_name", name=op.f("categories_category_name_key")),
        schema="production",
        comment="One row per product category",
    )
    op.create_table(
        "locations",
        sa.Column(
            "location_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the place",
        ),
        sa.Column(
            "country",
            sa.Text(),
            nullable=False,
            comment="Country; empty where the source names none",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="State, province or region; empty where the source names none",
        ),
        sa.Column(
            "city", sa.Text(), nullable=False, comment="City; empty where the source names none"
        ),
        sa.Column(
            "postal_code",
            sa.Text(),
            nullable=False,
            comment="Postal code as text; empty where the source names none",
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("locations_pkey")),
        sa.UniqueConstraint(
            "country",
            "state",
            "city",
            "postal_code",
            name=op.f("locations_country_state_city_postal_code_key"),
        ),
        schema="production",
        comment="One row per place that a customer lives at or an order was sent to",
    )
    op.create_table(
        "payment_methods",
        sa.Column(
            "payment_method_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the method",
        ),
        sa.Column(
            "payment_method_name",
            sa.Text(),
            nullable=False,
            comment="Name of the method as the shop writes it",
        ),
        sa.PrimaryKeyConstraint("payment_method_id", name=op.f("payment_methods_pkey")),
        sa.UniqueConstraint(
            "payment_method_name", name=op.f("payment_methods_payment_method_name_key")
        ),
        schema="production",
        comment="One row per way to pay",
    )
    op.create_table(
        "suppliers",
        sa.Column(
            "supplier_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the supplier",
        ),
        sa.Column("supplier_name", sa.Text(), nullable=False, comment="Name of the supplier"),
        sa.PrimaryKeyConstraint("supplier_id", name=op.f("suppliers_pkey")),
        sa.UniqueConstraint("supplier_name", name=op.f("suppliers_supplier_name_key")),
        schema="production",
        comment="One row per supplier",
    )
    op.create_table(
        "forgotten_customers",
        sa.Column(
            "pseudonym",
            sa.Text(),
            nullable=False,
            comment="What stands in place of customer_id since: a salted hash of it",
        ),
        sa.Column(
            "salt",
            sa.Text(),
            nullable=False,
            comment="Random, the same in every row: a run hashes each customer_id once",
        ),
        sa.Column(
            "forgotten_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was asked for last",
        ),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("forgotten_customers_pkey")),
        schema="quality",
        comment="One row per customer who was forgotten: later rows become the pseudonym's",
    )
    op.create_table(
        "agg_category_month",
        sa.Column("month_start_date", sa.Date(), nullable=False, comment="First day of the month"),
        sa.Column(
            "category", sa.Text(), nullable=False, comment="Category at the time of the sale"
        ),
        sa.Column(
            "sub_category",
            sa.Text(),
            nullable=False,
            comment="Sub-category at the time of the sale",
        ),
        sa.Column(
            "order_count",
            sa.BigInteger(),
            nullable=False,
            comment="Sales that hold the sub-category",
        ),
        sa.Column(
            "return_count",
            sa.BigInteger(),
            nullable=False,
            comment="Returns that hold the sub-category",
        ),
        sa.Column(
            "item_count", sa.BigInteger(), nullable=False, comment="Lines of sales and returns"
        ),
        sa.Column(
            "unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units sold less units given back",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price of sales alone",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Discount less what returns took back of it",
        ),
        sa.Column(
            "refund_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of returns, as a positive amount",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of sales and returns",
        ),
        sa.Column(
            "cost_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Cost, where it is known",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Profit, where the cost is known",
        ),
        sa.PrimaryKeyConstraint(
            "month_start_date", "category", "sub_category", name=op.f("agg_category_month_pkey")
        ),
        schema="warehouse",
        comment="One row per month and sub-category",
    )
    op.create_table(
        "agg_cohort_retention",
        sa.Column(
            "cohort_month_date",
            sa.Date(),
            nullable=False,
            comment="First day of the month of the customers' first sale",
        ),
        sa.Column(
            "months_since_first",
            sa.Integer(),
            nullable=False,
            comment="0 for the month of the first sale itself",
        ),
        sa.Column(
            "customer_count",
            sa.BigInteger(),
            nullable=False,
            comment="Customers of the cohort with a sale in that month",
        ),
        sa.Column(
            "order_count", sa.BigInteger(), nullable=False, comment="Their sales in that month"
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of their sales and returns in that month",
        ),
        sa.PrimaryKeyConstraint(
            "cohort_month_date", "months_since_first", name=op.f("agg_cohort_retention_pkey")
        ),
        schema="warehouse",
        comment="One row per cohort of customers and month since their first sale",
    )
    op.create_table(
        "agg_customer_orders",
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the customer",
        ),
        sa.Column(
            "first_order_date",
            sa.Date(),
            nullable=True,
            comment="Day of the first sale; null where there were only returns",
        ),
        sa.Column("last_order_date", sa.Date(), nullable=True, comment="Day of the newest sale"),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Sales"),
        sa.Column("return_count", sa.BigInteger(), nullable=False, comment="Returns"),
        sa.Column(
            "item_count", sa.BigInteger(), nullable=False, comment="Lines of sales and returns"
        ),
        sa.Column(
            "unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units bought less units given back",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price of sales alone",
        ),
        sa.Column(
            "refund_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of returns, as a positive amount",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of sales and returns",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Profit, where the cost is known",
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("agg_customer_orders_pkey")),
        schema="warehouse",
        comment="One row per known customer with a sale or return",
    )
    op.create_table(
        "agg_customer_value",
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the customer",
        ),
        sa.Column("first_order_date", sa.Date(), nullable=False, comment="Day of the first sale"),
        sa.Column("last_order_date", sa.Date(), nullable=False, comment="Day of the newest sale"),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Frequency: sales"),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Monetary value: net of sales and returns",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Lifetime value: profit to date, where the cost is known",
        ),
        sa.Column(
            "average_order_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net divided by sales",
        ),
        sa.Column(
            "recency_score",
            sa.SmallInteger(),
            nullable=False,
            comment="5 for the fifth who bought last, 1 for the longest ago",
        ),
        sa.Column(
            "frequency_score",
            sa.SmallInteger(),
            nullable=False,
            comment="5 for the fifth who bought most often",
        ),
        sa.Column(
            "monetary_score",
            sa.SmallInteger(),
            nullable=False,
            comment="5 for the fifth who spent most",
        ),
        sa.Column(
            "value_segment",
            sa.Text(),
            nullable=False,
            comment="Segment by recency and frequency (RFM)",
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("agg_customer_value_pkey")),
        schema="warehouse",
        comment="One row per customer with a sale: recency, frequency, monetary value and segment",
    )
    op.create_table(
        "agg_daily_sales",
        sa.Column("business_date", sa.Date(), nullable=False, comment="The day"),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Sales"),
        sa.Column("return_count", sa.BigInteger(), nullable=False, comment="Returns"),
        sa.Column(
            "item_count", sa.BigInteger(), nullable=False, comment="Lines of sales and returns"
        ),
        sa.Column(
            "customer_count",
            sa.BigInteger(),
            nullable=False,
            comment="Known customers who bought or gave back",
        ),
        sa.Column(
            "unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units sold less units given back",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price of sales alone",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Discount less what returns took back of it",
        ),
        sa.Column(
            "refund_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of returns, as a positive amount",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of sales and returns",
        ),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Tax of sales and returns",
        ),
        sa.Column(
            "cost_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Cost, where it is known",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Profit, where the cost is known",
        ),
        sa.PrimaryKeyConstraint("business_date", name=op.f("agg_daily_sales_pkey")),
        schema="warehouse",
        comment="One row per business date with a sale or return",
    )
    op.create_table(
        "agg_hour_of_week",
        sa.Column("month_start_date", sa.Date(), nullable=False, comment="First day of the month"),
        sa.Column(
            "day_of_week",
            sa.SmallInteger(),
            nullable=False,
            comment="Weekday, 1 Monday to 7 Sunday",
        ),
        sa.Column(
            "hour_of_day",
            sa.SmallInteger(),
            nullable=False,
            comment="Hour in the shop's time zone, 0 to 23",
        ),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Sales"),
        sa.Column("item_count", sa.BigInteger(), nullable=False, comment="Lines of sales"),
        sa.Column(
            "net_amount", sa.Numeric(precision=24, scale=4), nullable=False, comment="Net of sales"
        ),
        sa.PrimaryKeyConstraint(
            "month_start_date", "day_of_week", "hour_of_day", name=op.f("agg_hour_of_week_pkey")
        ),
        schema="warehouse",
        comment="One row per month, weekday and hour with a sale",
    )
    op.create_table(
        "agg_payment_month",
        sa.Column("month_start_date", sa.Date(), nullable=False, comment="First day of the month"),
        sa.Column("payment_method", sa.Text(), nullable=False, comment="How it was paid"),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Sales"),
        sa.Column("return_count", sa.BigInteger(), nullable=False, comment="Returns"),
        sa.Column(
            "item_count", sa.BigInteger(), nullable=False, comment="Lines of sales and returns"
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price of sales alone",
        ),
        sa.Column(
            "refund_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of returns, as a positive amount",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of sales and returns",
        ),
        sa.PrimaryKeyConstraint(
            "month_start_date", "payment_method", name=op.f("agg_payment_month_pkey")
        ),
        schema="warehouse",
        comment="One row per month and payment method",
    )
    op.create_table(
        "agg_product_pairs",
        sa.Column("product_id", sa.Text(collation="C"), nullable=False, comment="One product"),
        sa.Column(
            "other_product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Another product, later in the alphabet",
        ),
        sa.Column("order_count", sa.BigInteger(), nullable=False, comment="Sales that hold both"),
        sa.CheckConstraint(
            "product_id < other_product_id", name=op.f("agg_product_pairs_order_check")
        ),
        sa.PrimaryKeyConstraint(
            "product_id", "other_product_id", name=op.f("agg_product_pairs_pkey")
        ),
        schema="warehouse",
        comment="One row per pair of products bought together, in sales of 2 to 20 products",
    )
    op.create_table(
        "agg_product_performance",
        sa.Column("month_start_date", sa.Date(), nullable=False, comment="First day of the month"),
        sa.Column(
            "product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the product",
        ),
        sa.Column(
            "order_count", sa.BigInteger(), nullable=False, comment="Sales that hold the product"
        ),
        sa.Column(
            "return_count", sa.BigInteger(), nullable=False, comment="Returns that hold the product"
        ),
        sa.Column(
            "item_count", sa.BigInteger(), nullable=False, comment="Lines of sales and returns"
        ),
        sa.Column(
            "unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units sold less units given back",
        ),
        sa.Column(
            "returned_unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units given back",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price of sales alone",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Discount less what returns took back of it",
        ),
        sa.Column(
            "refund_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of returns, as a positive amount",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of sales and returns",
        ),
        sa.Column(
            "cost_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Cost, where it is known",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Profit, where the cost is known",
        ),
        sa.PrimaryKeyConstraint(
            "month_start_date", "product_id", name=op.f("agg_product_performance_pkey")
        ),
        schema="warehouse",
        comment="One row per month and product",
    )
    op.create_table(
        "agg_value_fifths",
        sa.Column(
            "score",
            sa.SmallInteger(),
            autoincrement=False,
            nullable=False,
            comment="2 to 5; who exceeds none has 1",
        ),
        sa.Column(
            "last_order_date",
            sa.Date(),
            nullable=False,
            comment="Day that the newest sale must come after: recency",
        ),
        sa.Column(
            "order_count",
            sa.BigInteger(),
            nullable=False,
            comment="Sales that there must be more of: frequency",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net that must be exceeded: monetary value",
        ),
        sa.PrimaryKeyConstraint("score", name=op.f("agg_value_fifths_pkey")),
        schema="warehouse",
        comment="One row per score from 2 to 5: what a customer must exceed to get it",
    )
    op.create_table(
        "dim_customer",
        sa.Column(
            "customer_key",
            sa.Integer(),
            sa.Identity(always=False, start=1),
            nullable=False,
            comment="Surrogate key of the version; 0 is the guest",
        ),
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the customer",
        ),
        sa.Column(
            "segment",
            sa.Text(),
            nullable=False,
            comment="The shop's own customer segment, else Unknown",
        ),
        sa.Column("age_group", sa.Text(), nullable=False, comment="Age group, else Unknown"),
        sa.Column("gender", sa.Text(), nullable=False, comment="Gender, else Unknown"),
        sa.Column("city", sa.Text(), nullable=False, comment="City, else Unknown"),
        sa.Column("state", sa.Text(), nullable=False, comment="State, else Unknown"),
        sa.Column("country", sa.Text(), nullable=False, comment="Country, else Unknown"),
        sa.Column(
            "registration_date",
            sa.Date(),
            nullable=True,
            comment="Day on which the customer registered",
        ),
        sa.Column(
            "valid_from",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When the version began; the first reaches back to 1900",
        ),
        sa.Column(
            "valid_to",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When the next version began; the last reaches to 9999",
        ),
        sa.Column(
            "is_current", sa.Boolean(), nullable=False, comment="Whether this is the newest version"
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("dim_customer_interval_check")),
        sa.PrimaryKeyConstraint("customer_key", name=op.f("dim_customer_pkey")),
        sa.UniqueConstraint(
            "customer_id", "valid_from", name=op.f("dim_customer_customer_id_valid_from_key")
        ),
        schema="warehouse",
        comment="One row per version of a customer (slowly changing dimension, type 2)",
    )
    op.create_index(
        "dim_customer_current_idx",
        "dim_customer",
        ["customer_id"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "dim_date",
        sa.Column(
            "date_key",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The day as a number, 20240131",
        ),
        sa.Column("full_date", sa.Date(), nullable=False, comment="The day"),
        sa.Column("year", sa.SmallInteger(), nullable=False, comment="Calendar year"),
        sa.Column("quarter", sa.SmallInteger(), nullable=False, comment="Quarter, 1 to 4"),
        sa.Column("month", sa.SmallInteger(), nullable=False, comment="Month, 1 to 12"),
        sa.Column("month_name", sa.Text(), nullable=False, comment="English name of the month"),
        sa.Column("year_month", sa.Text(), nullable=False, comment="Year and month, 2024-01"),
        sa.Column("month_start_date", sa.Date(), nullable=False, comment="First day of the month"),
        sa.Column("iso_year", sa.SmallInteger(), nullable=False, comment="Year of the ISO week"),
        sa.Column("iso_week", sa.SmallInteger(), nullable=False, comment="ISO week, 1 to 53"),
        sa.Column("week_start_date", sa.Date(), nullable=False, comment="Monday of the ISO week"),
        sa.Column("day_of_month", sa.SmallInteger(), nullable=False, comment="Day, 1 to 31"),
        sa.Column(
            "day_of_week",
            sa.SmallInteger(),
            nullable=False,
            comment="Weekday, 1 Monday to 7 Sunday",
        ),
        sa.Column("day_name", sa.Text(), nullable=False, comment="English name of the weekday"),
        sa.Column("is_weekend", sa.Boolean(), nullable=False, comment="Saturday or Sunday"),
        sa.PrimaryKeyConstraint("date_key", name=op.f("dim_date_pkey")),
        sa.UniqueConstraint("full_date", name=op.f("dim_date_full_date_key")),
        schema="warehouse",
        comment="One row per day of every year in which there was a transaction",
    )
    op.create_table(
        "dim_payment_method",
        sa.Column(
            "payment_method_key",
            sa.Integer(),
            sa.Identity(always=False, start=1),
            nullable=False,
            comment="Surrogate key; 0 where the shop names no method",
        ),
        sa.Column("payment_method", sa.Text(), nullable=False, comment="How it was paid"),
        sa.PrimaryKeyConstraint("payment_method_key", name=op.f("dim_payment_method_pkey")),
        sa.UniqueConstraint("payment_method", name=op.f("dim_payment_method_payment_method_key")),
        schema="warehouse",
        comment="One row per way to pay",
    )
    op.create_table(
        "dim_product",
        sa.Column(
            "product_key",
            sa.Integer(),
            sa.Identity(always=False, start=1),
            nullable=False,
            comment="Surrogate key of the version; 0 is the unknown product",
        ),
        sa.Column(
            "product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the product",
        ),
        sa.Column("product_name", sa.Text(), nullable=False, comment="What the product is called"),
        sa.Column("category", sa.Text(), nullable=False, comment="Category, else Unknown"),
        sa.Column("sub_category", sa.Text(), nullable=False, comment="Sub-category, else Unknown"),
        sa.Column("brand", sa.Text(), nullable=False, comment="Brand, else Unknown"),
        sa.Column("supplier", sa.Text(), nullable=False, comment="Supplier, else Unknown"),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="List price of one unit",
        ),
        sa.Column(
            "unit_cost",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What one unit costs the shop",
        ),
        sa.Column(
            "is_active", sa.Boolean(), nullable=False, comment="Whether the product is on sale"
        ),
        sa.Column(
            "valid_from",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When the version began; the first reaches back to 1900",
        ),
        sa.Column(
            "valid_to",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When the next version began; the last reaches to 9999",
        ),
        sa.Column(
            "is_current", sa.Boolean(), nullable=False, comment="Whether this is the newest version"
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("dim_product_interval_check")),
        sa.PrimaryKeyConstraint("product_key", name=op.f("dim_product_pkey")),
        sa.UniqueConstraint(
            "product_id", "valid_from", name=op.f("dim_product_product_id_valid_from_key")
        ),
        schema="warehouse",
        comment="One row per version of a product (slowly changing dimension, type 2)",
    )
    op.create_index(
        "dim_product_current_idx",
        "dim_product",
        ["product_id"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "deliveries",
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Date and revision, 20240131001: a later delivery supersedes an earlier",
        ),
        sa.Column("delivery_name", sa.Text(), nullable=False, comment="Name of the folder"),
        sa.Column(
            "delivery_date", sa.Date(), nullable=False, comment="Day that the delivery speaks for"
        ),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="1 for the first delivery of the day, 2 for the next",
        ),
        sa.Column(
            "content_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 over the files: the same content is not read twice",
        ),
        sa.Column(
            "declaration",
            sa.Text(),
            nullable=False,
            comment="What delivery.toml said of the files, as JSON, or empty",
        ),
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run that published it"),
        sa.Column(
            "published_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was published",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("deliveries_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("delivery_key", name=op.f("deliveries_pkey")),
        schema="ops",
        comment="One row per published delivery; a corrected one is a delivery of its own",
    )
    op.create_table(
        "refused_deliveries",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column("delivery_name", sa.Text(), nullable=False, comment="Name of the folder"),
        sa.Column(
            "problem", sa.Text(), nullable=False, comment="Why it could not be read, and the mend"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("refused_deliveries_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("run_id", "delivery_name", name=op.f("refused_deliveries_pkey")),
        schema="ops",
        comment="One row per run and delivery that it could not read; the next run tries again",
    )
    op.create_table(
        "steps",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column(
            "step_number",
            sa.Integer(),
            nullable=False,
            comment="Order of the step within the run, from 1",
        ),
        sa.Column("step_name", sa.Text(), nullable=False, comment="Table or task"),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows written or found"),
        sa.Column("seconds", sa.Double(), nullable=False, comment="Duration"),
        sa.ForeignKeyConstraint(["run_id"], ["ops.runs.run_id"], name=op.f("steps_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "step_number", name=op.f("steps_pkey")),
        schema="ops",
        comment="One row per step of a run",
    )
    op.create_table(
        "customer_history",
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the customer",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "state_hash",
            sa.Uuid(),
            nullable=False,
            comment="MD5 of the state, so that a repeated one is kept once",
        ),
        sa.Column("first_name", sa.Text(), nullable=True, comment="Given name (personal)"),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Family name (personal)"),
        sa.Column("email", sa.Text(), nullable=True, comment="E-mail address (personal)"),
        sa.Column(
            "phone", sa.Text(), nullable=True, comment="Telephone number as written (personal)"
        ),
        sa.Column(
            "registration_date",
            sa.Date(),
            nullable=True,
            comment="Day on which the customer registered",
        ),
        sa.Column("birth_date", sa.Date(), nullable=True, comment="Date of birth (personal)"),
        sa.Column(
            "age_group", sa.Text(), nullable=True, comment="Age group, where the shop keeps one"
        ),
        sa.Column(
            "gender",
            sa.Text(),
            nullable=True,
            comment="Gender as the shop writes it, in lower case",
        ),
        sa.Column("segment", sa.Text(), nullable=True, comment="The shop's own customer segment"),
        sa.Column(
            "address", sa.Text(), nullable=True, comment="Street and house number (personal)"
        ),
        sa.Column(
            "location_id", sa.BigInteger(), nullable=True, comment="Where the customer lived"
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Newest delivery that brought this state",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["production.locations.location_id"],
            name=op.f("customer_history_location_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "customer_id", "updated_at", "state_hash", name=op.f("customer_history_pkey")
        ),
        schema="production",
        comment="One row per state of a customer that was ever received",
    )
    op.create_table(
        "customers",
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the customer",
        ),
        sa.Column("first_name", sa.Text(), nullable=True, comment="Given name (personal)"),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Family name (personal)"),
        sa.Column("email", sa.Text(), nullable=True, comment="E-mail address (personal)"),
        sa.Column(
            "phone", sa.Text(), nullable=True, comment="Telephone number as written (personal)"
        ),
        sa.Column(
            "registration_date",
            sa.Date(),
            nullable=True,
            comment="Day on which the customer registered",
        ),
        sa.Column("birth_date", sa.Date(), nullable=True, comment="Date of birth (personal)"),
        sa.Column(
            "age_group", sa.Text(), nullable=True, comment="Age group, where the shop keeps one"
        ),
        sa.Column(
            "gender",
            sa.Text(),
            nullable=True,
            comment="Gender as the shop writes it, in lower case",
        ),
        sa.Column("segment", sa.Text(), nullable=True, comment="The shop's own customer segment"),
        sa.Column(
            "address", sa.Text(), nullable=True, comment="Street and house number (personal)"
        ),
        sa.Column(
            "location_id", sa.BigInteger(), nullable=True, comment="Where the customer lives"
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Delivery that brought this state",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["production.locations.location_id"],
            name=op.f("customers_location_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("customers_pkey")),
        schema="production",
        comment="One row per customer, in the newest state known",
    )
    op.create_table(
        "sub_categories",
        sa.Column(
            "sub_category_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the sub-category",
        ),
        sa.Column(
            "category_id", sa.BigInteger(), nullable=False, comment="Category that it belongs to"
        ),
        sa.Column(
            "sub_category_name",
            sa.Text(),
            nullable=False,
            comment="Name; the category's own name where the shop does not subdivide the category",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["production.categories.category_id"],
            name=op.f("sub_categories_category_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("sub_category_id", name=op.f("sub_categories_pkey")),
        sa.UniqueConstraint(
            "category_id",
            "sub_category_name",
            name=op.f("sub_categories_category_id_sub_category_name_key"),
        ),
        schema="production",
        comment="One row per sub-category of a category",
    )
    op.create_table(
        "claim_results",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column("batch_number", sa.Integer(), nullable=False, comment="Batch of the run, from 1"),
        sa.Column("claim_name", sa.Text(), nullable=False, comment="The claim, a sentence"),
        sa.Column("holds", sa.Boolean(), nullable=False, comment="Whether it was true"),
        sa.Column(
            "row_count", sa.BigInteger(), nullable=False, comment="Rows that speak against it"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("claim_results_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "batch_number", "claim_name", name=op.f("claim_results_pkey")
        ),
        schema="quality",
        comment="One row per run, batch and claim that was examined before publishing",
    )
    op.create_table(
        "rule_results",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column("batch_number", sa.Integer(), nullable=False, comment="Batch of the run, from 1"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column("rule_name", sa.Text(), nullable=False, comment="Name of the rule"),
        sa.Column(
            "dimension",
            sa.Text(),
            nullable=False,
            comment="Dimension of quality that the rule belongs to",
        ),
        sa.Column("severity", sa.Text(), nullable=False, comment="reject, wait or warn"),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows that broke it"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("rule_results_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "batch_number", "table_name", "rule_name", name=op.f("rule_results_pkey")
        ),
        schema="quality",
        comment="One row per run, batch and rule that some row broke",
    )
    op.create_table(
        "fact_orders",
        sa.Column(
            "transaction_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Number of the order or return (degenerate dimension)",
        ),
        sa.Column("date_key", sa.Integer(), nullable=False, comment="Business date"),
        sa.Column(
            "customer_key",
            sa.Integer(),
            nullable=False,
            comment="Version of the customer at the time; 0 is a guest",
        ),
        sa.Column("payment_method_key", sa.Integer(), nullable=False, comment="How it was paid"),
        sa.Column(
            "hour_of_day",
            sa.SmallInteger(),
            nullable=False,
            comment="Hour in the shop's time zone, 0 to 23",
        ),
        sa.Column("is_return", sa.Boolean(), nullable=False, comment="Whether it is a return"),
        sa.Column("channel", sa.Text(), nullable=True, comment="Where it was ordered"),
        sa.Column("shipping_country", sa.Text(), nullable=True, comment="Country it was sent to"),
        sa.Column(
            "transaction_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was ordered or refunded",
        ),
        sa.Column("item_count", sa.Integer(), nullable=False, comment="Lines"),
        sa.Column(
            "unit_count",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Units; negative in a return",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Gross of its lines; negative in a return",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Discount of its lines; negative in a return",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net of its lines; negative in a return",
        ),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Tax of its lines; negative in a return",
        ),
        sa.Column(
            "cost_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=True,
            comment="Cost of its lines, where it is known",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=True,
            comment="Profit of its lines, where the cost is known",
        ),
        sa.Column(
            "shipping_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Shipping charged; 0 where the shop names none",
        ),
        sa.ForeignKeyConstraint(
            ["customer_key"],
            ["warehouse.dim_customer.customer_key"],
            name=op.f("fact_orders_customer_key_fkey"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["date_key"],
            ["warehouse.dim_date.date_key"],
            name=op.f("fact_orders_date_key_fkey"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_key"],
            ["warehouse.dim_payment_method.payment_method_key"],
            name=op.f("fact_orders_payment_method_key_fkey"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("fact_orders_pkey")),
        schema="warehouse",
        comment="One row per order or return with lines in fact_sales",
    )
    op.create_index(
        op.f("fact_orders_customer_key_idx"),
        "fact_orders",
        ["customer_key"],
        unique=False,
        schema="warehouse",
    )
    op.create_index(
        op.f("fact_orders_date_key_idx"),
        "fact_orders",
        ["date_key"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_sales",
        sa.Column(
            "item_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Number of the line (degenerate dimension)",
        ),
        sa.Column(
            "transaction_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Number of the order or return (degenerate dimension)",
        ),
        sa.Column("date_key", sa.Integer(), nullable=False, comment="Business date"),
        sa.Column(
            "customer_key",
            sa.Integer(),
            nullable=False,
            comment="Version of the customer at the time; 0 is a guest",
        ),
        sa.Column(
            "product_key",
            sa.Integer(),
            nullable=False,
            comment="Version of the product at the time",
        ),
        sa.Column("payment_method_key", sa.Integer(), nullable=False, comment="How it was paid"),
        sa.Column(
            "hour_of_day",
            sa.SmallInteger(),
            nullable=False,
            comment="Hour in the shop's time zone, 0 to 23",
        ),
        sa.Column(
            "is_return", sa.Boolean(), nullable=False, comment="Whether the line was given back"
        ),
        sa.Column("channel", sa.Text(), nullable=True, comment="Where it was ordered"),
        sa.Column("shipping_country", sa.Text(), nullable=True, comment="Country it was sent to"),
        sa.Column(
            "currency",
            sa.Text(),
            nullable=True,
            comment="Currency paid; null means the reporting currency",
        ),
        sa.Column(
            "exchange_rate",
            sa.Numeric(precision=18, scale=8),
            nullable=False,
            comment="Worth of one unit of the currency in reporting currency",
        ),
        sa.Column(
            "transaction_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was ordered or refunded",
        ),
        sa.Column(
            "quantity",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Units; negative in a return",
        ),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Price of one unit before discount",
        ),
        sa.Column(
            "gross_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Quantity times price; negative in a return",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Discount; negative in a return",
        ),
        sa.Column(
            "net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Gross less discount; negative in a return",
        ),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Tax; negative in a return",
        ),
        sa.Column(
            "cost_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=True,
            comment="Quantity times unit cost; null where it is unknown",
        ),
        sa.Column(
            "profit_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=True,
            comment="Net less cost; null where the cost is unknown",
        ),
        sa.Column(
            "original_net_amount",
            sa.Numeric(precision=24, scale=4),
            nullable=False,
            comment="Net in the currency paid",
        ),
        sa.ForeignKeyConstraint(
            ["customer_key"],
            ["warehouse.dim_customer.customer_key"],
            name=op.f("fact_sales_customer_key_fkey"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["date_key"],
            ["warehouse.dim_date.date_key"],
            name=op.f("fact_sales_date_key_fkey"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_key"],
            ["warehouse.dim_payment_method.payment_method_key"],
            name=op.f("fact_sales_payment_method_key_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["product_key"],
            ["warehouse.dim_product.product_key"],
            name=op.f("fact_sales_product_key_fkey"),
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("fact_sales_pkey")),
        schema="warehouse",
        comment="One row per line of a sale or return that was not cancelled",
    )
    op.create_index(
        op.f("fact_sales_customer_key_date_key_idx"),
        "fact_sales",
        ["customer_key", "date_key"],
        unique=False,
        schema="warehouse",
    )
    op.create_index(
        op.f("fact_sales_date_key_idx"),
        "fact_sales",
        ["date_key"],
        unique=False,
        schema="warehouse",
        postgresql_using="brin",
    )
    op.create_index(
        op.f("fact_sales_product_key_date_key_idx"),
        "fact_sales",
        ["product_key", "date_key"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "delivery_tables",
        sa.Column("delivery_key", sa.BigInteger(), nullable=False, comment="Delivery"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows delivered"),
        sa.Column("accepted_count", sa.BigInteger(), nullable=False, comment="Rows published"),
        sa.Column(
            "duplicate_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows that repeat another one",
        ),
        sa.Column(
            "rejected_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows set aside because of a rule",
        ),
        sa.Column(
            "waiting_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows set aside until what they refer to arrives",
        ),
        sa.Column(
            "malformed_count",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Lines that are no rows",
        ),
        sa.CheckConstraint(
            "row_count = accepted_count + duplicate_count + rejected_count + waiting_count + malformed_count",
            name=op.f("delivery_tables_every_row_accounted_for_check"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"],
            ["ops.deliveries.delivery_key"],
            name=op.f("delivery_tables_delivery_key_fkey"),
        ),
        sa.PrimaryKeyConstraint("delivery_key", "table_name", name=op.f("delivery_tables_pkey")),
        schema="ops",
        comment="One row per delivery and table: every row accounted for",
    )
    op.create_table(
        "files",
        sa.Column(
            "file_id",
            sa.Integer(),
            sa.Identity(always=False),
            nullable=False,
            comment="Number of the file",
        ),
        sa.Column("delivery_key", sa.BigInteger(), nullable=False, comment="Delivery"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column(
            "file_name", sa.Text(), nullable=False, comment="Name of the file within the delivery"
        ),
        sa.Column("byte_count", sa.BigInteger(), nullable=False, comment="Size as delivered"),
        sa.Column(
            "modified_ns",
            sa.BigInteger(),
            nullable=False,
            comment="When the file was changed last, nanoseconds since 1970",
        ),
        sa.Column(
            "content_hash", sa.Text(), nullable=False, comment="SHA-256 of the bytes as delivered"
        ),
        sa.Column(
            "row_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows in the file, malformed lines included",
        ),
        sa.Column(
            "malformed_count", sa.BigInteger(), nullable=False, comment="Lines that are no rows"
        ),
        sa.Column(
            "column_names",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="The columns in the file's order, as mapped",
        ),
        sa.Column("encoding", sa.Text(), nullable=False, comment="Encoding, declared or found"),
        sa.Column(
            "delimiter",
            sa.Text(),
            nullable=False,
            comment="What stands between two fields, declared or found",
        ),
        sa.Column(
            "decimal_mark",
            sa.Text(),
            nullable=True,
            comment="What amounts have before the cents, where declared",
        ),
        sa.Column(
            "thousands_mark",
            sa.Text(),
            nullable=True,
            comment="What amounts have between thousands, where declared",
        ),
        sa.Column(
            "date_format", sa.Text(), nullable=True, comment="How dates are written, where declared"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"], ["ops.deliveries.delivery_key"], name=op.f("files_delivery_key_fkey")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("files_pkey")),
        schema="ops",
        comment="One row per file of a published delivery",
    )
    op.create_table(
        "product_history",
        sa.Column(
            "product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the product",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "state_hash",
            sa.Uuid(),
            nullable=False,
            comment="MD5 of the state, so that a repeated one is kept once",
        ),
        sa.Column("product_name", sa.Text(), nullable=False, comment="What the product was called"),
        sa.Column(
            "sub_category_id",
            sa.BigInteger(),
            nullable=True,
            comment="Sub-category, and through it the category",
        ),
        sa.Column("brand_id", sa.BigInteger(), nullable=True, comment="Brand"),
        sa.Column("supplier_id", sa.BigInteger(), nullable=True, comment="Supplier"),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="List price of one unit in reporting currency",
        ),
        sa.Column(
            "unit_cost",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What one unit cost the shop in reporting currency",
        ),
        sa.Column(
            "is_active", sa.Boolean(), nullable=False, comment="Whether the product was on sale"
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Newest delivery that brought this state",
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["production.brands.brand_id"], name=op.f("product_history_brand_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["sub_category_id"],
            ["production.sub_categories.sub_category_id"],
            name=op.f("product_history_sub_category_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["production.suppliers.supplier_id"],
            name=op.f("product_history_supplier_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "product_id", "updated_at", "state_hash", name=op.f("product_history_pkey")
        ),
        schema="production",
        comment="One row per state of a product that was ever received (stock levels left out)",
    )
    op.create_table(
        "products",
        sa.Column(
            "product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The shop's own number of the product",
        ),
        sa.Column("product_name", sa.Text(), nullable=False, comment="What the product is called"),
        sa.Column(
            "sub_category_id",
            sa.BigInteger(),
            nullable=True,
            comment="Sub-category, and through it the category",
        ),
        sa.Column("brand_id", sa.BigInteger(), nullable=True, comment="Brand"),
        sa.Column("supplier_id", sa.BigInteger(), nullable=True, comment="Supplier"),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="List price of one unit in reporting currency",
        ),
        sa.Column(
            "unit_cost",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What one unit costs the shop in reporting currency",
        ),
        sa.Column(
            "stock_quantity",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="Units on stock",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            nullable=True,
            comment="Whether the product is on sale; it is taken to be if unknown",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Delivery that brought this state",
        ),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("products_unit_cost_check")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("products_unit_price_check")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["production.brands.brand_id"], name=op.f("products_brand_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["sub_category_id"],
            ["production.sub_categories.sub_category_id"],
            name=op.f("products_sub_category_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["production.suppliers.supplier_id"],
            name=op.f("products_supplier_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("products_pkey")),
        schema="production",
        comment="One row per product, in the newest state known",
    )
    op.create_table(
        "transactions",
        sa.Column(
            "transaction_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Number of the order or of the return",
        ),
        sa.Column(
            "customer_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="Who bought; null for a guest",
        ),
        sa.Column("payment_method_id", sa.BigInteger(), nullable=True, comment="How it was paid"),
        sa.Column(
            "shipping_location_id", sa.BigInteger(), nullable=True, comment="Where it was sent to"
        ),
        sa.Column(
            "original_transaction_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="The sale that a return belongs to",
        ),
        sa.Column("transaction_type", sa.Text(), nullable=False, comment="sale or return"),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="Where the order stands; cancelled ones are no sales",
        ),
        sa.Column("channel", sa.Text(), nullable=True, comment="Where it was ordered"),
        sa.Column(
            "currency",
            sa.Text(),
            nullable=True,
            comment="Currency of the amounts; null means the reporting currency",
        ),
        sa.Column(
            "exchange_rate",
            sa.Numeric(precision=18, scale=8),
            nullable=False,
            comment="Worth of one unit of the currency in reporting currency",
        ),
        sa.Column(
            "shipping_amount",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="Shipping charged, in the transaction's currency",
        ),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="Tax of the whole transaction, in its currency",
        ),
        sa.Column(
            "total_amount",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What the customer paid in all, in its currency",
        ),
        sa.Column(
            "transaction_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was ordered or refunded",
        ),
        sa.Column(
            "business_date",
            sa.Date(),
            nullable=False,
            comment="Day of transaction_at in the shop's time zone",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Delivery that brought this state",
        ),
        sa.CheckConstraint(
            "transaction_type in ('sale', 'return')",
            name=op.f("transactions_transaction_type_check"),
        ),
        sa.CheckConstraint("exchange_rate > 0", name=op.f("transactions_exchange_rate_check")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["production.customers.customer_id"],
            name=op.f("transactions_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["production.payment_methods.payment_method_id"],
            name=op.f("transactions_payment_method_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["shipping_location_id"],
            ["production.locations.location_id"],
            name=op.f("transactions_shipping_location_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("transactions_pkey")),
        schema="production",
        comment="One row per order or return, in the newest state known",
    )
    op.create_index(
        op.f("transactions_business_date_idx"),
        "transactions",
        ["business_date"],
        unique=False,
        schema="production",
    )
    op.create_index(
        op.f("transactions_original_transaction_id_idx"),
        "transactions",
        ["original_transaction_id"],
        unique=False,
        schema="production",
        postgresql_where=sa.text("original_transaction_id is not null"),
    )
    op.create_table(
        "column_changes",
        sa.Column("delivery_key", sa.BigInteger(), nullable=False, comment="Delivery"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column(
            "change",
            sa.Text(),
            nullable=False,
            comment="new, missing, renamed, reordered or retyped",
        ),
        sa.Column(
            "column_name",
            sa.Text(),
            nullable=False,
            comment="Column, by its name before if it seems renamed",
        ),
        sa.Column(
            "other_name",
            sa.Text(),
            nullable=True,
            comment="What it seems to be called or to hold now, or to mean",
        ),
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run that found it"),
        sa.CheckConstraint(
            "change in ('new', 'missing', 'renamed', 'reordered', 'retyped')",
            name=op.f("column_changes_change_check"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"],
            ["ops.deliveries.delivery_key"],
            name=op.f("column_changes_delivery_key_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("column_changes_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "delivery_key", "table_name", "change", "column_name", name=op.f("column_changes_pkey")
        ),
        schema="quality",
        comment="One row per delivery, table and column that is not as in the delivery before",
    )
    op.create_table(
        "column_values",
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column("column_name", sa.Text(), nullable=False, comment="Column, as mapped"),
        sa.Column("delivery_key", sa.BigInteger(), nullable=False, comment="Delivery"),
        sa.Column(
            "row_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows of the delivery's files that have the column",
        ),
        sa.Column(
            "empty_count", sa.BigInteger(), nullable=False, comment="Rows in which it is empty"
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=True,
            comment="number, date or text: what its values are; null where unclear",
        ),
        sa.CheckConstraint(
            "kind in ('number', 'date', 'text')", name=op.f("column_values_kind_check")
        ),
        sa.CheckConstraint(
            "empty_count between 0 and row_count", name=op.f("column_values_empty_count_check")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"],
            ["ops.deliveries.delivery_key"],
            name=op.f("column_values_delivery_key_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "table_name", "column_name", "delivery_key", name=op.f("column_values_pkey")
        ),
        schema="quality",
        comment="One row per delivery, table and column: how full it came, and of what kind",
    )
    op.create_index(
        "column_values_delivery_idx",
        "column_values",
        ["delivery_key"],
        unique=False,
        schema="quality",
    )
    op.create_table(
        "scores",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column("batch_number", sa.Integer(), nullable=False, comment="Batch of the run, from 1"),
        sa.Column("delivery_key", sa.BigInteger(), nullable=False, comment="Delivery"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column(
            "dimension",
            sa.Text(),
            nullable=False,
            comment="Dimension of quality; all: the row breaks no rule whatever",
        ),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows delivered"),
        sa.Column(
            "set_aside_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows that break a rule which rejects or waits",
        ),
        sa.Column(
            "warned_count",
            sa.BigInteger(),
            nullable=False,
            comment="Other rows that break a rule which warns",
        ),
        sa.Column(
            "score", sa.Double(), nullable=False, comment="Share of the rows without a flaw, 0 to 1"
        ),
        sa.CheckConstraint(
            "set_aside_count + warned_count between 0 and row_count",
            name=op.f("scores_counts_check"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"], ["ops.deliveries.delivery_key"], name=op.f("scores_delivery_key_fkey")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["ops.runs.run_id"], name=op.f("scores_run_id_fkey")),
        sa.PrimaryKeyConstraint(
            "delivery_key", "table_name", "dimension", name=op.f("scores_pkey")
        ),
        schema="quality",
        comment="One row per delivery, table and dimension of quality: how the rows came in",
    )
    op.create_table(
        "transaction_items",
        sa.Column(
            "item_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="Number of the line, unique over all transactions",
        ),
        sa.Column(
            "transaction_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="The transaction that the line belongs to",
        ),
        sa.Column(
            "product_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="What was sold or given back",
        ),
        sa.Column(
            "quantity",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Units; negative in a return",
        ),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Price of one unit before discount, in the currency paid",
        ),
        sa.Column(
            "discount_amount",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Discount on the line; negative in a return",
        ),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Tax on the line; negative in a return",
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When this state began",
        ),
        sa.Column(
            "delivery_key",
            sa.BigInteger(),
            nullable=False,
            comment="Delivery that brought this state",
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("transaction_items_quantity_check")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("transaction_items_unit_price_check")),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["production.products.product_id"],
            name=op.f("transaction_items_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["production.transactions.transaction_id"],
            name=op.f("transaction_items_transaction_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("transaction_items_pkey")),
        schema="production",
        comment="One row per line of a transaction, in the newest state known",
    )
    op.create_index(
        op.f("transaction_items_transaction_id_idx"),
        "transaction_items",
        ["transaction_id"],
        unique=False,
        schema="production",
    )
    op.create_table(
        "malformed_lines",
        sa.Column("file_id", sa.Integer(), nullable=False, comment="File that the line came in"),
        sa.Column(
            "line_number",
            sa.BigInteger(),
            nullable=False,
            comment="Line of the file; the header is line 1",
        ),
        sa.Column(
            "raw",
            sa.LargeBinary(),
            nullable=False,
            comment="The line's bytes as delivered, without its end",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it is no row"),
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run that set it aside"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ops.files.file_id"], name=op.f("malformed_lines_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("malformed_lines_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("file_id", "line_number", name=op.f("malformed_lines_pkey")),
        schema="quality",
        comment="One row per delivered line that is no row of its table, kept whole",
    )
    op.create_table(
        "rejected_rows",
        sa.Column(
            "rejected_row_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Number of the entry",
        ),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column("file_id", sa.Integer(), nullable=False, comment="File that the row came in"),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            nullable=False,
            comment="Line of the file in which the row begins",
        ),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="rejected, waiting (for its parent), published since, resolved or dismissed",
        ),
        sa.Column(
            "row_key", sa.Text(), nullable=True, comment="Business key of the row, where it has one"
        ),
        sa.Column(
            "broken_rules",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of the rules that the row broke",
        ),
        sa.Column(
            "row_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The row, whole, as it was delivered",
        ),
        sa.Column(
            "row_hash",
            sa.Text(),
            nullable=False,
            comment="MD5 of the row, so that the same row is not kept twice",
        ),
        sa.Column(
            "first_run_id", sa.BigInteger(), nullable=False, comment="Run that set the row aside"
        ),
        sa.Column(
            "published_run_id", sa.BigInteger(), nullable=True, comment="Run that published it"
        ),
        sa.Column(
            "resolved_run_id",
            sa.BigInteger(),
            nullable=True,
            comment="Run that published a later row of the same key",
        ),
        sa.Column("dismissed_reason", sa.Text(), nullable=True, comment="Why somebody gave it up"),
        sa.CheckConstraint(
            "(status = 'dismissed') = (dismissed_reason is not null)",
            name=op.f("rejected_rows_dismissed_check"),
        ),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_run_id is not null)",
            name=op.f("rejected_rows_resolved_check"),
        ),
        sa.CheckConstraint(
            "status in ('rejected', 'waiting', 'published', 'resolved', 'dismissed')",
            name=op.f("rejected_rows_status_check"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ops.files.file_id"], name=op.f("rejected_rows_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["first_run_id"], ["ops.runs.run_id"], name=op.f("rejected_rows_first_run_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["published_run_id"],
            ["ops.runs.run_id"],
            name=op.f("rejected_rows_published_run_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["resolved_run_id"],
            ["ops.runs.run_id"],
            name=op.f("rejected_rows_resolved_run_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("rejected_row_id", name=op.f("rejected_rows_pkey")),
        schema="quality",
        comment="One row per delivered row that was set aside, kept whole with the rules it broke",
    )
    op.create_index(
        "rejected_rows_file_idx", "rejected_rows", ["file_id"], unique=False, schema="quality"
    )
    op.create_index(
        "rejected_rows_kept_idx",
        "rejected_rows",
        ["table_name", "row_hash"],
        unique=True,
        schema="quality",
        postgresql_where=sa.text("status <> 'published'"),
    )
    op.create_index(
        "rejected_rows_open_idx",
        "rejected_rows",
        ["table_name", "row_key"],
        unique=False,
        schema="quality",
        postgresql_where=sa.text("status = 'rejected'"),
    )
    op.create_table(
        "warning_samples",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run"),
        sa.Column("batch_number", sa.Integer(), nullable=False, comment="Batch of the run, from 1"),
        sa.Column("table_name", sa.Text(), nullable=False, comment="Table of the input contract"),
        sa.Column("rule_name", sa.Text(), nullable=False, comment="Name of the rule"),
        sa.Column("file_id", sa.Integer(), nullable=False, comment="File that the row came in"),
        sa.Column(
            "row_number",
            sa.BigInteger(),
            nullable=False,
            comment="Line in which the row begins; the header is line 1",
        ),
        sa.Column(
            "row_data",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The row, whole, as it was delivered",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["ops.files.file_id"], name=op.f("warning_samples_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ops.runs.run_id"], name=op.f("warning_samples_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "run_id",
            "batch_number",
            "table_name",
            "rule_name",
            "file_id",
            "row_number",
            name=op.f("warning_samples_pkey"),
        ),
        schema="quality",
        comment="One row per published row shown for a rule that warns, up to five a batch",
    )
    op.execute(
        "insert into warehouse.dim_customer values (0, '(guest)', 'Unknown', 'Unknown', 'Unknown',"
        " 'Unknown', 'Unknown', 'Unknown', null,"
        " '1900-01-01 00:00+00', '9999-12-31 00:00+00', true)"
    )
    op.execute(
        "insert into warehouse.dim_product values (0, '(unknown)', 'Unknown', 'Unknown', 'Unknown',"
        " 'Unknown', 'Unknown', null, null, true,"
        " '1900-01-01 00:00+00', '9999-12-31 00:00+00', true)"
    )
    op.execute("insert into warehouse.dim_payment_method values (0, 'Unknown')")
