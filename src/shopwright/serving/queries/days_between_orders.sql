-- One row per place in a customer's row of orders: the second, the third and so on.
-- parameter: orders integer 10 | Up to which order to look.
-- How long known customers wait before they buy again, by order: most come back sooner each time.
-- Send the reminder a little after the median. Orders on one day are 0 days apart.
with numbered as (
    select
        dates.full_date,
        row_number() over (
            partition by customers.customer_id
            order by dates.full_date, orders.transaction_at, orders.transaction_id
        ) as order_number,
        lag(dates.full_date) over (
            partition by customers.customer_id
            order by dates.full_date, orders.transaction_at, orders.transaction_id
        ) as date_before
    from warehouse.fact_orders as orders
    inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
    inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
    where orders.customer_key <> 0 and not orders.is_return
)

select
    order_number,
    count(*) as customer_count,
    round(avg(full_date - date_before), 1) as average_days,
    cast(percentile_disc(0.25) within group (order by full_date - date_before) as integer)
        as quarter_within_days,
    cast(percentile_disc(0.5) within group (order by full_date - date_before) as integer)
        as half_within_days,
    cast(percentile_disc(0.75) within group (order by full_date - date_before) as integer)
        as three_quarters_within_days
from numbered
where order_number between 2 and :orders
group by order_number
order by order_number
