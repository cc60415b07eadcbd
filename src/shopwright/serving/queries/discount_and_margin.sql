-- One row per band of discount, of lines of sales.
-- parameter: width numeric 0.05 | How wide a band is, as a part of the list price.
-- What discounts do: the margin of lines without one against that of lines with 5, 10, 20 percent.
-- A band holds its lower bound. Margin is of lines whose cost is known.
with lines as (
    select
        sales.quantity,
        sales.gross_amount,
        sales.discount_amount,
        sales.net_amount,
        sales.cost_amount,
        sales.profit_amount,
        floor(sales.discount_amount / nullif(sales.gross_amount, 0) / :width) * :width
            as band_from_rate
    from warehouse.fact_sales as sales
    where not sales.is_return
)

select
    band_from_rate,
    count(*) as item_count,
    sum(quantity) as unit_count,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as net_amount,
    sum(profit_amount) as profit_amount,
    round(sum(profit_amount) / nullif(sum(profit_amount + cost_amount), 0), 6) as margin_rate
from lines
where band_from_rate is not null
group by band_from_rate
order by band_from_rate
