-- One row per month with a sale or return.
-- parameter: first_day date null | Sales and returns from this day on.
-- parameter: last_day date null | Sales and returns up to this day.
-- Growth is against the month before and against the same month a year before; it is empty where
-- that month had no sale or return at all. The first and last month may be part of a month.
with months as (
    select
        cast(date_trunc('month', daily.business_date) as date) as month_start_date,
        sum(daily.order_count) as order_count,
        sum(daily.refund_amount) as refund_amount,
        sum(daily.net_amount) as net_amount
    from warehouse.agg_daily_sales as daily
    where
        (:first_day is null or daily.business_date >= :first_day)
        and (:last_day is null or daily.business_date <= :last_day)
    group by cast(date_trunc('month', daily.business_date) as date)
)

select
    months.month_start_date,
    cast(months.order_count as bigint) as order_count,
    months.net_amount,
    months.refund_amount,
    before.net_amount as prior_month_net_amount,
    round(months.net_amount / nullif(before.net_amount, 0) - 1, 4) as growth_rate,
    last_year.net_amount as prior_year_net_amount,
    round(months.net_amount / nullif(last_year.net_amount, 0) - 1, 4) as year_growth_rate,
    sum(months.net_amount) over (order by months.month_start_date) as running_net_amount
from months
left join months as before
    on months.month_start_date = before.month_start_date + interval '1 month'
left join months as last_year
    on months.month_start_date = last_year.month_start_date + interval '1 year'
order by months.month_start_date
