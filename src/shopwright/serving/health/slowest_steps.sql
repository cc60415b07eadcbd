-- One row per step of the run that published last, the slowest first.
-- parameter: top integer 12 | How many steps.
with newest as (
    select max(run_id) as run_id
    from ops.runs
    where outcome = 'published'
)

select
    steps.step_name,
    cast(sum(steps.row_count) as bigint) as row_count,
    round(cast(sum(steps.seconds) as numeric), 2) as seconds
from ops.steps as steps
inner join newest on steps.run_id = newest.run_id
group by steps.step_name
order by seconds desc, steps.step_name asc
limit :top
