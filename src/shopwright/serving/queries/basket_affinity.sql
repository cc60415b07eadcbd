-- One row per pair of products that were bought together.
-- parameter: top integer 20 | How many pairs.
-- parameter: least_orders integer 3 | Pairs in fewer sales are chance.
-- Support is the part of all sales that hold both; confidence the part of the sales of one product
-- that hold the other too; lift how much more often than chance (1: not at all). Pairs are counted
-- in sales of 2 to 20 products, so support is a little low where larger ones are common.
with orders as (
    select sum(order_count) as order_count
    from warehouse.agg_daily_sales
),

products as (
    select
        performance.product_id,
        names.product_name,
        sum(performance.order_count) as order_count
    from warehouse.agg_product_performance as performance
    inner join warehouse.dim_product as names
        on performance.product_id = names.product_id and names.is_current
    group by performance.product_id, names.product_name
)

select
    pairs.product_id,
    one.product_name,
    pairs.other_product_id,
    other.product_name as other_product_name,
    pairs.order_count,
    round(pairs.order_count / orders.order_count, 8) as support_rate,
    round(pairs.order_count / one.order_count, 6) as confidence_rate,
    round(pairs.order_count / other.order_count, 6) as other_confidence_rate,
    round(pairs.order_count * orders.order_count / (one.order_count * other.order_count), 4)
        as lift
from warehouse.agg_product_pairs as pairs
inner join products as one on pairs.product_id = one.product_id
inner join products as other on pairs.other_product_id = other.product_id
cross join orders
where pairs.order_count >= :least_orders
order by lift desc, pairs.order_count desc, pairs.product_id asc, pairs.other_product_id asc
limit :top
