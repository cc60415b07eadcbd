-- One row per known customer with a sale or return.
-- write: replace by customer_id
with transactions as (
    select
        customers.customer_id,
        sales.transaction_id,
        sales.is_return,
        sales.date_key,
        count(*) as item_count,
        sum(sales.quantity) as unit_count,
        sum(sales.gross_amount) as gross_amount,
        sum(sales.net_amount) as net_amount,
        sum(sales.profit_amount) as profit_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_customer as customers on sales.customer_key = customers.customer_key
    where sales.customer_key <> 0
    group by customers.customer_id, sales.transaction_id, sales.is_return, sales.date_key
)

select
    transactions.customer_id,
    min(dates.full_date) filter (where not transactions.is_return) as first_order_date,
    max(dates.full_date) filter (where not transactions.is_return) as last_order_date,
    count(*) filter (where not transactions.is_return) as order_count,
    count(*) filter (where transactions.is_return) as return_count,
    sum(transactions.item_count) as item_count,
    sum(transactions.unit_count) as unit_count,
    coalesce(
        sum(transactions.gross_amount) filter (where not transactions.is_return), 0
    ) as gross_amount,
    coalesce(
        -sum(transactions.net_amount) filter (where transactions.is_return), 0
    ) as refund_amount,
    sum(transactions.net_amount) as net_amount,
    coalesce(sum(transactions.profit_amount), 0) as profit_amount
from transactions
inner join warehouse.dim_date as dates on transactions.date_key = dates.date_key
group by transactions.customer_id
