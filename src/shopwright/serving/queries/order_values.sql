-- One row per band of order value, of sales.
-- parameter: width numeric 25 | How wide a band is, in reporting currency.
-- parameter: first_day date null | Sales from this day on.
-- parameter: last_day date null | Sales up to this day.
-- How large orders are: a peak just above the limit of free shipping shows that the limit works.
-- A band holds its lower bound; order value is net, without tax and shipping.
with orders as (
    select
        floor(sales.net_amount / :width) * :width as band_from_amount,
        sales.net_amount
    from warehouse.fact_orders as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    where
        not sales.is_return
        and (:first_day is null or dates.full_date >= :first_day)
        and (:last_day is null or dates.full_date <= :last_day)
)

select
    band_from_amount,
    count(*) as order_count,
    sum(net_amount) as net_amount,
    round(cast(count(*) as numeric) / sum(count(*)) over (), 6) as order_rate,
    round(sum(count(*)) over (order by band_from_amount) / sum(count(*)) over (), 6)
        as running_order_rate
from orders
group by band_from_amount
order by band_from_amount
