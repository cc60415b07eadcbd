-- Days whose lines or net differ between the lines of sales and the orders.
with sold as (
    select
        sales.date_key,
        count(*) as item_count,
        sum(sales.net_amount) as net_amount
    from warehouse.fact_sales as sales
    group by sales.date_key
),

ordered as (
    select
        orders.date_key,
        sum(orders.item_count) as item_count,
        sum(orders.net_amount) as net_amount
    from warehouse.fact_orders as orders
    group by orders.date_key
)

select
    date_key,
    sold.item_count as sales_item_count,
    ordered.item_count as order_item_count,
    sold.net_amount as sales_net_amount,
    ordered.net_amount as order_net_amount
from sold
full join ordered using (date_key)
where
    sold.item_count is distinct from ordered.item_count
    or sold.net_amount is distinct from ordered.net_amount
