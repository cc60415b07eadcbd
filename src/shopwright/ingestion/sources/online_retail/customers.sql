-- One row per customer, day and change of country on that day; 8 of 4,372 move between countries.
-- Every day on which a customer buys gives a row, so that each day can be imported by itself.
with
countries_by_moment as (
    select
        customer_id,
        invoice_date,
        invoiced_at,
        min(country) as country,    -- never two at one moment in this data
    from invoice_lines
    where customer_id <> ''
    group by customer_id, invoice_date, invoiced_at
),

changes as (
    select
        customer_id,
        country,
        invoiced_at,
        invoice_date,
    from countries_by_moment
    qualify country is distinct from lag(country) over (
        partition by customer_id, invoice_date order by invoiced_at
    )
)

select
    customer_id,
    country,
    invoiced_at as updated_at,
    invoice_date as delivery_date,
from changes
order by delivery_date, updated_at, customer_id
