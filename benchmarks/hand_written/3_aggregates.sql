-- The hand-written first load, part 3 of 4: the aggregates. The facts are summed twice, by
-- transaction and by product within it; every aggregate is made from one of the two.

-- step: sums
create unlogged table work.sold_transactions as
select
    sales.transaction_id,
    sales.date_key,
    dates.full_date,
    dates.month_start_date,
    dates.day_of_week,
    sales.hour_of_day,
    sales.payment_method_key,
    case when sales.customer_key <> 0 then customers.customer_id end as customer_id,
    sales.is_return,
    sales.item_count,
    sales.unit_count,
    sales.gross_amount,
    sales.discount_amount,
    sales.net_amount,
    sales.tax_amount,
    sales.cost_amount,
    sales.profit_amount
from (
    select
        transaction_id,
        date_key,
        hour_of_day,
        payment_method_key,
        customer_key,
        is_return,
        count(*) as item_count,
        sum(quantity) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        sum(cost_amount) as cost_amount,
        sum(profit_amount) as profit_amount
    from warehouse.fact_sales
    group by
        transaction_id, date_key, hour_of_day, payment_method_key, customer_key, is_return
) as sales
inner join warehouse.dim_date as dates using (date_key)
inner join warehouse.dim_customer as customers using (customer_key);
analyze work.sold_transactions;
create unlogged table work.sold_products as
select
    transaction_id,
    date_key,
    product_key,
    is_return,
    count(*) as item_count,
    sum(quantity) as unit_count,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as net_amount,
    sum(cost_amount) as cost_amount,
    sum(profit_amount) as profit_amount
from warehouse.fact_sales
group by transaction_id, date_key, product_key, is_return;
analyze work.sold_products;

-- step: warehouse.agg_daily_sales
insert into warehouse.agg_daily_sales
    (
        business_date, order_count, return_count, item_count, customer_count, unit_count,
        gross_amount, discount_amount, refund_amount, net_amount, tax_amount, cost_amount,
        profit_amount
    )
select
    full_date,
    count(*) filter (where not is_return),
    count(*) filter (where is_return),
    sum(item_count),
    count(distinct customer_id),
    sum(unit_count),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    sum(discount_amount),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount),
    sum(tax_amount),
    coalesce(sum(cost_amount), 0),
    coalesce(sum(profit_amount), 0)
from work.sold_transactions
group by full_date;

-- step: warehouse.agg_hour_of_week
insert into warehouse.agg_hour_of_week
    (month_start_date, day_of_week, hour_of_day, order_count, item_count, net_amount)
select
    month_start_date, day_of_week, hour_of_day, count(*), sum(item_count), sum(net_amount)
from work.sold_transactions
where not is_return
group by month_start_date, day_of_week, hour_of_day;

-- step: warehouse.agg_payment_month
insert into warehouse.agg_payment_month
    (
        month_start_date, payment_method, order_count, return_count, item_count, gross_amount,
        refund_amount, net_amount
    )
select
    month_start_date,
    payment_method,
    count(*) filter (where not is_return),
    count(*) filter (where is_return),
    sum(item_count),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount)
from work.sold_transactions
inner join warehouse.dim_payment_method using (payment_method_key)
group by month_start_date, payment_method;

-- step: warehouse.agg_customer_orders
create table warehouse.agg_customer_orders as
select
    customer_id,
    min(full_date) filter (where not is_return) as first_order_date,
    max(full_date) filter (where not is_return) as last_order_date,
    count(*) filter (where not is_return) as order_count,
    count(*) filter (where is_return) as return_count,
    cast(sum(item_count) as bigint) as item_count,
    cast(sum(unit_count) as numeric(24, 4)) as unit_count,
    cast(coalesce(sum(gross_amount) filter (where not is_return), 0) as numeric(24, 4))
        as gross_amount,
    cast(coalesce(-sum(net_amount) filter (where is_return), 0) as numeric(24, 4))
        as refund_amount,
    cast(sum(net_amount) as numeric(24, 4)) as net_amount,
    cast(coalesce(sum(profit_amount), 0) as numeric(24, 4)) as profit_amount
from work.sold_transactions
where customer_id is not null
group by customer_id;
analyze warehouse.agg_customer_orders;

-- step: warehouse.agg_customer_value
create table warehouse.agg_customer_value as
with bounds as (
    select
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by last_order_date)
            as recency,
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by order_count)
            as frequency,
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by net_amount)
            as monetary
    from warehouse.agg_customer_orders
    where order_count > 0
),

scores as (
    select
        orders.*,
        1 + (last_order_date > recency[1])::int + (last_order_date > recency[2])::int
        + (last_order_date > recency[3])::int + (last_order_date > recency[4])::int
            as recency_score,
        1 + (order_count > frequency[1])::int + (order_count > frequency[2])::int
        + (order_count > frequency[3])::int + (order_count > frequency[4])::int
            as frequency_score,
        1 + (net_amount > monetary[1])::int + (net_amount > monetary[2])::int
        + (net_amount > monetary[3])::int + (net_amount > monetary[4])::int
            as monetary_score
    from warehouse.agg_customer_orders as orders
    cross join bounds
    where order_count > 0
)

