-- One row per state of a customer that was ever received.
-- write: upsert
with states as (
    select
        customers.customer_id,
        customers.updated_at,
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
        customers.delivery_key,
        cast(
            md5(
                concat_ws(
                    '|',
                    coalesce(customers.first_name, ''),
                    coalesce(customers.last_name, ''),
                    coalesce(customers.email, ''),
                    coalesce(customers.phone, ''),
                    coalesce(cast(customers.registration_date as text), ''),
                    coalesce(cast(customers.birth_date as text), ''),
                    coalesce(customers.age_group, ''),
                    coalesce(customers.gender, ''),
                    coalesce(customers.segment, ''),
                    coalesce(customers.address, ''),
                    customers.country,
                    customers.state,
                    customers.city,
                    customers.postal_code
                )
            ) as uuid
        ) as state_hash
    from checked.customers as customers
    left join production.locations as locations
        on
            customers.country = locations.country
            and customers.state = locations.state
            and customers.city = locations.city
            and customers.postal_code = locations.postal_code
    where customers.rejected_by is null and customers.waits_for is null
),

numbered_states as (
    select
        states.*,
        row_number() over (
            partition by states.customer_id, states.updated_at, states.state_hash
            order by states.delivery_key desc
        ) as repetition
    from states
)

select
    customer_id,
    updated_at,
    state_hash,
    first_name,
    last_name,
    email,
    phone,
    registration_date,
    birth_date,
    age_group,
    gender,
    segment,
    address,
    location_id,
    delivery_key
from numbered_states
where repetition = 1
