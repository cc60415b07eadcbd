-- One row per customer, in the newest state delivered.
-- write: upsert
select
    customers.customer_id,
    customers.first_name,
    customers.last_name,
    customers.email,
    customers.phone,
    customers.registration_date,
    customers.birth_date,
    customers.age_group,
    customers.gender,
    customers.segment,
    customers.address,
    locations.location_id,
    customers.updated_at,
    customers.delivery_key
from checked.customers as customers
left join production.locations as locations
    on
        customers.country = locations.country
        and customers.state = locations.state
        and customers.city = locations.city
        and customers.postal_code = locations.postal_code
where customers.is_latest
