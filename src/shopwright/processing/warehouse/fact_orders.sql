-- One row per order or return with lines in fact_sales: what is counted per order, counted once.
-- write: replace by transaction_id
with orders as (
    select
        sales.transaction_id,
        min(sales.date_key) as date_key,
        min(sales.customer_key) as customer_key,
        min(sales.payment_method_key) as payment_method_key,
        min(sales.hour_of_day) as hour_of_day,
        min(sales.shipping_country) as shipping_country,
        cast(count(*) as integer) as item_count,
        sum(sales.quantity) as unit_count,
        sum(sales.gross_amount) as gross_amount,
        sum(sales.discount_amount) as discount_amount,
        sum(sales.tax_amount) as tax_amount,
        sum(sales.cost_amount) as cost_amount,
        sum(sales.profit_amount) as profit_amount
    from warehouse.fact_sales as sales
    group by sales.transaction_id
)

select
    orders.transaction_id,
    orders.date_key,
    orders.customer_key,
    orders.payment_method_key,
    transactions.channel,
    orders.shipping_country,
    orders.hour_of_day,
    transactions.transaction_type = 'return' as is_return,
    orders.item_count,
    orders.unit_count,
    orders.gross_amount,
    orders.discount_amount,
    orders.gross_amount - orders.discount_amount as net_amount,
    orders.tax_amount,
    orders.cost_amount,
    orders.profit_amount,
    coalesce(round(transactions.shipping_amount * transactions.exchange_rate, 4), 0)
        as shipping_amount,
    transactions.transaction_at
from orders
inner join production.transactions as transactions
    on orders.transaction_id = transactions.transaction_id
