-- One row for all deliveries.
-- Accepted is the part of the rows that are no duplicates.
select
    max(deliveries.delivery_date) as newest_delivery_date,
    max(deliveries.published_at) as last_published_at,
    round(
        sum(accounts.accepted_count)
        / nullif(sum(accounts.row_count - accounts.duplicate_count), 0), 6
    ) as accepted_rate,
    cast(
        sum(accounts.rejected_count + accounts.waiting_count + accounts.malformed_count) as bigint
    ) as set_aside_count
from ops.deliveries as deliveries
inner join ops.delivery_tables as accounts on deliveries.delivery_key = accounts.delivery_key
