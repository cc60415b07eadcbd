-- One row per product; the price is the list price of today: 662 order lines were sold at another.
select
    products.product_id,
    products.product_name,
    categories.category_name as category,
    suppliers.company_name as supplier,
    products.unit_price,
    products.units_in_stock as stock_quantity,
    products.discontinued = '0' as is_active,
    (select min(first_order_date) from orders_by_day) as updated_at,
from read_csv('products.csv', all_varchar = true) as products
left join read_csv('categories.csv', all_varchar = true) as categories using (category_id)
left join read_csv('suppliers.csv', all_varchar = true) as suppliers using (supplier_id)
order by cast(products.product_id as integer)
