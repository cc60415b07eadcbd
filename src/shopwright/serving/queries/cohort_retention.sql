-- One row per cohort of customers (month of their first sale) and month since then.
-- parameter: months integer 12 | How many months after the first to look at.
-- Of the customers who bought first in a month, the part that bought again so many months later.
-- Month 0 is always 1. The youngest cohorts have had fewer months; a missing row means nobody came.
with sizes as (
    select
        cohort_month_date,
        customer_count
    from warehouse.agg_cohort_retention
    where months_since_first = 0
)

select
    cohorts.cohort_month_date,
    cohorts.months_since_first,
    sizes.customer_count as cohort_size,
    cohorts.customer_count,
    round(cast(cohorts.customer_count as numeric) / sizes.customer_count, 6) as retention_rate,
    cohorts.net_amount,
    round(
        sum(cohorts.net_amount) over (
            partition by cohorts.cohort_month_date order by cohorts.months_since_first
        ) / sizes.customer_count, 4
    ) as running_net_amount_per_customer
from warehouse.agg_cohort_retention as cohorts
inner join sizes on cohorts.cohort_month_date = sizes.cohort_month_date
where cohorts.months_since_first between 0 and :months
order by cohorts.cohort_month_date, cohorts.months_since_first
