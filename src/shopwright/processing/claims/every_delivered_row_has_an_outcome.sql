-- Tables of a delivery whose rows in the files are not those accounted for.
with delivered as (
    select
        files.delivery_key,
        files.table_name,
        sum(files.row_count) as row_count
    from ops.files as files
    group by files.delivery_key, files.table_name
),

accounted as (
    select
        accounts.delivery_key,
        accounts.table_name,
        accounts.accepted_count + accounts.duplicate_count
        + accounts.rejected_count + accounts.waiting_count + accounts.malformed_count as row_count
    from ops.delivery_tables as accounts
)

select
    delivery_key,
    table_name,
    delivered.row_count as delivered_row_count,
    accounted.row_count as accounted_row_count
from delivered
full join accounted using (delivery_key, table_name)
where coalesce(delivered.row_count, 0) <> coalesce(accounted.row_count, 0)
