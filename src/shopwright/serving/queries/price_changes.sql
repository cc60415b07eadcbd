-- One row per change of a product's list price.
-- parameter: days integer 28 | How many days before and after a change to compare.
-- parameter: least_units numeric 1 | Changes with fewer units in the days before are left out.
-- Units and revenue of sales in the days before a change and after it. The elasticity is the change
-- of units divided by that of the price: below -1 a higher price loses revenue. Seasons and
-- campaigns are not taken out, so read many changes together and none alone.
with versions as (
    select
        product_id,
        product_name,
        unit_price,
        valid_from,
        lag(unit_price) over (partition by product_id order by valid_from) as old_price
    from warehouse.dim_product
    where product_key <> 0
),

changes as (
    select
        product_id,
        product_name,
        old_price,
        unit_price as new_price,
        valid_from as changed_at
    from versions
    where unit_price <> old_price
),

effects as (
    select
        changes.product_id,
        changes.product_name,
        changes.old_price,
        changes.new_price,
        changes.changed_at,
        coalesce(
            sum(sales.quantity) filter (where sales.transaction_at < changes.changed_at), 0
        ) as units_before,
        coalesce(
            sum(sales.quantity) filter (where sales.transaction_at >= changes.changed_at), 0
        ) as units_after,
        coalesce(
            sum(sales.net_amount) filter (where sales.transaction_at < changes.changed_at), 0
        ) as net_amount_before,
        coalesce(
            sum(sales.net_amount) filter (where sales.transaction_at >= changes.changed_at), 0
        ) as net_amount_after
    from changes
    inner join warehouse.dim_product as products on changes.product_id = products.product_id
    left join warehouse.fact_sales as sales
        on
            products.product_key = sales.product_key
            and not sales.is_return
            and sales.transaction_at >= changes.changed_at - :days * interval '1 day'
            and sales.transaction_at < changes.changed_at + :days * interval '1 day'
    group by
        changes.product_id,
        changes.product_name,
        changes.old_price,
        changes.new_price,
        changes.changed_at
)

select
    product_id,
    product_name,
    old_price,
    new_price,
    round(new_price / nullif(old_price, 0) - 1, 6) as price_change_rate,
    units_before,
    units_after,
    net_amount_before,
    net_amount_after,
    round(units_after / nullif(units_before, 0) - 1, 6) as unit_change_rate,
    round(
        (units_after / nullif(units_before, 0) - 1)
        / nullif(new_price / nullif(old_price, 0) - 1, 0), 4
    ) as elasticity,
    changed_at
from effects
where units_before >= :least_units
order by changed_at, product_id
