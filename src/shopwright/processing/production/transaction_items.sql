-- One row per line of a transaction, in the newest state delivered.
-- write: upsert
select
    items.item_id,
    items.transaction_id,
    items.product_id,
    items.quantity,
    items.unit_price,
    items.discount_amount,
    coalesce(sign(items.quantity) * abs(items.tax_amount), 0) as tax_amount,
    items.updated_at,
    items.delivery_key
from checked.transaction_items as items
where items.is_latest
