-- Versions that do not begin where the one before ends, or do not cover all time.
with neighbours as (
    select
        customers.customer_id,
        customers.valid_from,
        customers.valid_to,
        lag(customers.valid_to) over (
            partition by customers.customer_id order by customers.valid_from
        ) as previous_valid_to,
        lead(customers.valid_from) over (
            partition by customers.customer_id order by customers.valid_from
        ) as next_valid_from
    from warehouse.dim_customer as customers
)

select *
from neighbours
where
    valid_from <> coalesce(previous_valid_to, timestamptz '1900-01-01 00:00:00+00')
    or valid_to <> coalesce(next_valid_from, timestamptz '9999-12-31 00:00:00+00')
