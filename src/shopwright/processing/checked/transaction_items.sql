-- One row per delivered line, typed, with its transaction's type and whether the product is known.
select
    items._row,
    items._file,
    files.delivery_key,
    checked.as_text(items.item_id) as item_id,
    checked.as_text(items.transaction_id) as transaction_id,
    checked.as_text(items.product_id) as product_id,
    checked.as_text(items.discount_percentage) as discount_percentage_text,
    checked.as_text(items.discount_amount) as discount_amount_text,
    checked.as_text(items.tax_amount) as tax_amount_text,
    checked.as_text(items.line_total) as line_total_text,
    checked.as_text(items.updated_at) as updated_at_text,
    checked.as_amount(items.quantity) as quantity,
    checked.as_amount(items.unit_price) as unit_price,
    checked.as_amount(items.discount_percentage) as discount_percentage,
    checked.as_amount(items.discount_amount) as given_discount_amount,
    checked.as_amount(items.tax_amount) as tax_amount,
    checked.as_amount(items.line_total) as line_total,
    -- the sign follows the quantity, so that a return takes its discount back
    coalesce(
        sign(checked.as_amount(items.quantity)) * abs(checked.as_amount(items.discount_amount)),
        round(
            checked.as_amount(items.quantity) * checked.as_amount(items.unit_price)
            * checked.as_amount(items.discount_percentage) / 100,
            4
        ),
        0
    ) as discount_amount,
    case
        when checked.as_text(items.updated_at) is null
            then cast(files.delivery_date as timestamptz)
        else checked.as_timestamp(items.updated_at)
    end as updated_at,
    coalesce(
        delivered_transactions.transaction_type, published_transactions.transaction_type
    ) as transaction_type,
    coalesce(
        delivered_transactions.exchange_rate, published_transactions.exchange_rate, 1
    ) as exchange_rate,
    (
        delivered_products.product_id is not null or published_products.product_id is not null
    ) as is_product_known
from staging.transaction_items as items
inner join staging.files as files on items._file = files.file_id
left join checked.transactions as delivered_transactions
    on
        checked.as_text(items.transaction_id) = delivered_transactions.transaction_id
        and delivered_transactions.is_latest
left join production.transactions as published_transactions
    on checked.as_text(items.transaction_id) = published_transactions.transaction_id
left join checked.products as delivered_products
    on
        checked.as_text(items.product_id) = delivered_products.product_id
        and delivered_products.is_latest
left join production.products as published_products
    on checked.as_text(items.product_id) = published_products.product_id
