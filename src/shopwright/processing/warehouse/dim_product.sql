-- One row per version of a product: equal neighbouring states are one version.
-- write: versions by product_id
with states as (
    select
        history.product_id,
        history.updated_at,
        history.product_name,
        history.unit_price,
        history.unit_cost,
        history.is_active,
        coalesce(categories.category_name, 'Unknown') as category,
        coalesce(sub_categories.sub_category_name, 'Unknown') as sub_category,
        coalesce(brands.brand_name, 'Unknown') as brand,
        coalesce(suppliers.supplier_name, 'Unknown') as supplier,
        -- two states of one moment: the later delivery is right
        row_number() over (
            partition by history.product_id, history.updated_at
            order by history.delivery_key desc, history.state_hash asc
        ) as rival
    from production.product_history as history
    left join production.sub_categories as sub_categories
        on history.sub_category_id = sub_categories.sub_category_id
    left join production.categories as categories
        on sub_categories.category_id = categories.category_id
    left join production.brands as brands on history.brand_id = brands.brand_id
    left join production.suppliers as suppliers on history.supplier_id = suppliers.supplier_id
),

described_states as (
    select
        states.*,
        md5(
            concat_ws(
                '|',
                states.product_name,
                states.category,
                states.sub_category,
                states.brand,
                states.supplier,
                coalesce(cast(states.unit_price as text), ''),
                coalesce(cast(states.unit_cost as text), ''),
                cast(states.is_active as text)
            )
        ) as description
    from states
    where states.rival = 1
),

neighbouring_states as (
    select
        described_states.*,
        lag(described_states.description) over (
            partition by described_states.product_id order by described_states.updated_at
        ) as description_before
    from described_states
),

changes as (
    select
        neighbouring_states.*,
        lead(neighbouring_states.updated_at) over (
            partition by neighbouring_states.product_id order by neighbouring_states.updated_at
        ) as next_change_at
    from neighbouring_states
    where
        neighbouring_states.description_before is null
        or neighbouring_states.description_before <> neighbouring_states.description
)

select
    product_id,
    product_name,
    category,
    sub_category,
    brand,
    supplier,
    unit_price,
    unit_cost,
    is_active,
    case
        when description_before is null then timestamptz '1900-01-01 00:00:00+00'
        else updated_at
    end as valid_from,
    coalesce(next_change_at, timestamptz '9999-12-31 00:00:00+00') as valid_to,
    next_change_at is null as is_current
from changes
