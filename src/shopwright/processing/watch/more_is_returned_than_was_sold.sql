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

returned as (
    select
        returns.original_transaction_id as transaction_id,
        items.product_id,
        -sum(items.quantity) as quantity
    from touched_sales
    inner join production.transactions as returns
        on touched_sales.transaction_id = returns.original_transaction_id
    inner join production.transaction_items as items
        on returns.transaction_id = items.transaction_id
    where returns.transaction_type = 'return' and returns.status <> 'cancelled'
    group by returns.original_transaction_id, items.product_id
),

sold as (
    select
        items.transaction_id,
        items.product_id,
        sum(items.quantity) as quantity
    from touched_sales
    inner join production.transaction_items as items
        on touched_sales.transaction_id = items.transaction_id
    group by items.transaction_id, items.product_id
)

select
    returned.transaction_id,
    returned.product_id
from returned
left join sold
    on returned.transaction_id = sold.transaction_id and returned.product_id = sold.product_id
where returned.quantity > coalesce(sold.quantity, 0)
