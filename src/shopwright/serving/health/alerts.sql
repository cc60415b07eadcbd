-- One row per run that failed, delivery that could not be read, and claim that did not hold.
-- parameter: top integer 50 | How many of the newest.
with alerts as (
    select
        runs.started_at,
        'run ' || runs.outcome as kind,
        coalesce(runs.error, runs.command) as what,
        cast(null as bigint) as row_count
    from ops.runs as runs
    where runs.outcome in ('failed', 'interrupted')
    union all
    select
        runs.started_at,
        'delivery refused' as kind,
        refused.delivery_name || ': ' || refused.problem as what,
        cast(null as bigint) as row_count
    from ops.refused_deliveries as refused
    inner join ops.runs as runs on refused.run_id = runs.run_id
    union all
    select
        runs.started_at,
        'claim' as kind,
        replace(claims.claim_name, '_', ' ') as what,
        claims.row_count
    from quality.claim_results as claims
    inner join ops.runs as runs on claims.run_id = runs.run_id
    where not claims.holds
)

select
    started_at,
    kind,
    what,
    row_count
from alerts
order by started_at desc, kind asc, what asc
limit :top
