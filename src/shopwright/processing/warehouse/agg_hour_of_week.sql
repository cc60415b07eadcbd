-- One row per month, weekday and hour with a sale.
-- write: accumulate by transaction_id
select
    dates.month_start_date,
    dates.day_of_week,
    orders.hour_of_day,
    count(*) as order_count,
    sum(orders.item_count) as item_count,
    sum(orders.net_amount) as net_amount
from warehouse.fact_orders as orders
inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
where not orders.is_return
group by dates.month_start_date, dates.day_of_week, orders.hour_of_day
