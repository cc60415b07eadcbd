-- One row per period and status, of the orders placed in the period.
-- parameter: period text month | Which periods: day, week, month, quarter or year.
-- parameter: first_day date null | Orders placed from this day on.
-- parameter: last_day date null | Orders placed up to this day.
-- Where orders stand now, the cancelled ones too, which are no sales and in no other figure.
-- The part is of the period's orders; what is young is still on its way.
with placed as (
    select
        cast(date_trunc(:period, orders.business_date) as date) as period_start_date,
        orders.status,
        orders.order_count
    from warehouse.agg_daily_order_status as orders
    where
        (:first_day is null or orders.business_date >= :first_day)
        and (:last_day is null or orders.business_date <= :last_day)
),

counted as (
    select
        period_start_date,
        status,
        sum(order_count) as order_count
    from placed
    group by period_start_date, status
)

select
    period_start_date,
    status,
    cast(order_count as bigint) as order_count,
    round(
        order_count / cast(sum(order_count) over (partition by period_start_date) as numeric), 6
    ) as order_rate
from counted
order by period_start_date, status
