-- One row per month with a known customer's sale.
-- New are those who bought for the first time of all in the month; returning the others who bought.
-- Revenue is net of sales, before refunds; guests are in neither.
with customer_months as (
    select
        customers.customer_id,
        dates.month_start_date,
        date_trunc('month', firsts.first_order_date) = dates.month_start_date as is_new,
        count(*) as order_count,
        sum(orders.net_amount) as net_amount
    from warehouse.fact_orders as orders
    inner join warehouse.dim_date as dates on orders.date_key = dates.date_key
    inner join warehouse.dim_customer as customers on orders.customer_key = customers.customer_key
    inner join warehouse.agg_customer_orders as firsts
        on customers.customer_id = firsts.customer_id
    where orders.customer_key <> 0 and not orders.is_return
    group by customers.customer_id, dates.month_start_date, firsts.first_order_date
)

select
    month_start_date,
    count(*) filter (where is_new) as new_customer_count,
    count(*) filter (where not is_new) as returning_customer_count,
    coalesce(sum(net_amount) filter (where is_new), 0) as new_net_amount,
    coalesce(sum(net_amount) filter (where not is_new), 0) as returning_net_amount,
    round(cast(count(*) filter (where not is_new) as numeric) / count(*), 6)
        as returning_customer_rate
from customer_months
group by month_start_date
order by month_start_date
