-- One row per sub-category; a category that is not subdivided has one of its own name.
-- write: append
select distinct
    categories.category_id,
    coalesce(products.sub_category, products.category) as sub_category_name
from checked.products as products
inner join production.categories as categories on products.category = categories.category_name
where products.outcome = 'accepted'
