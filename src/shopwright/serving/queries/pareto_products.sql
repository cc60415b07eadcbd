-- One row per product with positive net revenue.
-- parameter: threshold numeric 0.8 | The part of revenue that class A makes.
-- The 80/20 rule: products from the largest revenue down until they make the threshold are class A,
-- the next half of what is left class B, the others C. product_rate is the part of all products.
with sold as (
    select
        performance.product_id,
        sum(performance.net_amount) as net_amount
    from warehouse.agg_product_performance as performance
    group by performance.product_id
    having sum(performance.net_amount) > 0
),

ranked as (
    select
        sold.product_id,
        sold.net_amount,
        row_number() over (order by sold.net_amount desc, sold.product_id asc) as place,
        count(*) over () as product_count,
        sum(sold.net_amount) over (order by sold.net_amount desc, sold.product_id asc)
            as running_net_amount,
        sum(sold.net_amount) over () as total_net_amount
    from sold
)

select
    ranked.place,
    ranked.product_id,
    products.product_name,
    case
        when ranked.running_net_amount - ranked.net_amount < :threshold * ranked.total_net_amount
            then 'A'
        when
            ranked.running_net_amount - ranked.net_amount
            < (1 + :threshold) / 2 * ranked.total_net_amount
            then 'B'
        else 'C'
    end as class,
    ranked.net_amount,
    round(ranked.net_amount / ranked.total_net_amount, 6) as net_rate,
    round(ranked.running_net_amount / ranked.total_net_amount, 6) as running_net_rate,
    round(cast(ranked.place as numeric) / ranked.product_count, 6) as product_rate
from ranked
inner join warehouse.dim_product as products
    on ranked.product_id = products.product_id and products.is_current
order by ranked.place
