-- Customers whose sales, returns or net differ between the orders and the aggregate of customers.
with ordered as (
    select
        customers.customer_id,
        count(*) filter (where not orders.is_return) as order_count,
        count(*) filter (where orders.is_return) as return_count,
        sum(orders.net_amount) as net_amount
    from warehouse.fact_orders as orders
    inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
    where orders.customer_key <> 0
    group by customers.customer_id
),

aggregated as (
    select
        customers.customer_id,
        customers.order_count,
        customers.return_count,
        customers.net_amount
    from warehouse.agg_customer_orders as customers
)

select
    customer_id,
    ordered.order_count,
    aggregated.order_count as aggregated_order_count,
    ordered.net_amount,
    aggregated.net_amount as aggregated_net_amount
from ordered
full join aggregated using (customer_id)
where
    ordered.order_count is distinct from aggregated.order_count
    or ordered.return_count is distinct from aggregated.return_count
    or ordered.net_amount is distinct from aggregated.net_amount
