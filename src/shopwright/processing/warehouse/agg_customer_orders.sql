-- One row per known customer with a sale or return.
-- write: replace by customer_id
select
    customers.customer_id,
    min(dates.full_date) filter (where not orders.is_return) as first_order_date,
    max(dates.full_date) filter (where not orders.is_return) as last_order_date,
    count(*) filter (where not orders.is_return) as order_count,
    count(*) filter (where orders.is_return) as return_count,
    sum(orders.item_count) as item_count,
    sum(orders.unit_count) as unit_count,
    coalesce(sum(orders.gross_amount) filter (where not orders.is_return), 0) as gross_amount,
    coalesce(-sum(orders.net_amount) filter (where orders.is_return), 0) as refund_amount,
    sum(orders.net_amount) as net_amount,
    coalesce(sum(orders.profit_amount), 0) as profit_amount
from warehouse.fact_orders as orders
inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
where orders.customer_key <> 0
group by customers.customer_id
