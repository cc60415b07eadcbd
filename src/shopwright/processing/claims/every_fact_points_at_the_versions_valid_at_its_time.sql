-- Lines of sales whose customer or product version was not valid when they were made.
select
    sales.item_id,
    sales.transaction_at
from warehouse.fact_sales as sales
inner join warehouse.dim_product as products on sales.product_key = products.product_key
inner join warehouse.dim_customer as customers on sales.customer_key = customers.customer_key
where
    sales.transaction_at < products.valid_from
    or sales.transaction_at >= products.valid_to
    or sales.transaction_at < customers.valid_from
    or sales.transaction_at >= customers.valid_to
