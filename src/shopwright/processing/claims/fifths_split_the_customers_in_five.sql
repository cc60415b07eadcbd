-- Bounds below which, or up to which, the share of customers is not that of the score.
with bounds as (
    select
        fifths.score,
        fifths.last_order_date,
        fifths.order_count,
        fifths.net_amount
    from warehouse.agg_value_fifths as fifths
),

customers as (
    select
        orders.last_order_date,
        orders.order_count,
        orders.net_amount
    from warehouse.agg_customer_orders as orders
    where orders.order_count > 0
),

split as (
    select
        bounds.score,
        count(*) as customer_count,
        count(*) filter (where customers.last_order_date < bounds.last_order_date) as before_date,
        count(*) filter (where customers.last_order_date <= bounds.last_order_date) as up_to_date,
        count(*) filter (where customers.order_count < bounds.order_count) as below_count,
        count(*) filter (where customers.order_count <= bounds.order_count) as up_to_count,
        count(*) filter (where customers.net_amount < bounds.net_amount) as below_amount,
        count(*) filter (where customers.net_amount <= bounds.net_amount) as up_to_amount
    from bounds
    cross join customers
    group by bounds.score
)

select *
from split
where
    not (
        5 * before_date < (score - 1) * customer_count
        and 5 * up_to_date >= (score - 1) * customer_count
        and 5 * below_count < (score - 1) * customer_count
        and 5 * up_to_count >= (score - 1) * customer_count
        and 5 * below_amount < (score - 1) * customer_count
        and 5 * up_to_amount >= (score - 1) * customer_count
    )
