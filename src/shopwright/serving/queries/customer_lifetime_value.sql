-- One row per tenth of the customers, from those who brought most to those who brought least.
-- parameter: groups integer 10 | How many groups of equal size.
-- Lifetime value is profit to date where costs are known. If the first tenth brings half of it, the
-- shop lives on few people. Guests are nobody's lifetime and are left out.
with ranked as (
    select
        order_count,
        net_amount,
        profit_amount,
        ntile(:groups) over (order by profit_amount desc, net_amount desc, customer_id asc)
            as value_group
    from warehouse.agg_customer_value
)

select
    value_group,
    count(*) as customer_count,
    sum(order_count) as order_count,
    sum(net_amount) as net_amount,
    sum(profit_amount) as profit_amount,
    round(avg(profit_amount), 4) as average_profit_amount,
    min(profit_amount) as least_profit_amount,
    max(profit_amount) as most_profit_amount,
    round(sum(profit_amount) / nullif(sum(sum(profit_amount)) over (), 0), 6) as profit_rate
from ranked
group by value_group
order by value_group
