-- Products of which the returns of a sale take back more units than it sold.
-- of: transaction_items, consistency, each a case
with touched_sales as (
    select originals.transaction_id
    from production.transactions as originals
    where
        originals.transaction_id in (
            select transactions.original_transaction_id
            from checked.transactions as transactions
            where transactions.is_latest and transactions.original_transaction_id is not null
        )
),

-- each sale, and what was returned of it: the quantities of returns are negative
movements as (
    select
        touched_sales.transaction_id as sale_id,
        touched_sales.transaction_id,
        false as is_return
    from touched_sales
    union all
    select
        returns.original_transaction_id as sale_id,
        returns.transaction_id,
        true as is_return
    from touched_sales
    inner join production.transactions as returns
        on touched_sales.transaction_id = returns.original_transaction_id
    where returns.transaction_type = 'return' and returns.status <> 'cancelled'
)

select
    movements.sale_id as transaction_id,
    items.product_id
from movements
inner join production.transaction_items as items
    on movements.transaction_id = items.transaction_id
group by movements.sale_id, items.product_id
having sum(items.quantity) < 0 and bool_or(movements.is_return)
