-- One row per line of an invoice; quantity and price exactly as they stand in the file.
-- 1,336 lines of sales have a negative quantity, all at a price of 0: corrections of the stock.
select
    invoice_number || '-' || line_number as item_id,
    invoice_number as transaction_id,
    stock_code as product_id,
    quantity,
    unit_price,
    invoiced_at as updated_at,
    invoice_date as delivery_date,
from invoice_lines
order by position
