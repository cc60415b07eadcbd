-- One row per score from 2 to 5: what a customer must exceed to get it.
-- write: replace
with fifths as (
    select
        percentile_disc(0.2) within group (order by orders.last_order_date) as last_order_date_2,
        percentile_disc(0.4) within group (order by orders.last_order_date) as last_order_date_3,
        percentile_disc(0.6) within group (order by orders.last_order_date) as last_order_date_4,
        percentile_disc(0.8) within group (order by orders.last_order_date) as last_order_date_5,
        percentile_disc(0.2) within group (order by orders.order_count) as order_count_2,
        percentile_disc(0.4) within group (order by orders.order_count) as order_count_3,
        percentile_disc(0.6) within group (order by orders.order_count) as order_count_4,
        percentile_disc(0.8) within group (order by orders.order_count) as order_count_5,
        percentile_disc(0.2) within group (order by orders.net_amount) as net_amount_2,
        percentile_disc(0.4) within group (order by orders.net_amount) as net_amount_3,
        percentile_disc(0.6) within group (order by orders.net_amount) as net_amount_4,
        percentile_disc(0.8) within group (order by orders.net_amount) as net_amount_5
    from warehouse.agg_customer_orders as orders
    where orders.order_count > 0
    having count(*) > 0
)

select
    cast(2 as smallint) as score,
    last_order_date_2 as last_order_date,
    order_count_2 as order_count,
    net_amount_2 as net_amount
from fifths
union all
select
    cast(3 as smallint) as score,
    last_order_date_3 as last_order_date,
    order_count_3 as order_count,
    net_amount_3 as net_amount
from fifths
union all
select
    cast(4 as smallint) as score,
    last_order_date_4 as last_order_date,
    order_count_4 as order_count,
    net_amount_4 as net_amount
from fifths
union all
select
    cast(5 as smallint) as score,
    last_order_date_5 as last_order_date,
    order_count_5 as order_count,
    net_amount_5 as net_amount
from fifths
