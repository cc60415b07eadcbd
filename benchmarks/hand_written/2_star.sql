-- The hand-written first load, part 2 of 4: dimensions with their versions, and the facts.

-- step: warehouse.dim_date
insert into warehouse.dim_date
    (
        date_key, full_date, year, quarter, month, month_name, year_month, month_start_date,
        iso_year, iso_week, week_start_date, day_of_month, day_of_week, day_name, is_weekend
    )
select
    cast(to_char(day, 'YYYYMMDD') as integer),
    cast(day as date),
    extract(year from day),
    extract(quarter from day),
    extract(month from day),
    to_char(day, 'FMMonth'),
    to_char(day, 'YYYY-MM'),
    cast(date_trunc('month', day) as date),
    extract(isoyear from day),
    extract(week from day),
    cast(date_trunc('week', day) as date),
    extract(day from day),
    extract(isodow from day),
    to_char(day, 'FMDay'),
    extract(isodow from day) in (6, 7)
from (
    select
        generate_series(
            date_trunc('year', cast(min(business_date) as timestamp)),
            date_trunc('year', cast(max(business_date) as timestamp)) + interval '1 year'
            - interval '1 day',
            interval '1 day'
        ) as day
    from production.transactions
) as days;
analyze warehouse.dim_date;

-- step: warehouse.dim_payment_method
insert into warehouse.dim_payment_method (payment_method)
select payment_method_name from production.payment_methods
on conflict do nothing;

-- step: warehouse.dim_product
insert into warehouse.dim_product
    (
        product_id, product_name, category, sub_category, brand, supplier, unit_price, unit_cost,
        is_active, valid_from, valid_to, is_current
    )
with states as (
    select distinct on (history.product_id, history.updated_at)
        history.product_id,
        history.updated_at,
        row(
            history.product_name, sub_category_id, brand_id, supplier_id, unit_price, unit_cost,
            is_active
        ) as description,
        history.product_name,
        history.unit_price,
        history.unit_cost,
        history.is_active,
        coalesce(categories.category_name, 'Unknown') as category,
        coalesce(sub_categories.sub_category_name, 'Unknown') as sub_category,
        coalesce(brands.brand_name, 'Unknown') as brand,
        coalesce(suppliers.supplier_name, 'Unknown') as supplier
    from production.product_history as history
    left join production.sub_categories using (sub_category_id)
    left join production.categories using (category_id)
    left join production.brands using (brand_id)
    left join production.suppliers using (supplier_id)
    order by history.product_id, history.updated_at, history.delivery_key desc, history.state_hash
),

neighbours as (
    select
        states.*,
        lag(description) over (partition by product_id order by updated_at) as description_before,
        row_number() over (partition by product_id order by updated_at) as state_number
    from states
),

changes as (
    select
        neighbours.*,
        lead(updated_at) over (partition by product_id order by updated_at) as next_change_at
    from neighbours
    where state_number = 1 or description_before is distinct from description
)

select
    product_id, product_name, category, sub_category, brand, supplier, unit_price, unit_cost,
    is_active,
    case when state_number = 1 then timestamptz '1900-01-01 00:00:00+00' else updated_at end,
    coalesce(next_change_at, timestamptz '9999-12-31 00:00:00+00'),
    next_change_at is null
from changes;
analyze warehouse.dim_product;

-- step: warehouse.dim_customer
create table warehouse.dim_customer as
with states as (
    select distinct on (history.customer_id, history.updated_at)
        history.customer_id,
        history.updated_at,
        history.registration_date,
        coalesce(history.segment, 'Unknown') as segment,
        coalesce(history.age_group, 'Unknown') as age_group,
        coalesce(history.gender, 'Unknown') as gender,
        coalesce(nullif(locations.city, ''), 'Unknown') as city,
        coalesce(nullif(locations.state, ''), 'Unknown') as state,
        coalesce(nullif(locations.country, ''), 'Unknown') as country
    from production.customer_history as history
    left join production.locations using (location_id)
    order by history.customer_id, history.updated_at, history.delivery_key desc, history.state_hash
),

described as (
    select
        states.*,
        concat_ws('|', segment, age_group, gender, city, state, country, registration_date)
            as description
    from states
),

neighbours as (
    select
        described.*,
        lag(description) over (partition by customer_id order by updated_at) as description_before
    from described
),

changes as (
    select
        neighbours.*,
        lead(updated_at) over (partition by customer_id order by updated_at) as next_change_at
    from neighbours
    where description_before is null or description_before <> description
)

select
    cast(row_number() over () as integer) as customer_key,
    customer_id,
    segment,
    age_group,
    gender,
    city,
    state,
    country,
    registration_date,
    case
        when description_before is null then timestamptz '1900-01-01 00:00:00+00' else updated_at
    end as valid_from,
    coalesce(next_change_at, timestamptz '9999-12-31 00:00:00+00') as valid_to,
    next_change_at is null as is_current
