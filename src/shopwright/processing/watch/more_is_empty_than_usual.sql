-- Columns with many more empty values than in the deliveries of the eight weeks before.
-- of: each table, completeness, each a case
with delivered as (
    select
        min(deliveries.delivery_date) as first_date,
        max(deliveries.delivery_key) as last_key
    from staging.files as files
    inner join ops.deliveries as deliveries on files.delivery_key = deliveries.delivery_key
    where files.is_new
),

-- the keys sort as the days do: a range of them is found without reading two years of counts
looked_at as (
    select min(deliveries.delivery_key) as first_key
    from ops.deliveries as deliveries
    where deliveries.delivery_date >= (select delivered.first_date - 56 from delivered)
),

compared as (
    select
        counts.table_name,
        counts.column_name,
        counts.delivery_key,
        deliveries.delivery_name,
        cast(counts.row_count as double precision) as row_count,
        cast(counts.empty_count as double precision) as empty_count,
        count(*) over weeks_before as delivery_count,
        sum(cast(counts.empty_count as double precision)) over weeks_before
        / nullif(sum(cast(counts.row_count as double precision)) over weeks_before, 0)
            as usual_share
    from quality.column_values as counts
    inner join ops.deliveries as deliveries on counts.delivery_key = deliveries.delivery_key
    where
        counts.delivery_key >= (select looked_at.first_key from looked_at)
        and counts.delivery_key <= (select delivered.last_key from delivered)
    window
        weeks_before as (
            partition by counts.table_name, counts.column_name
            order by deliveries.delivery_date - date '1970-01-01'
            range between 56 preceding and 1 preceding
        )
)

select
    compared.table_name,
    compared.column_name,
    compared.delivery_name
from compared
where
    compared.delivery_key in (
        select files.delivery_key
        from staging.files as files
        where files.is_new
    )
    and compared.row_count >= 20
    and compared.delivery_count >= 4
    -- a tenth and three standard errors: of forty rows, a third may be empty, not a tenth
    and compared.empty_count / compared.row_count > compared.usual_share + 0.1
    + 3 * sqrt(compared.usual_share * (1 - compared.usual_share) / compared.row_count)
