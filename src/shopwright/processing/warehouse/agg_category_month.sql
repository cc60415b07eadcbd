-- One row per month and sub-category, as the product was filed at the time of the sale.
-- write: accumulate by transaction_id
with transactions as (
    select
        dates.month_start_date,
        products.category,
        products.sub_category,
        sales.transaction_id,
        sales.is_return,
        count(*) as item_count,
        sum(sales.quantity) as unit_count,
        sum(sales.gross_amount) as gross_amount,
        sum(sales.discount_amount) as discount_amount,
        sum(sales.net_amount) as net_amount,
        sum(sales.cost_amount) as cost_amount,
        sum(sales.profit_amount) as profit_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    inner join warehouse.dim_product as products on sales.product_key = products.product_key
    group by
        dates.month_start_date,
        products.category,
        products.sub_category,
        sales.transaction_id,
        sales.is_return
)

select
    month_start_date,
    category,
    sub_category,
    count(*) filter (where not is_return) as order_count,
    count(*) filter (where is_return) as return_count,
    sum(item_count) as item_count,
    sum(unit_count) as unit_count,
    coalesce(sum(gross_amount) filter (where not is_return), 0) as gross_amount,
    sum(discount_amount) as discount_amount,
    coalesce(-sum(net_amount) filter (where is_return), 0) as refund_amount,
    sum(net_amount) as net_amount,
    coalesce(sum(cost_amount), 0) as cost_amount,
    coalesce(sum(profit_amount), 0) as profit_amount
from transactions
group by month_start_date, category, sub_category
