-- Orders whose total is neither the net of their lines nor that with tax, shipping or both.
-- of: transactions, consistency, each an order
-- Shops differ in whether prices hold the tax; a cent for the order and each line is rounding.
with totals as (
    select
        orders.transaction_id,
        abs(transactions.total_amount * coalesce(transactions.exchange_rate, 1)) as total_amount,
        abs(orders.net_amount) as net_amount,
        abs(orders.tax_amount) as tax_amount,
        abs(orders.shipping_amount) as shipping_amount,
        0.01 * (1 + orders.item_count)
        * greatest(coalesce(transactions.exchange_rate, 1), 1) as tolerance
    from checked.transactions as transactions
    inner join warehouse.fact_orders as orders
        on transactions.transaction_id = orders.transaction_id
    where transactions.is_latest and transactions.total_amount is not null
)

select transaction_id
from totals
where
    total_amount <> net_amount + tax_amount + shipping_amount
    and abs(total_amount - net_amount - tax_amount - shipping_amount) > tolerance
    and abs(total_amount - net_amount - tax_amount) > tolerance
    and abs(total_amount - net_amount - shipping_amount) > tolerance
    and abs(total_amount - net_amount) > tolerance
