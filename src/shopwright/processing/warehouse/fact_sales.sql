-- One row per line of a sale or return that was not cancelled, in reporting currency.
-- write: replace by transaction_id
with lines as (
    select
        items.item_id,
        items.transaction_id,
        items.product_id,
        transactions.customer_id,
        transactions.payment_method_id,
        transactions.shipping_location_id,
        transactions.channel,
        transactions.currency,
        transactions.transaction_type,
        transactions.exchange_rate,
        transactions.transaction_at,
        transactions.business_date,
        items.quantity,
        round(items.unit_price * transactions.exchange_rate, 4) as unit_price,
        round(items.quantity * items.unit_price * transactions.exchange_rate, 4) as gross_amount,
        round(items.discount_amount * transactions.exchange_rate, 4) as discount_amount,
        round(items.tax_amount * transactions.exchange_rate, 4) as tax_amount,
        round(items.quantity * items.unit_price - items.discount_amount, 4) as original_net_amount
    from production.transaction_items as items
    inner join production.transactions as transactions
        on items.transaction_id = transactions.transaction_id
    where transactions.status <> 'cancelled'
    -- so that each amount is worked out once, however often it is used
    offset bigint '0' -- noqa: AM09
)

select
    lines.item_id,
    lines.transaction_id,
    dates.date_key,
    coalesce(customers.customer_key, 0) as customer_key,
    products.product_key,
    coalesce(methods.payment_method_key, 0) as payment_method_key,
    lines.channel,
    nullif(locations.country, '') as shipping_country,
    lines.currency,
    cast(date_part('hour', lines.transaction_at) as smallint) as hour_of_day,
    lines.transaction_type = 'return' as is_return,
    lines.exchange_rate,
    lines.quantity,
    lines.unit_price,
    lines.gross_amount,
    lines.discount_amount,
    lines.gross_amount - lines.discount_amount as net_amount,
    lines.tax_amount,
    round(lines.quantity * products.unit_cost, 4) as cost_amount,
    lines.gross_amount - lines.discount_amount - round(lines.quantity * products.unit_cost, 4)
        as profit_amount,
    lines.original_net_amount,
    lines.transaction_at
from lines
inner join warehouse.dim_date as dates on lines.business_date = dates.full_date
inner join warehouse.dim_product as products
    on
        lines.product_id = products.product_id
        and lines.transaction_at >= products.valid_from
        and lines.transaction_at < products.valid_to
left join warehouse.dim_customer as customers
    on
        lines.customer_id = customers.customer_id
        and lines.transaction_at >= customers.valid_from
        and lines.transaction_at < customers.valid_to
left join production.payment_methods as payment_methods
    on lines.payment_method_id = payment_methods.payment_method_id
left join warehouse.dim_payment_method as methods
    on payment_methods.payment_method_name = methods.payment_method
left join production.locations as locations
    on lines.shipping_location_id = locations.location_id
