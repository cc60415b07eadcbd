-- The hand-written first load, part 1 of 4: staged texts become the tables of `production`.
-- The database holds the migrated tables, empty. Small ones are filled as they are; large ones are
-- made anew by `create table as`, which runs in parallel and skips the log, and get their keys in
-- part 4. Plain casts and no checks: a single bad value ends the script.

-- step: settings
set local parallel_setup_cost = 10;
set local parallel_tuple_cost = 0;
set local jit = off;
set local random_page_cost = 1.1;
set local temp_buffers = '64MB';
set local default_statistics_target = 30;
set local maintenance_work_mem = '512MB';
create schema work;
drop table
    production.customers, production.customer_history, production.transactions,
    production.transaction_items, warehouse.fact_sales, warehouse.fact_orders,
    warehouse.dim_customer, warehouse.agg_product_pairs,
    warehouse.agg_product_performance, warehouse.agg_customer_orders, warehouse.agg_customer_value
    cascade;

-- step: production.locations
create unlogged table work.places as
select
    coalesce(country, '') as country,
    coalesce(state, '') as state,
    coalesce(city, '') as city,
    coalesce(postal_code, '') as postal_code
from staging.customers
where coalesce(country, state, city, postal_code) is not null
union
select
    coalesce(shipping_country, ''), coalesce(shipping_state, ''), coalesce(shipping_city, ''), ''
from staging.transactions
where coalesce(shipping_country, shipping_state, shipping_city) is not null;
insert into production.locations (country, state, city, postal_code)
select country, state, city, postal_code from work.places;
drop table work.places;
analyze production.locations;

-- step: production.products
insert into production.categories (category_name)
select distinct category from staging.products where category is not null;
insert into production.sub_categories (category_id, sub_category_name)
select distinct categories.category_id, coalesce(products.sub_category, products.category)
from staging.products
inner join production.categories on products.category = categories.category_name;
insert into production.brands (brand_name)
select distinct brand from staging.products where brand is not null;
insert into production.suppliers (supplier_name)
select distinct supplier from staging.products where supplier is not null;
create unlogged table work.product_states as
select
    products.product_id,
    products.product_name,
    sub_categories.sub_category_id,
    brands.brand_id,
    suppliers.supplier_id,
    cast(products.unit_price as numeric(18, 4)) as unit_price,
    cast(products.unit_cost as numeric(18, 4)) as unit_cost,
    cast(products.stock_quantity as numeric(18, 4)) as stock_quantity,
    coalesce(cast(products.is_active as boolean), true) as is_active,
    cast(coalesce(products.updated_at, cast(products._delivery_date as text)) as timestamptz)
        as updated_at,
    products._delivery_key as delivery_key,
    products.category,
    coalesce(products.sub_category, products.category) as sub_category,
    products.brand,
    products.supplier
from staging.located_products as products
left join production.categories on products.category = categories.category_name
left join production.sub_categories
    on
        categories.category_id = sub_categories.category_id
        and coalesce(products.sub_category, products.category) = sub_categories.sub_category_name
left join production.brands on products.brand = brands.brand_name
left join production.suppliers on products.supplier = suppliers.supplier_name;
insert into production.products
select distinct on (product_id)
    product_id, product_name, sub_category_id, brand_id, supplier_id, unit_price, unit_cost,
    stock_quantity, is_active, updated_at, delivery_key
from work.product_states
order by product_id, updated_at desc, delivery_key desc;

-- step: production.product_history
insert into production.product_history
    (
        product_id, updated_at, state_hash, product_name, sub_category_id, brand_id, supplier_id,
        unit_price, unit_cost, is_active, delivery_key
    )
with hashed as (
    select
        product_states.*,
        cast(
            md5(
                concat_ws(
                    '|', product_name, coalesce(category, ''), coalesce(sub_category, ''),
                    coalesce(brand, ''), coalesce(supplier, ''),
                    coalesce(cast(unit_price as text), ''), coalesce(cast(unit_cost as text), ''),
                    cast(is_active as text)
                )
            ) as uuid
        ) as state_hash
    from work.product_states
)

select distinct on (product_id, updated_at, state_hash)
    product_id, updated_at, state_hash, product_name, sub_category_id, brand_id, supplier_id,
    unit_price, unit_cost, is_active, delivery_key
from hashed
order by product_id, updated_at, state_hash, delivery_key desc;
drop table work.product_states;

-- step: production.customer_history
create unlogged table work.customer_states as
select
    customers.customer_id collate "C" as customer_id,
    customers.first_name,
    customers.last_name,
    customers.email,
    customers.phone,
    cast(customers.registration_date as date) as registration_date,
    cast(customers.birth_date as date) as birth_date,
    grown.age_group,
    lower(customers.gender) as gender,
    customers.segment,
    customers.address,
    locations.location_id,
    cast(coalesce(customers.updated_at, cast(customers._delivery_date as text)) as timestamptz)
        as updated_at,
    customers._delivery_key as delivery_key,
    cast(
        md5(
            concat_ws(
                '|', coalesce(first_name, ''), coalesce(last_name, ''), coalesce(email, ''),
                coalesce(phone, ''), coalesce(registration_date, ''), coalesce(birth_date, ''),
                coalesce(grown.age_group, ''), coalesce(lower(gender), ''), coalesce(segment, ''),
                coalesce(address, ''), coalesce(customers.country, ''),
                coalesce(customers.state, ''), coalesce(customers.city, ''),
                coalesce(customers.postal_code, '')
            )
        ) as uuid
    ) as state_hash
