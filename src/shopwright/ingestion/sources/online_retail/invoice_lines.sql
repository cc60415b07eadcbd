-- One row per line of an invoice.
-- A line has no number of its own, and 5,268 repeat another line of their invoice exactly: its
-- position in the invoice names it. No invoice spans two days, so one file gives the same numbers
-- as 305 daily ones.
select
    rowid as position,
    InvoiceNo as invoice_number,
    row_number() over (partition by InvoiceNo order by rowid) as line_number,
    StockCode as stock_code,
    regexp_replace(CustomerID, '\.0$', '') as customer_id,    -- written 17850.0
    nullif(trim(Description), '') as description,    -- 1,454 lines have none
    Country as country,
    Quantity as quantity,
    UnitPrice as unit_price,
    InvoiceDate as invoiced_at,
    cast(InvoiceDate as date) as invoice_date,
from file_lines
order by rowid
