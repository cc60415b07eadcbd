-- One row per stock code, day and change of its description on that day.
-- Every day on which a code has a description gives a row, so that each day can be imported by
-- itself. Some descriptions are notes of the warehouse ('check', 'damaged', '?'): they stay, as the
-- name until the next sale.
with
descriptions_by_moment as (
    select
        stock_code,
        invoice_date,
        invoiced_at,
        description,
    from invoice_lines
    where description is not null
    group by stock_code, invoice_date, invoiced_at, description
    -- 7 times a code has two descriptions in one minute: that of a priced line wins, as the notes
    -- stand on lines without a price; then the longest, then the first of the alphabet.
    qualify row_number() over (
        partition by stock_code, invoiced_at
        order by
            bool_or(cast(unit_price as decimal(18, 4)) > 0) desc,
            length(description) desc,
            description
    ) = 1
),

changes as (
    select
        stock_code,
        description,
        invoiced_at,
        invoice_date,
    from descriptions_by_moment
    qualify description is distinct from lag(description) over (
        partition by stock_code, invoice_date order by invoiced_at
    )
),

-- 112 codes never have a description and 62 have none on their first day: until a description comes
-- the code is the name, so that no line refers to an unknown product. This state begins before
-- all others, the data's first day at midnight, so that it never replaces a name, in whatever order
-- the days are imported.
codes_without_description as (
    select
        stock_code,
        min(invoice_date) as invoice_date,
    from invoice_lines
    group by stock_code
    having min(invoice_date) < coalesce(
        min(invoice_date) filter (where description is not null),
        date '9999-12-31'
    )
)

select
    stock_code as product_id,
    description as product_name,
    invoiced_at as updated_at,
    invoice_date as delivery_date,
from changes
union all
select
    stock_code as product_id,
    stock_code as product_name,
    '2010-12-01 00:00:00' as updated_at,
    invoice_date as delivery_date,
from codes_without_description
order by delivery_date, updated_at, product_id