from staging.located_customers as customers
left join production.locations
    on
        coalesce(customers.country, '') = locations.country
        and coalesce(customers.state, '') = locations.state
        and coalesce(customers.city, '') = locations.city
        and coalesce(customers.postal_code, '') = locations.postal_code
cross join lateral (
    select coalesce(
        customers.age_group,
        case width_bucket(
            cast(
                date_part(
                    'year',
                    age(
                        cast(
                            coalesce(customers.updated_at, cast(customers._delivery_date as text))
                            as timestamp
                        ),
                        cast(customers.birth_date as timestamp)
                    )
                ) as integer
            ),
            array[18, 25, 35, 45, 55, 65]
        )
            when 0 then '0-17' when 1 then '18-24' when 2 then '25-34' when 3 then '35-44'
            when 4 then '45-54' when 5 then '55-64' when 6 then '65+'
        end
    ) as age_group
) as grown;
analyze work.customer_states (customer_id, updated_at);
create table production.customer_history as
select distinct on (customer_id, updated_at, state_hash)
    customer_id, updated_at, state_hash, first_name, last_name, email, phone, registration_date,
    birth_date, age_group, gender, segment, address, location_id, delivery_key
from work.customer_states
order by customer_id, updated_at, state_hash, delivery_key desc;

-- step: production.customers
create table production.customers as
select distinct on (customer_id)
    customer_id, first_name, last_name, email, phone, registration_date, birth_date, age_group,
    gender, segment, address, location_id, updated_at, delivery_key
from work.customer_states
order by customer_id, updated_at desc, delivery_key desc;
drop table work.customer_states;

-- step: production.transactions
insert into production.payment_methods (payment_method_name)
select distinct payment_method from staging.transactions where payment_method is not null;
-- An order is delivered again when its status changes: one in four is. Ranking all by a sort of
-- whole rows takes twice the time of ranking the repeated ones and leaving out the older.
create unlogged table work.repeated as
select transaction_id
from staging.transactions
group by transaction_id
having count(*) > 1;
analyze work.repeated;
create unlogged table work.outdated as
select _place
from (
    select
        transactions._place,
        row_number() over (
            partition by transactions.transaction_id
            order by
                cast(
                    coalesce(transactions.updated_at, cast(transactions._delivery_date as text))
                    as timestamptz
                ) desc,
                transactions._delivery_key desc
        ) as age
    from staging.located_transactions as transactions
    where transactions.transaction_id in (select transaction_id from work.repeated)
) as ranked
where age > 1;
analyze work.outdated;
create table production.transactions as
select
    transactions.transaction_id collate "C" as transaction_id,
    transactions.customer_id collate "C" as customer_id,
    payment_methods.payment_method_id,
    locations.location_id as shipping_location_id,
    transactions.original_transaction_id collate "C" as original_transaction_id,
    coalesce(lower(transactions.transaction_type), 'sale') as transaction_type,
    coalesce(lower(transactions.status), 'completed') as status,
    lower(transactions.channel) as channel,
    upper(transactions.currency) as currency,
    cast(coalesce(transactions.exchange_rate, '1') as numeric(18, 8)) as exchange_rate,
    cast(transactions.shipping_amount as numeric(18, 4)) as shipping_amount,
    cast(transactions.tax_amount as numeric(18, 4)) as tax_amount,
    cast(transactions.total_amount as numeric(18, 4)) as total_amount,
    cast(transactions.transaction_at as timestamptz) as transaction_at,
    cast(cast(transactions.transaction_at as timestamptz) as date) as business_date,
    cast(coalesce(transactions.updated_at, cast(transactions._delivery_date as text)) as timestamptz)
        as updated_at,
    transactions._delivery_key as delivery_key
from staging.located_transactions as transactions
left join production.payment_methods
    on transactions.payment_method = payment_methods.payment_method_name
left join production.locations
    on
        coalesce(transactions.shipping_country, '') = locations.country
        and coalesce(transactions.shipping_state, '') = locations.state
        and coalesce(transactions.shipping_city, '') = locations.city
        and locations.postal_code = ''
where not exists (
    select from work.outdated
    where outdated._place = transactions._place
);
drop table work.repeated, work.outdated;
analyze production.transactions;

-- step: production.transaction_items
create table production.transaction_items as
select
    items.item_id collate "C" as item_id,
    items.transaction_id collate "C" as transaction_id,
    items.product_id collate "C" as product_id,
    cast(items.quantity as numeric(18, 4)) as quantity,
    cast(items.unit_price as numeric(18, 4)) as unit_price,
    cast(
        case
            when items.discount_amount is not null
                then
                    sign(cast(items.quantity as numeric))
                    * abs(cast(items.discount_amount as numeric))
            when items.discount_percentage is null or items.discount_percentage = '0' then 0
            else
                round(
                    cast(items.quantity as numeric) * cast(items.unit_price as numeric)
                    * cast(items.discount_percentage as numeric) / 100,
                    4
                )
        end as numeric(18, 4)
    ) as discount_amount,
    cast(
        coalesce(sign(cast(items.quantity as numeric)) * abs(cast(items.tax_amount as numeric)), 0)
        as numeric(18, 4)
    ) as tax_amount,
    cast(coalesce(items.updated_at, cast(items._delivery_date as text)) as timestamptz)
        as updated_at,
    items._delivery_key as delivery_key
from staging.located_transaction_items as items;
