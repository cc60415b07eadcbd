-- One row per state of a product that was ever received; the stock changes daily and is left out.
-- write: upsert
with states as (
    select
        products.product_id,
        products.updated_at,
        products.product_name,
        sub_categories.sub_category_id,
        brands.brand_id,
        suppliers.supplier_id,
        products.unit_price,
        products.unit_cost,
        coalesce(products.is_active, true) as is_active,
        products.delivery_key,
        cast(
            md5(
                concat_ws(
                    '|',
                    products.product_name,
                    coalesce(products.category, ''),
                    coalesce(products.sub_category, products.category, ''),
                    coalesce(products.brand, ''),
                    coalesce(products.supplier, ''),
                    coalesce(cast(products.unit_price as text), ''),
                    coalesce(cast(products.unit_cost as text), ''),
                    cast(coalesce(products.is_active, true) as text)
                )
            ) as uuid
        ) as state_hash
    from checked.products as products
    left join production.categories as categories on products.category = categories.category_name
    left join production.sub_categories as sub_categories
        on
            categories.category_id = sub_categories.category_id
            and coalesce(products.sub_category, products.category)
            = sub_categories.sub_category_name
    left join production.brands as brands on products.brand = brands.brand_name
    left join production.suppliers as suppliers on products.supplier = suppliers.supplier_name
    where products.rejected_by is null and products.waits_for is null
),

numbered_states as (
    select
        states.*,
        row_number() over (
            partition by states.product_id, states.updated_at, states.state_hash
            order by states.delivery_key desc
        ) as repetition
    from states
)

select
    product_id,
    updated_at,
    state_hash,
    product_name,
    sub_category_id,
    brand_id,
    supplier_id,
    unit_price,
    unit_cost,
    is_active,
    delivery_key
from numbered_states
where repetition = 1
