-- One row per product, in the newest state delivered.
-- write: upsert
select
    products.product_id,
    products.product_name,
    sub_categories.sub_category_id,
    brands.brand_id,
    suppliers.supplier_id,
    products.unit_price,
    products.unit_cost,
    products.stock_quantity,
    products.is_active,
    products.updated_at,
    products.delivery_key
from checked.products as products
left join production.categories as categories on products.category = categories.category_name
left join production.sub_categories as sub_categories
    on
        categories.category_id = sub_categories.category_id
        and coalesce(products.sub_category, products.category) = sub_categories.sub_category_name
left join production.brands as brands on products.brand = brands.brand_name
left join production.suppliers as suppliers on products.supplier = suppliers.supplier_name
where products.is_latest
