-- One row per invoice: 25,900, of which 3,836 begin with C, for cancellation: these are returns.
-- 3 invoices begin with A and adjust bad debts, two of them with a price of -11,062.06: they stay.
-- 43 invoices carry two times a minute apart: the earlier one counts.
select
    invoice_number as transaction_id,
    min(customer_id) as customer_id,    -- none on 135,080 lines: guests
    case when invoice_number like 'C%' then 'return' else 'sale' end as transaction_type,
    min(country) as shipping_country,
    min(invoiced_at) as transaction_at,
    min(invoiced_at) as updated_at,
    min(invoice_date) as delivery_date,
from invoice_lines
group by invoice_number
order by min(position)
