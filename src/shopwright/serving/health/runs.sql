-- One row per run, the newest first.
select
    runs.run_id,
    runs.started_at,
    runs.command,
    runs.outcome,
    round(cast(extract(epoch from runs.finished_at - runs.started_at) as numeric), 2) as seconds,
    (
        select count(*)
        from ops.deliveries as deliveries
        where deliveries.run_id = runs.run_id
    ) as delivery_count
from ops.runs as runs
order by runs.run_id desc