select
    customer_id,
    first_order_date,
    last_order_date,
    order_count,
    net_amount,
    profit_amount,
    cast(round(net_amount / order_count, 4) as numeric(24, 4)) as average_order_amount,
    cast(recency_score as smallint) as recency_score,
    cast(frequency_score as smallint) as frequency_score,
    cast(monetary_score as smallint) as monetary_score,
    case
        when recency_score >= 4 and frequency_score >= 4 then 'Champions'
        when recency_score >= 3 and frequency_score >= 3 then 'Loyal'
        when recency_score >= 4 and order_count = 1 then 'New'
        when recency_score >= 3 then 'Promising'
        when frequency_score >= 4 then 'At risk'
        when recency_score = 2 then 'Slipping away'
        else 'Lost'
    end as value_segment
from scores;

-- step: warehouse.agg_cohort_retention
insert into warehouse.agg_cohort_retention
    (cohort_month_date, months_since_first, customer_count, order_count, net_amount)
with customer_months as (
    select
        customer_id,
        month_start_date,
        count(*) filter (where not is_return) as order_count,
        sum(net_amount) as net_amount
    from work.sold_transactions
    where customer_id is not null
    group by customer_id, month_start_date
),

cohorts as (
    select
        cast(date_trunc('month', orders.first_order_date) as date) as cohort_month_date,
        customer_months.*
    from customer_months
    inner join warehouse.agg_customer_orders as orders using (customer_id)
    where orders.first_order_date is not null
)

select
    cohort_month_date,
    cast(
        12 * (extract(year from month_start_date) - extract(year from cohort_month_date))
        + extract(month from month_start_date) - extract(month from cohort_month_date) as integer
    ) as months_since_first,
    count(*) filter (where order_count > 0),
    sum(order_count),
    sum(net_amount)
from cohorts
group by cohort_month_date, months_since_first
having count(*) filter (where order_count > 0) > 0 or sum(net_amount) <> 0;
drop table work.sold_transactions;

-- step: warehouse.agg_product_performance
create table warehouse.agg_product_performance as
select
    month_start_date,
    product_id,
    count(*) filter (where not is_return) as order_count,
    count(*) filter (where is_return) as return_count,
    cast(sum(item_count) as bigint) as item_count,
    cast(sum(unit_count) as numeric(24, 4)) as unit_count,
    cast(coalesce(-sum(unit_count) filter (where is_return), 0) as numeric(24, 4))
        as returned_unit_count,
    cast(coalesce(sum(gross_amount) filter (where not is_return), 0) as numeric(24, 4))
        as gross_amount,
    cast(sum(discount_amount) as numeric(24, 4)) as discount_amount,
    cast(coalesce(-sum(net_amount) filter (where is_return), 0) as numeric(24, 4))
        as refund_amount,
    cast(sum(net_amount) as numeric(24, 4)) as net_amount,
    cast(coalesce(sum(cost_amount), 0) as numeric(24, 4)) as cost_amount,
    cast(coalesce(sum(profit_amount), 0) as numeric(24, 4)) as profit_amount
from work.sold_products
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_product using (product_key)
group by month_start_date, product_id;

-- step: warehouse.agg_category_month
insert into warehouse.agg_category_month
    (
        month_start_date, category, sub_category, order_count, return_count, item_count,
        unit_count, gross_amount, discount_amount, refund_amount, net_amount, cost_amount,
        profit_amount
    )
with transactions as (
    select
        transaction_id,
        month_start_date,
        category,
        sub_category,
        is_return,
        sum(item_count) as item_count,
        sum(unit_count) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        sum(cost_amount) as cost_amount,
        sum(profit_amount) as profit_amount
    from work.sold_products
    inner join warehouse.dim_date using (date_key)
    inner join warehouse.dim_product using (product_key)
    group by transaction_id, month_start_date, category, sub_category, is_return
)

select
    month_start_date,
    category,
    sub_category,
    count(*) filter (where not is_return),
    count(*) filter (where is_return),
    sum(item_count),
    sum(unit_count),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    sum(discount_amount),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount),
    coalesce(sum(cost_amount), 0),
    coalesce(sum(profit_amount), 0)
from transactions
group by month_start_date, category, sub_category;

-- step: warehouse.agg_product_pairs
create unlogged table work.baskets as
select
    baskets.transaction_id,
    products.product_id
from (
    select
        transaction_id,
        product_key,
        count(*) over (partition by transaction_id) as product_count
    from work.sold_products
    where not is_return
) as baskets
inner join warehouse.dim_product as products using (product_key)
where product_count between 2 and 30;
analyze work.baskets;
create table warehouse.agg_product_pairs as
select
    one.product_id,
    other.product_id as other_product_id,
    count(*) as order_count
from work.baskets as one
inner join work.baskets as other
    on one.transaction_id = other.transaction_id and one.product_id < other.product_id
group by one.product_id, other.product_id;
drop table work.sold_products, work.baskets;
