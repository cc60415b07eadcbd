-- One row per month and payment method.
-- How people pay and how it shifts: shares are of the month's orders and of its net revenue.
select
    month_start_date,
    payment_method,
    order_count,
    net_amount,
    refund_amount,
    round(order_count / nullif(sum(order_count) over (partition by month_start_date), 0), 6)
        as order_rate,
    round(net_amount / nullif(sum(net_amount) over (partition by month_start_date), 0), 6)
        as net_rate,
    round((net_amount + refund_amount) / nullif(order_count, 0), 4) as average_order_amount
from warehouse.agg_payment_month
order by month_start_date, payment_method
