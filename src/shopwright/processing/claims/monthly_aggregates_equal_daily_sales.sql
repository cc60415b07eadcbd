-- Months whose net or lines differ between the daily aggregate and one of the monthly ones.
with daily as (
    select
        cast(date_trunc('month', sales.business_date) as date) as month_start_date,
        sum(sales.item_count) as item_count,
        sum(sales.net_amount) as net_amount
    from warehouse.agg_daily_sales as sales
    group by cast(date_trunc('month', sales.business_date) as date)
),

monthly as (
    select
        'agg_product_performance' as aggregate,
        products.month_start_date,
        sum(products.item_count) as item_count,
        sum(products.net_amount) as net_amount
    from warehouse.agg_product_performance as products
    group by products.month_start_date
    union all
    select
        'agg_category_month' as aggregate,
        categories.month_start_date,
        sum(categories.item_count) as item_count,
        sum(categories.net_amount) as net_amount
    from warehouse.agg_category_month as categories
    group by categories.month_start_date
    union all
    select
        'agg_payment_month' as aggregate,
        payments.month_start_date,
        sum(payments.item_count) as item_count,
        sum(payments.net_amount) as net_amount
    from warehouse.agg_payment_month as payments
    group by payments.month_start_date
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
