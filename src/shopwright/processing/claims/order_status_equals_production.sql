-- Days and statuses whose orders differ between production and the aggregate by status.
with placed as (
    select
        transactions.business_date,
        transactions.status,
        count(*) as order_count
    from production.transactions as transactions
    where transactions.transaction_type = 'sale'
    group by transactions.business_date, transactions.status
),

counted as (
    select
        orders.business_date,
        orders.status,
        sum(orders.order_count) as order_count
    from warehouse.agg_daily_order_status as orders
    group by orders.business_date, orders.status
)

select
    business_date,
    status,
    placed.order_count,
    counted.order_count as counted_order_count
from placed
full join counted using (business_date, status)
where placed.order_count is distinct from counted.order_count
