-- Versions that do not begin where the one before ends, or do not cover all time.
with neighbours as (
    select
        products.product_id,
        products.valid_from,
        products.valid_to,
        lag(products.valid_to) over (
            partition by products.product_id order by products.valid_from
        ) as previous_valid_to,
        lead(products.valid_from) over (
            partition by products.product_id order by products.valid_from
        ) as next_valid_from
    from warehouse.dim_product as products
)

select *
from neighbours
where
    valid_from <> coalesce(previous_valid_to, timestamptz '1900-01-01 00:00:00+00')
    or valid_to <> coalesce(next_valid_from, timestamptz '9999-12-31 00:00:00+00')
