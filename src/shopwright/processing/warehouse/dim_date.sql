-- One row per day of every year in which there was a transaction.
-- write: replace
with years as (
    select
        date_trunc('year', min(transactions.business_date)) as first_day,
        date_trunc('year', max(transactions.business_date)) + interval '1 year' as end_day
    from production.transactions as transactions
),

days as (
    select
        cast(
            generate_series(first_day, end_day - interval '1 day', interval '1 day') as date
        ) as full_date
    from years
)

select
    cast(to_char(full_date, 'YYYYMMDD') as integer) as date_key,
    to_char(full_date, 'FMMonth') as month_name,
    to_char(full_date, 'YYYY-MM') as year_month,
    to_char(full_date, 'FMDay') as day_name,
    cast(extract(year from full_date) as smallint) as year,
    cast(extract(quarter from full_date) as smallint) as quarter,
    cast(extract(month from full_date) as smallint) as month,
    cast(to_char(full_date, 'IYYY') as smallint) as iso_year,
    cast(to_char(full_date, 'IW') as smallint) as iso_week,
    cast(extract(day from full_date) as smallint) as day_of_month,
    cast(to_char(full_date, 'ID') as smallint) as day_of_week,
    to_char(full_date, 'ID') in ('6', '7') as is_weekend,
    full_date,
    cast(date_trunc('month', full_date) as date) as month_start_date,
    cast(date_trunc('week', full_date) as date) as week_start_date
from days
