-- One row where the amounts of the delivered lines are not those published, repeated or set aside.
-- A line's amount is quantity times price, where both are numbers.
with delivered as (
    select
        items.outcome,
        items.quantity * items.unit_price as amount,
        published.quantity * published.unit_price as published_amount
    from checked.transaction_items as items
    left join production.transaction_items as published
        on
            items.item_id = published.item_id
            and items.updated_at = published.updated_at
            and items.delivery_key = published.delivery_key
            and items.is_latest
),

lines as (
    select
        coalesce(sum(delivered.amount), 0) as delivered_amount,
        coalesce(sum(delivered.published_amount), 0) as published_amount,
        -- what repeats another line, or a newer state has overtaken
        coalesce(
            sum(delivered.amount) filter (
                where delivered.outcome in ('accepted', 'duplicate')
                and delivered.published_amount is null
            ), 0
        ) as repeated_amount
    from delivered
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
    lines.delivered_amount,
    lines.published_amount,
    lines.repeated_amount,
    set_aside.amount as set_aside_amount
from lines
cross join set_aside
where
    lines.delivered_amount
    <> lines.published_amount + lines.repeated_amount + set_aside.amount
