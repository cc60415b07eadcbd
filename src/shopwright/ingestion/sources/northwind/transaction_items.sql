-- One row per order and product: 2,155. The discount is a share of one: 0.15 is 15 percent.
select
    order_id || '-' || order_details.product_id as item_id,
    order_id as transaction_id,
    order_details.product_id,
    order_details.quantity,
    order_details.unit_price,
    rtrim(
        rtrim(cast(100 * cast(order_details.discount as decimal(9, 6)) as varchar), '0'), '.'
    ) as discount_percentage,
    orders_by_day.order_date as updated_at,
    orders_by_day.order_date as delivery_date,
from read_csv('order_details.csv', all_varchar = true) as order_details
join orders_by_day using (order_id)
order by orders_by_day.order_date, order_id, cast(order_details.product_id as integer)
