-- One row per weekday and hour, also where nothing was ever sold.
-- When people buy: staff the service and time the mailings by it. 1 is Monday, hours are in the
-- shop's time zone. The index is 100 where an hour has as many orders as the average hour.
with slots as (
    select
        cast(days.day_of_week as smallint) as day_of_week,
        cast(hours.hour_of_day as smallint) as hour_of_day
    from generate_series(1, 7) as days (day_of_week)
    cross join generate_series(0, 23) as hours (hour_of_day)
),

sold as (
    select
        day_of_week,
        hour_of_day,
        sum(order_count) as order_count,
        sum(net_amount) as net_amount
    from warehouse.agg_hour_of_week
    group by day_of_week, hour_of_day
)

select
    slots.day_of_week,
    slots.hour_of_day,
    cast(coalesce(sold.order_count, 0) as bigint) as order_count,
    coalesce(sold.net_amount, 0) as net_amount,
    round(
        100 * coalesce(sold.order_count, 0)
        / nullif(avg(coalesce(sold.order_count, 0)) over (), 0), 1
    ) as order_index
from slots
left join sold
    on slots.day_of_week = sold.day_of_week and slots.hour_of_day = sold.hour_of_day
order by slots.day_of_week, slots.hour_of_day
