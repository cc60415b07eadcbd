-- One row where the pairs of products differ in number from those that the baskets make.
with baskets as (
    select
        sales.transaction_id,
        count(distinct sales.product_key) as product_count
    from warehouse.fact_sales as sales
    where not sales.is_return
    group by sales.transaction_id
),

bought as (
    select coalesce(sum(baskets.product_count * (baskets.product_count - 1) / 2), 0) as pair_count
    from baskets
    where baskets.product_count between 2 and 20
),

counted as (
    select coalesce(sum(pairs.order_count), 0) as pair_count
    from warehouse.agg_product_pairs as pairs
)

select
    bought.pair_count as basket_pair_count,
    counted.pair_count as aggregated_pair_count
from bought
cross join counted
where bought.pair_count <> counted.pair_count
