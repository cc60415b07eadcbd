-- One row per stage that an order comes to: placed, paid, shipped, delivered.
-- parameter: first_day date null | Orders placed from this day on.
-- parameter: last_day date null | Orders placed up to this day.
-- How far orders have come, as they stand now: each counts at its stage and at those before it.
-- A cancelled order was placed and no more; a completed or refunded one was delivered.
with placed as (
    select
        orders.status,
        orders.order_count
    from warehouse.agg_daily_order_status as orders
    where
        (:first_day is null or orders.business_date >= :first_day)
        and (:last_day is null or orders.business_date <= :last_day)
),

stages as (
    select
        1 as stage_number,
        'Placed' as stage,
        sum(order_count) as order_count
    from placed
    union all
    select
        2 as stage_number,
        'Paid' as stage,
        sum(order_count) as order_count
    from placed
    where status not in ('pending', 'cancelled')
    union all
    select
        3 as stage_number,
        'Shipped' as stage,
        sum(order_count) as order_count
    from placed
    where status in ('shipped', 'delivered', 'completed', 'refunded')
    union all
    select
        4 as stage_number,
        'Delivered' as stage,
        sum(order_count) as order_count
    from placed
    where status in ('delivered', 'completed', 'refunded')
)

select
    stage,
    cast(coalesce(order_count, 0) as bigint) as order_count,
    round(
        coalesce(order_count, 0)
        / nullif(cast(max(order_count) over () as numeric), 0), 6
    ) as order_rate
from stages
order by stage_number
