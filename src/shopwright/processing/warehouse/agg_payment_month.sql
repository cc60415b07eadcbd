-- One row per month and payment method.
-- write: accumulate by transaction_id
with transactions as (
    select
        sales.transaction_id,
        sales.date_key,
        sales.payment_method_key,
        sales.is_return,
        count(*) as item_count,
        sum(sales.gross_amount) as gross_amount,
        sum(sales.net_amount) as net_amount
    from warehouse.fact_sales as sales
    group by sales.transaction_id, sales.date_key, sales.payment_method_key, sales.is_return
)

select
    dates.month_start_date,
    methods.payment_method,
    count(*) filter (where not transactions.is_return) as order_count,
    count(*) filter (where transactions.is_return) as return_count,
    sum(transactions.item_count) as item_count,
    coalesce(
        sum(transactions.gross_amount) filter (where not transactions.is_return), 0
    ) as gross_amount,
    coalesce(
        -sum(transactions.net_amount) filter (where transactions.is_return), 0
    ) as refund_amount,
    sum(transactions.net_amount) as net_amount
from transactions
inner join warehouse.dim_date as dates on transactions.date_key = dates.date_key
inner join warehouse.dim_payment_method as methods
    on transactions.payment_method_key = methods.payment_method_key
group by dates.month_start_date, methods.payment_method
