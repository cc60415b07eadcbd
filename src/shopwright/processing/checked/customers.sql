-- One row per delivered customer row, typed; null where a text could not be read.
with states as (
    select
        customers._row,
        customers._file,
        customers._delivery_key as delivery_key,
        customers._delivery_date as delivery_date,
        checked.as_text(customers.customer_id) as customer_id,
        checked.as_text(customers.first_name) as first_name,
        checked.as_text(customers.last_name) as last_name,
        checked.as_text(customers.email) as email,
        checked.as_text(customers.phone) as phone,
        checked.as_text(customers.age_group) as age_group,
        lower(checked.as_text(customers.gender)) as gender,
        checked.as_text(customers.segment) as segment,
        checked.as_text(customers.address) as address,
        coalesce(trim(customers.country), '') as country,
        coalesce(trim(customers.state), '') as state,
        coalesce(trim(customers.city), '') as city,
        coalesce(trim(customers.postal_code), '') as postal_code,
        customers.registration_date as registration_date_text,
        customers.birth_date as birth_date_text,
        customers.updated_at as updated_at_text,
        checked.as_date(customers.registration_date) as registration_date,
        checked.as_date(customers.birth_date) as birth_date,
        checked.as_timestamp(customers.updated_at) as moment
    from staging.located_customers as customers
    -- keeps the planner from reading a text again wherever its value is used
    offset bigint '0'  -- noqa: AM09
),

begun as (
    select
        states.*,
        checked.begun_at(states.moment, states.updated_at_text, states.delivery_date) as updated_at
    from states
)

select
    begun._row,
    begun._file,
    begun.delivery_key,
    begun.customer_id,
    begun.first_name,
    begun.last_name,
    begun.email,
    begun.phone,
    -- as of the state, where the shop delivers none
    coalesce(begun.age_group, checked.age_group(begun.birth_date, begun.updated_at)) as age_group,
    begun.gender,
    begun.segment,
    begun.address,
    begun.country,
    begun.state,
    begun.city,
    begun.postal_code,
    begun.registration_date_text,
    begun.birth_date_text,
    begun.updated_at_text,
    begun.registration_date,
    begun.birth_date,
    begun.moment is not null as has_moment,
    begun.updated_at
from begun
