"""The aggregates: facts summed up by fewer dimensions."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from shopwright.storage.tables.columns import (
    Key,
    Total,
    metadata,
    optional,
    required,
)
from shopwright.storage.tables.warehouse.star import SCHEMA

agg_daily_sales = Table(
    "agg_daily_sales",
    metadata,
    required("business_date", Date(), "The day"),
    required("order_count", BigInteger(), "Sales"),
    required("return_count", BigInteger(), "Returns"),
    required("item_count", BigInteger(), "Lines of sales and returns"),
    required("customer_count", BigInteger(), "Known customers who bought or gave back"),
    required("unit_count", Total, "Units sold less units given back"),
    required("gross_amount", Total, "Quantity times price of sales alone"),
    required("discount_amount", Total, "Discount less what returns took back of it"),
    required("refund_amount", Total, "Net of returns, as a positive amount"),
    required("net_amount", Total, "Net of sales and returns"),
    required("tax_amount", Total, "Tax of sales and returns"),
    required("cost_amount", Total, "Cost, where it is known"),
    required("profit_amount", Total, "Profit, where the cost is known"),
    PrimaryKeyConstraint("business_date"),
    schema=SCHEMA,
    comment="One row per business date with a sale or return",
)

agg_product_performance = Table(
    "agg_product_performance",
    metadata,
    required("month_start_date", Date(), "First day of the month"),
    required("product_id", Key, "The shop's own number of the product"),
    required("order_count", BigInteger(), "Sales that hold the product"),
    required("return_count", BigInteger(), "Returns that hold the product"),
    required("item_count", BigInteger(), "Lines of sales and returns"),
    required("unit_count", Total, "Units sold less units given back"),
    required("returned_unit_count", Total, "Units given back"),
    required("gross_amount", Total, "Quantity times price of sales alone"),
    required("discount_amount", Total, "Discount less what returns took back of it"),
    required("refund_amount", Total, "Net of returns, as a positive amount"),
    required("net_amount", Total, "Net of sales and returns"),
    required("cost_amount", Total, "Cost, where it is known"),
    required("profit_amount", Total, "Profit, where the cost is known"),
    PrimaryKeyConstraint("month_start_date", "product_id"),
    schema=SCHEMA,
    comment="One row per month and product",
)

agg_category_month = Table(
    "agg_category_month",
    metadata,
    required("month_start_date", Date(), "First day of the month"),
    required("category", Text(), "Category at the time of the sale"),
    required("sub_category", Text(), "Sub-category at the time of the sale"),
    required("order_count", BigInteger(), "Sales that hold the sub-category"),
    required("return_count", BigInteger(), "Returns that hold the sub-category"),
    required("item_count", BigInteger(), "Lines of sales and returns"),
    required("unit_count", Total, "Units sold less units given back"),
    required("gross_amount", Total, "Quantity times price of sales alone"),
    required("discount_amount", Total, "Discount less what returns took back of it"),
    required("refund_amount", Total, "Net of returns, as a positive amount"),
    required("net_amount", Total, "Net of sales and returns"),
    required("cost_amount", Total, "Cost, where it is known"),
    required("profit_amount", Total, "Profit, where the cost is known"),
    PrimaryKeyConstraint("month_start_date", "category", "sub_category"),
    schema=SCHEMA,
    comment="One row per month and sub-category",
)

agg_customer_orders = Table(
    "agg_customer_orders",
    metadata,
    required("customer_id", Key, "The shop's own number of the customer"),
    optional(
        "first_order_date", Date(), "Day of the first sale; null where there were only returns"
    ),
    optional("last_order_date", Date(), "Day of the newest sale"),
    required("order_count", BigInteger(), "Sales"),
    required("return_count", BigInteger(), "Returns"),
    required("item_count", BigInteger(), "Lines of sales and returns"),
    required("unit_count", Total, "Units bought less units given back"),
    required("gross_amount", Total, "Quantity times price of sales alone"),
    required("refund_amount", Total, "Net of returns, as a positive amount"),
    required("net_amount", Total, "Net of sales and returns"),
    required("profit_amount", Total, "Profit, where the cost is known"),
    PrimaryKeyConstraint("customer_id"),
    schema=SCHEMA,
    comment="One row per known customer with a sale or return",
)

agg_value_fifths = Table(
    "agg_value_fifths",
    metadata,
    required("score", SmallInteger(), "2 to 5; who exceeds none has 1", autoincrement=False),
    required("last_order_date", Date(), "Day that the newest sale must come after: recency"),
    required("order_count", BigInteger(), "Sales that there must be more of: frequency"),
    required("net_amount", Total, "Net that must be exceeded: monetary value"),
    PrimaryKeyConstraint("score"),
    schema=SCHEMA,
    comment="One row per score from 2 to 5: what a customer must exceed to get it",
)

agg_customer_value = Table(
    "agg_customer_value",
    metadata,
    required("customer_id", Key, "The shop's own number of the customer"),
    required("first_order_date", Date(), "Day of the first sale"),
    required("last_order_date", Date(), "Day of the newest sale"),
    required("order_count", BigInteger(), "Frequency: sales"),
    required("net_amount", Total, "Monetary value: net of sales and returns"),
    required("profit_amount", Total, "Lifetime value: profit to date, where the cost is known"),
    required("average_order_amount", Total, "Net divided by sales"),
    required(
        "recency_score", SmallInteger(), "5 for the fifth who bought last, 1 for the longest ago"
    ),
    required("frequency_score", SmallInteger(), "5 for the fifth who bought most often"),
    required("monetary_score", SmallInteger(), "5 for the fifth who spent most"),
    required("value_segment", Text(), "Segment by recency and frequency (RFM)"),
    PrimaryKeyConstraint("customer_id"),
    schema=SCHEMA,
    comment="One row per customer with a sale: recency, frequency, monetary value and segment",
)

agg_cohort_retention = Table(
    "agg_cohort_retention",
    metadata,
    required("cohort_month_date", Date(), "First day of the month of the customers' first sale"),
    required("months_since_first", Integer(), "0 for the month of the first sale itself"),
    required("customer_count", BigInteger(), "Customers of the cohort with a sale in that month"),
    required("order_count", BigInteger(), "Their sales in that month"),
    required("net_amount", Total, "Net of their sales and returns in that month"),
    PrimaryKeyConstraint("cohort_month_date", "months_since_first"),
    schema=SCHEMA,
    comment="One row per cohort of customers and month since their first sale",
)

agg_product_pairs = Table(
    "agg_product_pairs",
    metadata,
    required("product_id", Key, "One product"),
    required("other_product_id", Key, "Another product, later in the alphabet"),
    required("order_count", BigInteger(), "Sales that hold both"),
    PrimaryKeyConstraint("product_id", "other_product_id"),
    CheckConstraint("product_id < other_product_id", name="order"),
    schema=SCHEMA,
    comment="One row per pair of products bought together, in sales of 2 to 20 products",
)

agg_hour_of_week = Table(
    "agg_hour_of_week",
    metadata,
    required("month_start_date", Date(), "First day of the month"),
    required("day_of_week", SmallInteger(), "Weekday, 1 Monday to 7 Sunday"),
    required("hour_of_day", SmallInteger(), "Hour in the shop's time zone, 0 to 23"),
    required("order_count", BigInteger(), "Sales"),
    required("item_count", BigInteger(), "Lines of sales"),
    required("net_amount", Total, "Net of sales"),
    PrimaryKeyConstraint("month_start_date", "day_of_week", "hour_of_day"),
    schema=SCHEMA,
    comment="One row per month, weekday and hour with a sale",
)

agg_payment_month = Table(
    "agg_payment_month",
    metadata,
    required("month_start_date", Date(), "First day of the month"),
    required("payment_method", Text(), "How it was paid"),
    required("order_count", BigInteger(), "Sales"),
    required("return_count", BigInteger(), "Returns"),
    required("item_count", BigInteger(), "Lines of sales and returns"),
    required("gross_amount", Total, "Quantity times price of sales alone"),
    required("refund_amount", Total, "Net of returns, as a positive amount"),
    required("net_amount", Total, "Net of sales and returns"),
    PrimaryKeyConstraint("month_start_date", "payment_method"),
    schema=SCHEMA,
    comment="One row per month and payment method",
)

agg_daily_order_status = Table(
    "agg_daily_order_status",
    metadata,
    required("business_date", Date(), "The day the order was placed"),
    required("payment_method", Text(), "How it was paid"),
    required("status", Text(), "Where the order stands now"),
    required("order_count", BigInteger(), "Orders placed, the cancelled ones too"),
    PrimaryKeyConstraint("business_date", "payment_method", "status"),
    schema=SCHEMA,
    comment="One row per business date, payment method and status: orders placed",
)
