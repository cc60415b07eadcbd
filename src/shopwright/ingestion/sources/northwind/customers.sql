-- One row per customer: 91 companies, 2 of which never ordered. The names are those of the contact.
select
    customer_id,
    split_part(contact_name, ' ', 1) as first_name,
    substr(contact_name, length(split_part(contact_name, ' ', 1)) + 2) as last_name,
    phone,
    company_name,
    address,
    city,
    region as state,
    postal_code,
    country,
    (select min(first_order_date) from orders_by_day) as updated_at,
from read_csv('customers.csv', all_varchar = true)
order by customer_id
