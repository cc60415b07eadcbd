-- Months whose net or lines differ between the daily aggregate and one of the monthly ones.
with daily as (
    select
        cast(date_trunc('month', business_date) as date) as month_start_date,
        sum(item_count) as item_count,
        sum(net_amount) as net_amount
    from warehouse.agg_daily_sales
    group by cast(date_trunc('month', business_date) as date)
),

monthly as (
    select
        'agg_product_performance' as aggregate,
        month_start_date,
        sum(item_count) as item_count,
        sum(net_amount) as net_amount
    from warehouse.agg_product_performance
    group by month_start_date
    union all
    select
        'agg_category_month' as aggregate,
        month_start_date,
        sum(item_count) as item_count,
        sum(net_amount) as net_amount
    from warehouse.agg_category_month
    group by month_start_date
    union all
    select
        'agg_payment_month' as aggregate,
        month_start_date,
        sum(item_count) as item_count,
        sum(net_amount) as net_amount
    from warehouse.agg_payment_month
    group by month_start_date
)

select
    monthly.aggregate,
    month_start_date,
    daily.net_amount as daily_net_amount,
    monthly.net_amount as monthly_net_amount
from daily
full join monthly using (month_start_date)
where
    daily.item_count is distinct from monthly.item_count
    or daily.net_amount is distinct from monthly.net_amount
