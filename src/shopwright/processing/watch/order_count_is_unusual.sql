-- Days with less than a third, or over thrice, the orders of this weekday in the weeks before.
-- of: transactions, timeliness, each a day
with days as (
    select
        daily.business_date,
        daily.order_count as measured
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
