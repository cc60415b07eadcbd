-- One row per cohort of customers (month of their first sale) and month since then.
-- write: accumulate by customer_id
with customer_months as (
    select
        customers.customer_id,
        dates.month_start_date,
        count(*) filter (where not orders.is_return) as order_count,
        sum(orders.net_amount) as net_amount
    from warehouse.fact_orders as orders
    inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
    inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
    where orders.customer_key <> 0
    group by customers.customer_id, dates.month_start_date
),

cohorts as (
    select
        customer_months.*,
        min(customer_months.month_start_date) filter (where customer_months.order_count > 0) over (
            partition by customer_months.customer_id
        ) as cohort_month_date
    from customer_months
)

select
    cohort_month_date,
    cast(
        12 * (date_part('year', month_start_date) - date_part('year', cohort_month_date))
        + date_part('month', month_start_date) - date_part('month', cohort_month_date) as integer
    ) as months_since_first,
    count(*) filter (where order_count > 0) as customer_count,
    sum(order_count) as order_count,
    sum(net_amount) as net_amount
from cohorts
where cohort_month_date is not null
group by
    cohort_month_date,
    cast(
        12 * (date_part('year', month_start_date) - date_part('year', cohort_month_date))
        + date_part('month', month_start_date) - date_part('month', cohort_month_date) as integer
    )
having count(*) filter (where order_count > 0) > 0 or sum(net_amount) <> 0
