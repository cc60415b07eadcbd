-- One row per delivered transaction row, typed, with whether the customer is known and since when.
with orders as (
    select
        transactions._row,
        transactions._file,
        transactions._delivery_key as delivery_key,
        transactions._delivery_date as delivery_date,
        checked.as_text(transactions.transaction_id) as transaction_id,
        checked.as_text(transactions.customer_id) as customer_id,
        checked.as_text(transactions.original_transaction_id) as original_transaction_id,
        checked.as_text(transactions.payment_method) as payment_method,
        coalesce(lower(checked.as_text(transactions.transaction_type)), 'sale') as transaction_type,
        coalesce(lower(checked.as_text(transactions.status)), 'completed') as status,
        lower(checked.as_text(transactions.channel)) as channel,
        upper(checked.as_text(transactions.currency)) as currency,
        coalesce(trim(transactions.shipping_country), '') as shipping_country,
        coalesce(trim(transactions.shipping_state), '') as shipping_state,
        coalesce(trim(transactions.shipping_city), '') as shipping_city,
        transactions.exchange_rate as exchange_rate_text,
        transactions.shipping_amount as shipping_amount_text,
        transactions.tax_amount as tax_amount_text,
        transactions.total_amount as total_amount_text,
        transactions.updated_at as updated_at_text,
        checked.as_rate(transactions.exchange_rate) as exchange_rate,
        checked.as_amount(transactions.shipping_amount) as shipping_amount,
        checked.as_amount(transactions.tax_amount) as tax_amount,
        checked.as_amount(transactions.total_amount) as total_amount,
        checked.as_timestamp(
            coalesce(
                transactions.transaction_at,
                transactions.transaction_date || ' '
                || coalesce(transactions.transaction_time, '00:00')
            )
        ) as transaction_at,
        checked.as_timestamp(transactions.updated_at) as moment
    from staging.located_transactions as transactions
    -- keeps the planner from reading a text again wherever its value is used
    offset bigint '0'  -- noqa: AM09
)

select
    orders._row,
    orders._file,
    orders.delivery_key,
    orders.transaction_id,
    orders.customer_id,
    orders.original_transaction_id,
    orders.payment_method,
    orders.transaction_type,
    orders.status,
    orders.channel,
    orders.currency,
    orders.shipping_country,
    orders.shipping_state,
    orders.shipping_city,
    orders.exchange_rate_text,
    orders.shipping_amount_text,
    orders.tax_amount_text,
    orders.total_amount_text,
    orders.updated_at_text,
    orders.exchange_rate,
    orders.shipping_amount,
    orders.tax_amount,
    orders.total_amount,
    orders.transaction_at,
    orders.moment is not null as has_moment,
    checked.begun_at(orders.moment, orders.updated_at_text, orders.delivery_date) as updated_at,
    (
        orders.customer_id is null
        or delivered_customers.customer_id is not null
        or published_customers.customer_id is not null
    ) as is_customer_known,
    coalesce(
        delivered_customers.registration_date, published_customers.registration_date
    ) as customer_registration_date
from orders
left join checked.customers as delivered_customers
    on
        orders.customer_id = delivered_customers.customer_id
        and delivered_customers.is_latest
left join production.customers as published_customers
    on orders.customer_id = published_customers.customer_id
