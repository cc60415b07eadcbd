-- Months whose sales or their net differ between the daily aggregate and the hours of the week.
with daily as (
    select
        cast(date_trunc('month', sales.business_date) as date) as month_start_date,
        sum(sales.order_count) as order_count,
        sum(sales.net_amount + sales.refund_amount) as net_amount
    from warehouse.agg_daily_sales as sales
    group by cast(date_trunc('month', sales.business_date) as date)
    having sum(sales.order_count) > 0
),

hourly as (
    select
        hours.month_start_date,
        sum(hours.order_count) as order_count,
        sum(hours.net_amount) as net_amount
    from warehouse.agg_hour_of_week as hours
    group by hours.month_start_date
)

select
    month_start_date,
    daily.order_count as daily_order_count,
    hourly.order_count as hourly_order_count,
    daily.net_amount as daily_net_amount,
    hourly.net_amount as hourly_net_amount
from daily
full join hourly using (month_start_date)
where
    daily.order_count is distinct from hourly.order_count
    or daily.net_amount is distinct from hourly.net_amount
