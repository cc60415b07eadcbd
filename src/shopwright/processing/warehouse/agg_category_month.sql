-- One row per month and sub-category, as the product was filed at the time of the sale.
-- write: accumulate by transaction_id
select
    dates.month_start_date,
    products.category,
    products.sub_category,
    count(distinct sales.transaction_id) filter (where not sales.is_return) as order_count,
    count(distinct sales.transaction_id) filter (where sales.is_return) as return_count,
    count(*) as item_count,
    sum(sales.quantity) as unit_count,
    coalesce(sum(sales.gross_amount) filter (where not sales.is_return), 0) as gross_amount,
    sum(sales.discount_amount) as discount_amount,
    coalesce(-sum(sales.net_amount) filter (where sales.is_return), 0) as refund_amount,
    sum(sales.net_amount) as net_amount,
    coalesce(sum(sales.cost_amount), 0) as cost_amount,
    coalesce(sum(sales.profit_amount), 0) as profit_amount
from warehouse.fact_sales as sales
inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
inner join warehouse.dim_product as products on sales.product_key = products.product_key
group by dates.month_start_date, products.category, products.sub_category
