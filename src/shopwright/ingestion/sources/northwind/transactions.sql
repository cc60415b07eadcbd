-- One row per order: 830, all of them sales; only the day is known, not the time.
select
    order_id as transaction_id,
    customer_id,
    'sale' as transaction_type,
    freight as shipping_amount,
    ship_city as shipping_city,
    ship_region as shipping_state,
    ship_country as shipping_country,
    order_date as transaction_at,
    order_date as updated_at,
    order_date as delivery_date,
from orders_by_day
order by order_date, order_id
