-- Cohorts whose customers, sales or net differ from those of the customers who make them up.
with first_days as (
    select
        customers.first_order_date,
        count(*) as customer_count,
        sum(customers.order_count) as order_count,
        sum(customers.net_amount) as net_amount
    from warehouse.agg_customer_orders as customers
    where customers.order_count > 0
    group by customers.first_order_date
),

first_months as (
    select
        cast(date_trunc('month', first_days.first_order_date) as date) as cohort_month_date,
        sum(first_days.customer_count) as customer_count,
        sum(first_days.order_count) as order_count,
        sum(first_days.net_amount) as net_amount
    from first_days
    group by cast(date_trunc('month', first_days.first_order_date) as date)
),

cohorts as (
    select
        retention.cohort_month_date,
        sum(retention.customer_count) filter (where retention.months_since_first = 0)
            as customer_count,
        sum(retention.order_count) as order_count,
        sum(retention.net_amount) as net_amount
    from warehouse.agg_cohort_retention as retention
    group by retention.cohort_month_date
)

select
    cohort_month_date,
    first_months.customer_count,
    cohorts.customer_count as cohort_customer_count,
    first_months.order_count,
    cohorts.order_count as cohort_order_count,
    first_months.net_amount,
    cohorts.net_amount as cohort_net_amount
from first_months
full join cohorts using (cohort_month_date)
where
    first_months.customer_count is distinct from cohorts.customer_count
    or first_months.order_count is distinct from cohorts.order_count
    or first_months.net_amount is distinct from cohorts.net_amount
