-- One row per order or return, in the newest state delivered.
-- write: upsert
select
    transactions.transaction_id,
    transactions.customer_id,
    payment_methods.payment_method_id,
    locations.location_id as shipping_location_id,
    transactions.original_transaction_id,
    transactions.transaction_type,
    transactions.status,
    transactions.channel,
    transactions.currency,
    coalesce(transactions.exchange_rate, 1) as exchange_rate,
    transactions.shipping_amount,
    transactions.tax_amount,
    transactions.total_amount,
    transactions.transaction_at,
    cast(transactions.transaction_at as date) as business_date,
    transactions.updated_at,
    transactions.delivery_key
from checked.transactions as transactions
left join production.payment_methods as payment_methods
    on transactions.payment_method = payment_methods.payment_method_name
left join production.locations as locations
    on
        transactions.shipping_country = locations.country
        and transactions.shipping_state = locations.state
        and transactions.shipping_city = locations.city
        and locations.postal_code = ''
where transactions.is_latest
