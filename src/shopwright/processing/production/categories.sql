-- One row per product category.
-- write: append
select distinct products.category as category_name
from checked.products as products
where products.outcome = 'accepted' and products.category is not null
