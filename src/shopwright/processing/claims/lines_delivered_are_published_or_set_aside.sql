-- One row where the amounts of the delivered lines are not those published, repeated or set aside.
-- A line's amount is quantity times price, where both are numbers.
-- After a first load all of production is what was delivered; later ones read the same lines of it.
with delivered as (
    select
        coalesce(sum(items.quantity * items.unit_price), 0) as amount,
        coalesce(
            sum(items.quantity * items.unit_price) filter (
                where items.outcome in ('accepted', 'duplicate') and not items.is_latest
            ), 0
        ) as repeated_amount
    from checked.transaction_items as items
),

published as (
    select coalesce(sum(lines.quantity * lines.unit_price), 0) as amount
    from production.transaction_items as lines
),

set_aside as (
    select
        coalesce(
            sum(
                checked.as_amount(
                    checked.plain_amount(
                        entries.row_data ->> 'quantity', files.decimal_mark, files.thousands_mark
                    )
                )
                * checked.as_amount(
                    checked.plain_amount(
                        entries.row_data ->> 'unit_price', files.decimal_mark, files.thousands_mark
                    )
                )
            ), 0
        ) as amount
    from quality.rejected_rows as entries
    inner join checked.transaction_items as items
        on entries.file_id = items._file and entries.row_number = items._row
    inner join ops.files as files on entries.file_id = files.file_id
    where
        entries.table_name = 'transaction_items'
        and items.outcome in ('rejected', 'waiting')
)

select
    delivered.amount as delivered_amount,
    published.amount as published_amount,
    delivered.repeated_amount,
    set_aside.amount as set_aside_amount
from delivered
cross join published
cross join set_aside
where delivered.amount <> published.amount + delivered.repeated_amount + set_aside.amount
