-- Days whose orders, lines or net differ between the orders and the daily aggregate.
with ordered as (
    select
        dates.full_date as business_date,
        count(*) filter (where not orders.is_return) as order_count,
        sum(orders.item_count) as item_count,
        sum(orders.net_amount) as net_amount
    from warehouse.fact_orders as orders
    inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
    group by dates.full_date
)

select
    business_date,
    ordered.order_count,
    daily.order_count as daily_order_count,
    ordered.item_count,
    daily.item_count as daily_item_count,
    ordered.net_amount,
    daily.net_amount as daily_net_amount
from ordered
left join warehouse.agg_daily_sales as daily using (business_date)
where
    ordered.order_count is distinct from daily.order_count
    or ordered.item_count is distinct from daily.item_count
    or ordered.net_amount is distinct from daily.net_amount
