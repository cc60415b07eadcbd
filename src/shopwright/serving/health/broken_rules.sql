-- One row per table and rule that was broken.
-- parameter: top integer 50 | How many rules.
-- parameter: units text null | What a rule counts that does not count rows, as JSON by its name.
-- Rows are counted when they were delivered, and again when they were tried anew.
select
    table_name,
    rule_name,
    dimension,
    severity,
    cast(sum(row_count) as bigint) as found_count,
    coalesce(cast(:units as jsonb) ->> rule_name, 'row') || 's' as found_units
from quality.rule_results
group by table_name, rule_name, dimension, severity
order by found_count desc, table_name asc, rule_name asc
limit :top
