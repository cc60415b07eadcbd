-- One row per customer with a sale: recency, frequency and monetary value in fifths, and a segment.
-- write: replace by score
-- The fifths are of the customers as they stand: whoever buys today can move another's score.
with bounds as (
    select
        max(fifths.last_order_date) filter (where fifths.score = 2) as recency_2,
        max(fifths.last_order_date) filter (where fifths.score = 3) as recency_3,
        max(fifths.last_order_date) filter (where fifths.score = 4) as recency_4,
        max(fifths.last_order_date) filter (where fifths.score = 5) as recency_5,
        max(fifths.order_count) filter (where fifths.score = 2) as frequency_2,
        max(fifths.order_count) filter (where fifths.score = 3) as frequency_3,
        max(fifths.order_count) filter (where fifths.score = 4) as frequency_4,
        max(fifths.order_count) filter (where fifths.score = 5) as frequency_5,
        max(fifths.net_amount) filter (where fifths.score = 2) as monetary_2,
        max(fifths.net_amount) filter (where fifths.score = 3) as monetary_3,
        max(fifths.net_amount) filter (where fifths.score = 4) as monetary_4,
        max(fifths.net_amount) filter (where fifths.score = 5) as monetary_5
    from warehouse.agg_value_fifths as fifths
),

scores as (
    select
        orders.customer_id,
        orders.first_order_date,
        orders.last_order_date,
        orders.order_count,
        orders.net_amount,
        orders.profit_amount,
        case
            when orders.last_order_date > bounds.recency_5 then 5
            when orders.last_order_date > bounds.recency_4 then 4
            when orders.last_order_date > bounds.recency_3 then 3
            when orders.last_order_date > bounds.recency_2 then 2
            else 1
        end as recency_score,
        case
            when orders.order_count > bounds.frequency_5 then 5
            when orders.order_count > bounds.frequency_4 then 4
            when orders.order_count > bounds.frequency_3 then 3
            when orders.order_count > bounds.frequency_2 then 2
            else 1
        end as frequency_score,
        case
            when orders.net_amount > bounds.monetary_5 then 5
            when orders.net_amount > bounds.monetary_4 then 4
            when orders.net_amount > bounds.monetary_3 then 3
            when orders.net_amount > bounds.monetary_2 then 2
            else 1
        end as monetary_score
    from warehouse.agg_customer_orders as orders
    cross join bounds
    where orders.order_count > 0
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
    round(net_amount / order_count, 4) as average_order_amount,
    cast(recency_score as smallint) as recency_score,
    cast(frequency_score as smallint) as frequency_score,
    cast(monetary_score as smallint) as monetary_score
from scores
