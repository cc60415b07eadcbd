-- One row per month, weekday and hour with a sale.
-- write: accumulate by transaction_id
with transactions as (
    select
        sales.transaction_id,
        sales.date_key,
        sales.hour_of_day,
        count(*) as item_count,
        sum(sales.net_amount) as net_amount
    from warehouse.fact_sales as sales
    where not sales.is_return
    group by sales.transaction_id, sales.date_key, sales.hour_of_day
)

select
    dates.month_start_date,
    dates.day_of_week,
    transactions.hour_of_day,
    count(*) as order_count,
    sum(transactions.item_count) as item_count,
    sum(transactions.net_amount) as net_amount
from transactions
inner join warehouse.dim_date as dates on transactions.date_key = dates.date_key
group by dates.month_start_date, dates.day_of_week, transactions.hour_of_day
