-- One row per month and payment method.
-- write: accumulate by transaction_id
select
    dates.month_start_date,
    methods.payment_method,
    count(*) filter (where not orders.is_return) as order_count,
    count(*) filter (where orders.is_return) as return_count,
    sum(orders.item_count) as item_count,
    coalesce(sum(orders.gross_amount) filter (where not orders.is_return), 0) as gross_amount,
    coalesce(-sum(orders.net_amount) filter (where orders.is_return), 0) as refund_amount,
    sum(orders.net_amount) as net_amount
from warehouse.fact_orders as orders
inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
inner join warehouse.dim_payment_method as methods
    on orders.payment_method_key = methods.payment_method_key
group by dates.month_start_date, methods.payment_method
