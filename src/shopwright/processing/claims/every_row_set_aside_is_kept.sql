-- Tables of a delivery with more or fewer rows kept than rejected or waiting.
with kept as (
    select
        files.delivery_key,
        entries.table_name,
        count(*) filter (where entries.status = 'waiting') as waiting_count,
        count(*) filter (where entries.status <> 'waiting') as rejected_count
    from quality.rejected_rows as entries
    inner join ops.files as files on entries.file_id = files.file_id
    where entries.status <> 'published'
    group by files.delivery_key, entries.table_name
),

accounted as (
    select
        accounts.delivery_key,
        accounts.table_name,
        accounts.waiting_count,
        accounts.rejected_count
    from ops.delivery_tables as accounts
)

select
    delivery_key,
    table_name,
    kept.waiting_count as kept_waiting_count,
    accounted.waiting_count,
    kept.rejected_count as kept_rejected_count,
    accounted.rejected_count
from kept
full join accounted using (delivery_key, table_name)
where
    coalesce(kept.waiting_count, 0) <> coalesce(accounted.waiting_count, 0)
    or coalesce(kept.rejected_count, 0) <> coalesce(accounted.rejected_count, 0)
