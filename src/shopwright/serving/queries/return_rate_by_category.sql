-- One row per category and sub-category, as products were filed at the time.
-- Deliveries tell that something came back and not why: instead of reasons, this shows where the
-- returns are. The rate is of units, by the day of the refund; a young shelf's returns are to come.
-- The index is 100 where a shelf's rate is that of the whole shop.
with shelves as (
    select
        products.category,
        products.sub_category,
        coalesce(sum(sales.quantity) filter (where not sales.is_return), 0) as sold_unit_count,
        coalesce(-sum(sales.quantity) filter (where sales.is_return), 0) as returned_unit_count,
        coalesce(-sum(sales.net_amount) filter (where sales.is_return), 0) as refund_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_product as products on sales.product_key = products.product_key
    group by products.category, products.sub_category
)

select
    category,
    sub_category,
    sold_unit_count,
    returned_unit_count,
    refund_amount,
    round(returned_unit_count / nullif(sold_unit_count, 0), 6) as return_rate,
    round(
        100 * returned_unit_count / nullif(sold_unit_count, 0)
        / nullif(
            sum(returned_unit_count) over () / nullif(sum(sold_unit_count) over (), 0), 0
        ), 1
    ) as return_index
from shelves
order by return_rate desc nulls last, category asc, sub_category asc
