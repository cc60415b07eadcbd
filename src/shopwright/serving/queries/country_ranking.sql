-- One row per country that was shipped to.
-- parameter: first_day date null | Sales and returns from this day on.
-- parameter: last_day date null | Sales and returns up to this day.
-- Where the shop sells. Unknown is for orders without a country, all of them in a shop without.
-- Customers are known ones who bought; one may have bought to several countries.
with countries as (
    select
        coalesce(orders.shipping_country, 'Unknown') as shipping_country,
        count(*) filter (where not orders.is_return) as order_count,
        count(distinct customers.customer_id) filter (
            where orders.customer_key <> 0 and not orders.is_return
        ) as customer_count,
        sum(orders.net_amount) as net_amount,
        sum(orders.net_amount) filter (where not orders.is_return) as sold_net_amount
    from warehouse.fact_orders as orders
    inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
    inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
    where
        (:first_day is null or dates.full_date >= :first_day)
        and (:last_day is null or dates.full_date <= :last_day)
    group by coalesce(orders.shipping_country, 'Unknown')
)

select
    row_number() over (order by net_amount desc, shipping_country asc) as place,
    shipping_country,
    order_count,
    customer_count,
    net_amount,
    round(net_amount / nullif(sum(net_amount) over (), 0), 6) as net_rate,
    round(sold_net_amount / nullif(order_count, 0), 4) as average_order_amount
from countries
order by place
