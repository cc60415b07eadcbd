-- One row per value segment of customers.
-- Recency and frequency in fifths make the segments: Champions buy often and did lately, At risk
-- bought often and stopped. Days are counted to the newest day with a sale.
with today as (
    select max(last_order_date) as newest_date
    from warehouse.agg_customer_value
)

select
    segments.value_segment,
    count(*) as customer_count,
    round(cast(count(*) as numeric) / sum(count(*)) over (), 6) as customer_rate,
    sum(segments.net_amount) as net_amount,
    round(sum(segments.net_amount) / nullif(sum(sum(segments.net_amount)) over (), 0), 6)
        as net_rate,
    round(avg(segments.order_count), 2) as average_order_count,
    round(sum(segments.net_amount) / sum(segments.order_count), 4) as average_order_amount,
    round(avg(today.newest_date - segments.last_order_date), 1) as average_days_since_last_order
from warehouse.agg_customer_value as segments
cross join today
group by segments.value_segment
order by net_amount desc, segments.value_segment asc
