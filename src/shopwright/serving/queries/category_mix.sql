-- One row per category and sub-category, as products were filed at the time of the sale.
-- parameter: first_day date null | Sales and returns from this day on.
-- parameter: last_day date null | Sales and returns up to this day.
-- Which shelves carry the shop: share of net revenue and of profit. A shelf with more revenue than
-- profit is a shelf that is sold cheaply. Margin is of the revenue whose cost is known.
with shelves as (
    select
        products.category,
        products.sub_category,
        sum(sales.quantity) as unit_count,
        sum(sales.net_amount) as net_amount,
        coalesce(sum(sales.cost_amount), 0) as cost_amount,
        coalesce(sum(sales.profit_amount), 0) as profit_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    inner join warehouse.dim_product as products on sales.product_key = products.product_key
    where
        (:first_day is null or dates.full_date >= :first_day)
        and (:last_day is null or dates.full_date <= :last_day)
    group by products.category, products.sub_category
)

select
    category,
    sub_category,
    unit_count,
    net_amount,
    profit_amount,
    round(net_amount / nullif(sum(net_amount) over (), 0), 6) as net_rate,
    round(profit_amount / nullif(sum(profit_amount) over (), 0), 6) as profit_rate,
    round(profit_amount / nullif(profit_amount + cost_amount, 0), 6) as margin_rate
from shelves
order by net_amount desc, category asc, sub_category asc
