-- Customers with a sale whose orders, net or profit differ from those of their value.
with ordered as (
    select
        customers.customer_id,
        customers.last_order_date,
        customers.order_count,
        customers.net_amount,
        customers.profit_amount
    from warehouse.agg_customer_orders as customers
    where customers.order_count > 0
),

valued as (
    select
        customers.customer_id,
        customers.last_order_date,
        customers.order_count,
        customers.net_amount,
        customers.profit_amount
    from warehouse.agg_customer_value as customers
)

select
    customer_id,
    ordered.order_count,
    valued.order_count as valued_order_count,
    ordered.net_amount,
    valued.net_amount as valued_net_amount
from ordered
full join valued using (customer_id)
where
    ordered.last_order_date is distinct from valued.last_order_date
    or ordered.order_count is distinct from valued.order_count
    or ordered.net_amount is distinct from valued.net_amount
    or ordered.profit_amount is distinct from valued.profit_amount
