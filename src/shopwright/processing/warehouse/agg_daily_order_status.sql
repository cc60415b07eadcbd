-- One row per business date, payment method and status: orders placed, the cancelled ones too.
-- write: accumulate by order
select
    transactions.business_date,
    coalesce(methods.payment_method, 'Unknown') as payment_method,
    transactions.status,
    count(*) as order_count
from production.transactions as transactions
left join production.payment_methods as payment_methods
    on transactions.payment_method_id = payment_methods.payment_method_id
left join warehouse.dim_payment_method as methods
    on payment_methods.payment_method_name = methods.payment_method
where transactions.transaction_type = 'sale'
group by
    transactions.business_date, coalesce(methods.payment_method, 'Unknown'), transactions.status
