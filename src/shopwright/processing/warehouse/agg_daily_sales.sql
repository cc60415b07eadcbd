-- One row per business date with a sale or return.
-- write: replace by date_key
with transactions as (
    select
        sales.date_key,
        sales.transaction_id,
        sales.is_return,
        case when sales.customer_key <> 0 then customers.customer_id end as customer_id,
        count(*) as item_count,
        sum(sales.quantity) as unit_count,
        sum(sales.gross_amount) as gross_amount,
        sum(sales.discount_amount) as discount_amount,
        sum(sales.net_amount) as net_amount,
        sum(sales.tax_amount) as tax_amount,
        sum(sales.cost_amount) as cost_amount,
        sum(sales.profit_amount) as profit_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_customer as customers on sales.customer_key = customers.customer_key
    group by
        sales.date_key,
        sales.transaction_id,
        sales.is_return,
        sales.customer_key,
        customers.customer_id
)

select
    dates.full_date as business_date,
    count(*) filter (where not transactions.is_return) as order_count,
    count(*) filter (where transactions.is_return) as return_count,
    sum(transactions.item_count) as item_count,
    count(distinct transactions.customer_id) as customer_count,
    sum(transactions.unit_count) as unit_count,
    coalesce(
        sum(transactions.gross_amount) filter (where not transactions.is_return), 0
    ) as gross_amount,
    sum(transactions.discount_amount) as discount_amount,
    coalesce(
        -sum(transactions.net_amount) filter (where transactions.is_return), 0
    ) as refund_amount,
    sum(transactions.net_amount) as net_amount,
    sum(transactions.tax_amount) as tax_amount,
    coalesce(sum(transactions.cost_amount), 0) as cost_amount,
    coalesce(sum(transactions.profit_amount), 0) as profit_amount
from transactions
inner join warehouse.dim_date as dates on transactions.date_key = dates.date_key
group by dates.full_date
