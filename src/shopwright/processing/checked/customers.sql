-- One row per delivered customer row, typed; null where a text could not be read.
select
    customers._row,
    customers._file,
    files.delivery_key,
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
    checked.as_text(customers.updated_at) is not null as has_moment,
    case
        when checked.as_text(customers.updated_at) is null
            then cast(files.delivery_date as timestamptz)
        else checked.as_timestamp(customers.updated_at)
    end as updated_at
from staging.customers as customers
inner join staging.files as files on customers._file = files.file_id
