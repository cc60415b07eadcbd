-- Days with an average order under a third, or over thrice, that of this weekday in weeks before.
-- of: transactions, timeliness, each a day
with days as (
    select
        daily.business_date,
        (daily.net_amount + daily.refund_amount) / nullif(daily.order_count, 0) as measured
    from warehouse.agg_daily_sales as daily
),

compared as (
    select
        days.business_date,
        days.measured,
        avg(weeks_before.measured) as usual,
        count(weeks_before.measured) as week_count
    from delivered_days
    inner join days on delivered_days.business_date = days.business_date
    inner join days as weeks_before
        on
            days.business_date > weeks_before.business_date
            and days.business_date - weeks_before.business_date in (7, 14, 21, 28, 35, 42, 49, 56)
    group by days.business_date, days.measured
)

select business_date
from compared
where
    week_count >= 4
    and (measured * 3 < usual or measured > usual * 3)
