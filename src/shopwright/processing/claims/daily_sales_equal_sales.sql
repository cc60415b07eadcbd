-- Days whose lines or net differ between the fact table and the daily aggregate.
with sold as (
    select
        dates.full_date as business_date,
        count(*) as item_count,
        sum(sales.net_amount) as net_amount
    from warehouse.fact_sales as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    group by dates.full_date
)

select
    business_date,
    sold.item_count as sales_item_count,
    daily.item_count as daily_item_count,
    sold.net_amount as sales_net_amount,
    daily.net_amount as daily_net_amount
from sold
left join warehouse.agg_daily_sales as daily using (business_date)
where
    sold.item_count is distinct from daily.item_count
    or sold.net_amount is distinct from daily.net_amount
