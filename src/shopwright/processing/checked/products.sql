-- One row per delivered product row, typed; null where a text could not be read.
select
    products._row,
    products._file,
    products._delivery_key as delivery_key,
    checked.as_text(products.product_id) as product_id,
    checked.as_text(products.product_name) as product_name,
    checked.as_text(products.category) as category,
    checked.as_text(products.sub_category) as sub_category,
    checked.as_text(products.brand) as brand,
    checked.as_text(products.supplier) as supplier,
    products.unit_price as unit_price_text,
    products.unit_cost as unit_cost_text,
    products.stock_quantity as stock_quantity_text,
    products.is_active as is_active_text,
    products.updated_at as updated_at_text,
    checked.as_amount(products.unit_price) as unit_price,
    checked.as_amount(products.unit_cost) as unit_cost,
    checked.as_amount(products.stock_quantity) as stock_quantity,
    checked.as_boolean(products.is_active) as is_active,
    checked.as_text(products.updated_at) is not null as has_moment,
    case
        when checked.as_text(products.updated_at) is null
            then cast(products._delivery_date as timestamptz)
        else checked.as_timestamp(products.updated_at)
    end as updated_at
from staging.located_products as products
