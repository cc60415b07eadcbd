-- The hand-written first load, part 3 of 4: the aggregates. Small ones are made beside
-- their table first: `create table as` runs in parallel, `insert ... select` does not.

-- step: warehouse.agg_daily_sales
create unlogged table work.days
    (
        business_date, order_count, return_count, item_count, customer_count, unit_count,
        gross_amount, discount_amount, refund_amount, net_amount, tax_amount, cost_amount,
        profit_amount
    ) as
select
    full_date,
    count(*) filter (where not is_return),
    count(*) filter (where is_return),
    sum(item_count),
    count(distinct customer_id) filter (where customer_key <> 0),
    sum(unit_count),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    sum(discount_amount),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount),
    sum(tax_amount),
    coalesce(sum(cost_amount), 0),
    coalesce(sum(profit_amount), 0)
from warehouse.fact_orders
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_customer using (customer_key)
group by full_date;
insert into warehouse.agg_daily_sales
    (
        business_date, order_count, return_count, item_count, customer_count, unit_count,
        gross_amount, discount_amount, refund_amount, net_amount, tax_amount, cost_amount,
        profit_amount
    )
table work.days;
drop table work.days;

-- step: warehouse.agg_hour_of_week
create unlogged table work.hours
    (month_start_date, day_of_week, hour_of_day, order_count, item_count, net_amount) as
select
    month_start_date, day_of_week, hour_of_day, count(*), sum(item_count), sum(net_amount)
from warehouse.fact_orders
inner join warehouse.dim_date using (date_key)
where not is_return
group by month_start_date, day_of_week, hour_of_day;
insert into warehouse.agg_hour_of_week
    (month_start_date, day_of_week, hour_of_day, order_count, item_count, net_amount)
table work.hours;
drop table work.hours;

-- step: warehouse.agg_payment_month
create unlogged table work.payment_months
    (
        month_start_date, payment_method, order_count, return_count, item_count, gross_amount,
        refund_amount, net_amount
    ) as
select
    month_start_date,
    payment_method,
    count(*) filter (where not is_return),
    count(*) filter (where is_return),
    sum(item_count),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount)
from warehouse.fact_orders
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_payment_method using (payment_method_key)
group by month_start_date, payment_method;
insert into warehouse.agg_payment_month
    (
        month_start_date, payment_method, order_count, return_count, item_count, gross_amount,
        refund_amount, net_amount
    )
table work.payment_months;
drop table work.payment_months;

-- step: warehouse.agg_daily_order_status
create unlogged table work.order_statuses
    (business_date, payment_method, status, order_count) as
select business_date, coalesce(payment_method_name, 'Unknown'), status, count(*)
from production.transactions
left join production.payment_methods using (payment_method_id)
where transaction_type = 'sale'
group by business_date, payment_method_name, status;
insert into warehouse.agg_daily_order_status
    (business_date, payment_method, status, order_count)
table work.order_statuses;
drop table work.order_statuses;

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
from warehouse.fact_orders
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_customer using (customer_key)
where customer_key <> 0
group by customer_id;
analyze warehouse.agg_customer_orders;

-- step: warehouse.agg_value_fifths
insert into warehouse.agg_value_fifths (score, last_order_date, order_count, net_amount)
with fifths as (
    select
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by last_order_date)
            as recency,
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by order_count)
            as frequency,
        percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by net_amount)
            as monetary
    from warehouse.agg_customer_orders
    where order_count > 0
)

select
    score,
    recency[score - 1],
    frequency[score - 1],
    monetary[score - 1]
from fifths
cross join generate_series(2, 5) as score;

-- step: warehouse.agg_customer_value
create table warehouse.agg_customer_value as
with bounds as (
    select
        array_agg(last_order_date order by score) as recency,
        array_agg(order_count order by score) as frequency,
        array_agg(net_amount order by score) as monetary
    from warehouse.agg_value_fifths
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
create unlogged table work.cohorts
    (cohort_month_date, months_since_first, customer_count, order_count, net_amount) as
with customer_months as (
    select
        customer_id,
        month_start_date,
        count(*) filter (where not is_return) as order_count,
        sum(net_amount) as net_amount
    from warehouse.fact_orders
    inner join warehouse.dim_date using (date_key)
    inner join warehouse.dim_customer using (customer_key)
    where customer_key <> 0
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
insert into warehouse.agg_cohort_retention
    (cohort_month_date, months_since_first, customer_count, order_count, net_amount)
table work.cohorts;
drop table work.cohorts;

-- step: warehouse.agg_product_performance
create table warehouse.agg_product_performance as
select
    month_start_date,
    product_id,
    count(distinct transaction_id) filter (where not is_return) as order_count,
    count(distinct transaction_id) filter (where is_return) as return_count,
    count(*) as item_count,
    cast(sum(quantity) as numeric(24, 4)) as unit_count,
    cast(coalesce(-sum(quantity) filter (where is_return), 0) as numeric(24, 4))
        as returned_unit_count,
    cast(coalesce(sum(gross_amount) filter (where not is_return), 0) as numeric(24, 4))
        as gross_amount,
    cast(sum(discount_amount) as numeric(24, 4)) as discount_amount,
    cast(coalesce(-sum(net_amount) filter (where is_return), 0) as numeric(24, 4))
        as refund_amount,
    cast(sum(net_amount) as numeric(24, 4)) as net_amount,
    cast(coalesce(sum(cost_amount), 0) as numeric(24, 4)) as cost_amount,
    cast(coalesce(sum(profit_amount), 0) as numeric(24, 4)) as profit_amount
from warehouse.fact_sales
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_product using (product_key)
group by month_start_date, product_id;

-- step: warehouse.agg_category_month
create unlogged table work.category_months
    (
        month_start_date, category, sub_category, order_count, return_count, item_count,
        unit_count, gross_amount, discount_amount, refund_amount, net_amount, cost_amount,
        profit_amount
    ) as
select
    month_start_date,
    category,
    sub_category,
    count(distinct transaction_id) filter (where not is_return),
    count(distinct transaction_id) filter (where is_return),
    count(*),
    sum(quantity),
    coalesce(sum(gross_amount) filter (where not is_return), 0),
    sum(discount_amount),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(net_amount),
    coalesce(sum(cost_amount), 0),
    coalesce(sum(profit_amount), 0)
from warehouse.fact_sales
inner join warehouse.dim_date using (date_key)
inner join warehouse.dim_product using (product_key)
group by month_start_date, category, sub_category;
insert into warehouse.agg_category_month
    (
        month_start_date, category, sub_category, order_count, return_count, item_count,
        unit_count, gross_amount, discount_amount, refund_amount, net_amount, cost_amount,
        profit_amount
    )
table work.category_months;
drop table work.category_months;

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
    from (
        select distinct transaction_id, product_key
        from warehouse.fact_sales
        where not is_return
    ) as sold
) as baskets
inner join warehouse.dim_product as products using (product_key)
where product_count between 2 and 20;
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
drop table work.baskets;
