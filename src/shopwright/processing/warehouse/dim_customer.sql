-- One row per version of a customer: equal neighbouring states are one version.
-- write: versions by customer_id
with states as (
    select
        history.customer_id,
        history.updated_at,
        history.registration_date,
        coalesce(history.segment, 'Unknown') as segment,
        coalesce(history.age_group, 'Unknown') as age_group,
        coalesce(history.gender, 'Unknown') as gender,
        coalesce(nullif(locations.city, ''), 'Unknown') as city,
        coalesce(nullif(locations.state, ''), 'Unknown') as state,
        coalesce(nullif(locations.country, ''), 'Unknown') as country,
        -- two states of one moment: the later delivery is right
        row_number() over (
            partition by history.customer_id, history.updated_at
            order by history.delivery_key desc, history.state_hash asc
        ) as rival
    from production.customer_history as history
    left join production.locations as locations on history.location_id = locations.location_id
),

described_states as (
    select
        states.*,
        md5(
            concat_ws(
                '|',
                states.segment,
                states.age_group,
                states.gender,
                states.city,
                states.state,
                states.country,
                states.registration_date
            )
        ) as description
    from states
    where states.rival = 1
),

neighbouring_states as (
    select
        described_states.*,
        lag(described_states.description) over (
            partition by described_states.customer_id order by described_states.updated_at
        ) as description_before
    from described_states
),

changes as (
    select
        neighbouring_states.*,
        lead(neighbouring_states.updated_at) over (
            partition by neighbouring_states.customer_id order by neighbouring_states.updated_at
        ) as next_change_at
    from neighbouring_states
    where
        neighbouring_states.description_before is null
        or neighbouring_states.description_before <> neighbouring_states.description
)

select
    customer_id,
    segment,
    age_group,
    gender,
    city,
    state,
    country,
    registration_date,
    case
        when description_before is null then timestamptz '1900-01-01 00:00:00+00'
        else updated_at
    end as valid_from,
    coalesce(next_change_at, timestamptz '9999-12-31 00:00:00+00') as valid_to,
    next_change_at is null as is_current
from changes
