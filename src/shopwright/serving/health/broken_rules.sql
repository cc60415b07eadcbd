-- One row per table and rule that some row broke.
-- parameter: top integer 50 | How many rules.
-- Rows are counted when they were delivered, and again when they were tried anew.
select
    table_name,
    rule_name,
    dimension,
    severity,
    cast(sum(row_count) as bigint) as row_count
from quality.rule_results
group by table_name, rule_name, dimension, severity
order by row_count desc, table_name asc, rule_name asc
limit :top
