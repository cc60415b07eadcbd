-- One row per product.
-- parameter: top integer 10 | How many products.
-- parameter: first_day date null | Sales and returns from this day on.
-- parameter: last_day date null | Sales and returns up to this day.
-- What sells best by net revenue, after discounts and refunds.
-- The name is the newest one; profit is empty where no cost is known.
with sold as (
    select
        versions.product_id,
        count(distinct sales.transaction_id) filter (where not sales.is_return) as order_count,
        sum(sales.quantity) as unit_count,
        sum(sales.net_amount) as net_amount,
        sum(sales.profit_amount) as profit_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    inner join warehouse.dim_product as versions on sales.product_key = versions.product_key
    where
        (:first_day is null or dates.full_date >= :first_day)
        and (:last_day is null or dates.full_date <= :last_day)
    group by versions.product_id
    having count(*) filter (where not sales.is_return) > 0
)

select
    sold.product_id,
    products.product_name,
    products.category,
    sold.order_count,
    sold.unit_count,
    sold.net_amount,
    sold.profit_amount,
    round(sold.profit_amount / nullif(sold.net_amount, 0), 4) as margin_rate
from sold
inner join warehouse.dim_product as products
    on sold.product_id = products.product_id and products.is_current
order by sold.net_amount desc, sold.product_id asc
limit :top