from changes
union all
select
    0, '(guest)', 'Unknown', 'Unknown', 'Unknown', 'Unknown', 'Unknown', 'Unknown', null,
    timestamptz '1900-01-01 00:00:00+00', timestamptz '9999-12-31 00:00:00+00', true;
analyze warehouse.dim_customer;

-- step: warehouse.fact_sales
create table warehouse.fact_sales as
with methods as (
    select payment_method_id, payment_method_key
    from production.payment_methods
    inner join warehouse.dim_payment_method
        on payment_methods.payment_method_name = dim_payment_method.payment_method
),

lines as (
    select
        items.item_id,
        transactions.transaction_id,
        dates.date_key,
        coalesce(customers.customer_key, 0) as customer_key,
        products.product_key,
        coalesce(methods.payment_method_key, 0) as payment_method_key,
        cast(extract(hour from transactions.transaction_at) as smallint) as hour_of_day,
        transactions.transaction_type = 'return' as is_return,
        transactions.channel,
        nullif(locations.country, '') as shipping_country,
        transactions.currency,
        transactions.exchange_rate,
        transactions.transaction_at,
        items.quantity,
        cast(round(items.unit_price * transactions.exchange_rate, 4) as numeric(18, 4))
            as unit_price,
        cast(
            round(items.quantity * items.unit_price * transactions.exchange_rate, 4)
            as numeric(24, 4)
        ) as gross_amount,
        cast(round(items.discount_amount * transactions.exchange_rate, 4) as numeric(24, 4))
            as discount_amount,
        cast(round(items.tax_amount * transactions.exchange_rate, 4) as numeric(24, 4))
            as tax_amount,
        cast(round(items.quantity * products.unit_cost, 4) as numeric(24, 4)) as cost_amount,
        cast(
            round(items.quantity * items.unit_price - items.discount_amount, 4) as numeric(24, 4)
        ) as original_net_amount
    from production.transaction_items as items
    inner join production.transactions using (transaction_id)
    inner join warehouse.dim_date as dates on transactions.business_date = dates.full_date
    inner join warehouse.dim_product as products
        on
            items.product_id = products.product_id
            and transactions.transaction_at >= products.valid_from
            and transactions.transaction_at < products.valid_to
    left join warehouse.dim_customer as customers
        on
            transactions.customer_id = customers.customer_id
            and transactions.transaction_at >= customers.valid_from
            and transactions.transaction_at < customers.valid_to
    left join methods using (payment_method_id)
    left join production.locations
        on transactions.shipping_location_id = locations.location_id
    where transactions.status <> 'cancelled'
)

select
    item_id,
    transaction_id,
    date_key,
    customer_key,
    product_key,
    payment_method_key,
    hour_of_day,
    is_return,
    channel,
    shipping_country,
    currency,
    exchange_rate,
    transaction_at,
    quantity,
    unit_price,
    gross_amount,
    discount_amount,
    cast(gross_amount - discount_amount as numeric(24, 4)) as net_amount,
    tax_amount,
    cost_amount,
    cast(gross_amount - discount_amount - cost_amount as numeric(24, 4)) as profit_amount,
    original_net_amount
from lines;
analyze warehouse.fact_sales;

-- step: warehouse.fact_orders
create table warehouse.fact_orders as
with orders as (
    select
        transaction_id,
        min(date_key) as date_key,
        min(customer_key) as customer_key,
        min(payment_method_key) as payment_method_key,
        min(hour_of_day) as hour_of_day,
        bool_or(is_return) as is_return,
        min(channel) as channel,
        min(shipping_country) as shipping_country,
        min(exchange_rate) as exchange_rate,
        min(transaction_at) as transaction_at,
        cast(count(*) as integer) as item_count,
        cast(sum(quantity) as numeric(24, 4)) as unit_count,
        cast(sum(gross_amount) as numeric(24, 4)) as gross_amount,
        cast(sum(discount_amount) as numeric(24, 4)) as discount_amount,
        cast(sum(net_amount) as numeric(24, 4)) as net_amount,
        cast(sum(tax_amount) as numeric(24, 4)) as tax_amount,
        cast(sum(cost_amount) as numeric(24, 4)) as cost_amount,
        cast(sum(profit_amount) as numeric(24, 4)) as profit_amount
    from warehouse.fact_sales
    group by transaction_id
)

select
    orders.transaction_id,
    orders.date_key,
    orders.customer_key,
    orders.payment_method_key,
    orders.hour_of_day,
    orders.is_return,
    orders.channel,
    orders.shipping_country,
    orders.transaction_at,
    orders.item_count,
    orders.unit_count,
    orders.gross_amount,
    orders.discount_amount,
    orders.net_amount,
    orders.tax_amount,
    orders.cost_amount,
    orders.profit_amount,
    cast(
        coalesce(round(transactions.shipping_amount * orders.exchange_rate, 4), 0)
        as numeric(24, 4)
    ) as shipping_amount
from orders
inner join production.transactions using (transaction_id);
analyze warehouse.fact_orders;
