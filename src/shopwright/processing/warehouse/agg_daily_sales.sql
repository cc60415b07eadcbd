-- One row per business date with a sale or return.
-- write: replace by date_key
select
    dates.full_date as business_date,
    count(*) filter (where not orders.is_return) as order_count,
    count(*) filter (where orders.is_return) as return_count,
    sum(orders.item_count) as item_count,
    count(distinct customers.customer_id) filter (where orders.customer_key <> 0)
        as customer_count,
    sum(orders.unit_count) as unit_count,
    coalesce(sum(orders.gross_amount) filter (where not orders.is_return), 0) as gross_amount,
    sum(orders.discount_amount) as discount_amount,
    coalesce(-sum(orders.net_amount) filter (where orders.is_return), 0) as refund_amount,
    sum(orders.net_amount) as net_amount,
    sum(orders.tax_amount) as tax_amount,
    coalesce(sum(orders.cost_amount), 0) as cost_amount,
    coalesce(sum(orders.profit_amount), 0) as profit_amount
from warehouse.fact_orders as orders
inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
group by dates.full_date
