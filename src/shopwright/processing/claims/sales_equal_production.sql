-- Days whose lines or net differ between production (cancelled ones left out) and the fact table.
with sold as (
    select
        transactions.business_date,
        count(*) as item_count,
        sum(round(items.quantity * items.unit_price - items.discount_amount, 4))
            as original_net_amount,
        sum(
            round(items.quantity * items.unit_price * transactions.exchange_rate, 4)
            - round(items.discount_amount * transactions.exchange_rate, 4)
        ) as net_amount
    from production.transaction_items as items
    inner join production.transactions as transactions
        on items.transaction_id = transactions.transaction_id
    where transactions.status <> 'cancelled'
    group by transactions.business_date
),

days as (
    select
        sales.date_key,
        count(*) as item_count,
        sum(sales.original_net_amount) as original_net_amount,
        sum(sales.net_amount) as net_amount
    from warehouse.fact_sales as sales
    group by sales.date_key
),

published as (
    select
        dates.full_date as business_date,
        days.item_count,
        days.original_net_amount,
        days.net_amount
    from days
    inner join warehouse.dim_date as dates on days.date_key = dates.date_key
)

select
    business_date,
    sold.item_count as production_item_count,
    published.item_count as warehouse_item_count,
    sold.net_amount as production_net_amount,
    published.net_amount as warehouse_net_amount
from sold
full join published using (business_date)
where
    sold.item_count is distinct from published.item_count
    or sold.original_net_amount is distinct from published.original_net_amount
    or sold.net_amount is distinct from published.net_amount
