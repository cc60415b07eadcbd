-- One row per customer with a sale: recency, frequency and monetary value in fifths, and a segment.
-- write: replace
-- The fifths are of the customers as they stand: whoever buys today can move another customer's score.
with scores as (
    select
        customer_id,
        first_order_date,
        last_order_date,
        order_count,
        net_amount,
        profit_amount,
        round(net_amount / order_count, 4) as average_order_amount,
        1 + floor(5 * percent_rank() over (order by last_order_date) * 0.9999) as recency_score,
        1 + floor(5 * percent_rank() over (order by order_count) * 0.9999) as frequency_score,
        1 + floor(5 * percent_rank() over (order by net_amount) * 0.9999) as monetary_score
    from warehouse.agg_customer_orders
    where order_count > 0
)

select
    customer_id,
    case
        when recency_score >= 4 and frequency_score >= 4 then 'Champions'
        when recency_score >= 3 and frequency_score >= 3 then 'Loyal'
        when recency_score >= 4 and order_count = 1 then 'New'
        when recency_score >= 3 then 'Promising'
        when frequency_score >= 4 then 'At risk'
        when recency_score = 2 then 'Slipping away'
        else 'Lost'
    end as value_segment,
    first_order_date,
    last_order_date,
    order_count,
    net_amount,
    profit_amount,
    average_order_amount,
    cast(recency_score as smallint) as recency_score,
    cast(frequency_score as smallint) as frequency_score,
    cast(monetary_score as smallint) as monetary_score
from scores
