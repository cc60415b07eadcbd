-- Customers with another number of current versions than one.
select
    customers.customer_id,
    count(*) filter (where customers.is_current) as current_version_count
from warehouse.dim_customer as customers
group by customers.customer_id
having count(*) filter (where customers.is_current) <> 1
