-- Products with another number of current versions than one.
select
    products.product_id,
    count(*) filter (where products.is_current) as current_version_count
from warehouse.dim_product as products
group by products.product_id
having count(*) filter (where products.is_current) <> 1
