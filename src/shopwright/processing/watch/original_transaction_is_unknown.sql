-- Returns that name a sale nobody has delivered: it may be older than the first delivery.
-- of: transactions, integrity, each a return
select transactions.transaction_id
from checked.transactions as transactions
left join production.transactions as originals
    on transactions.original_transaction_id = originals.transaction_id
where
    transactions.is_latest
    and transactions.original_transaction_id is not null
    and originals.transaction_id is null
