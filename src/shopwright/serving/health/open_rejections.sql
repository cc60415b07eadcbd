-- One row per table and rule by which rows are still set aside, rejected or waiting.
-- parameter: top integer 50 | How many of them.
-- A row that broke several rules counts at each.
select
    rejections.table_name,
    rejections.rule_name,
    rejections.status,
    cast(sum(rejections.row_count) as bigint) as row_count,
    min(rejections.delivery_date) as oldest_delivery_date
from quality.open_rejections as rejections
group by rejections.table_name, rejections.rule_name, rejections.status
order by
    row_count desc, rejections.table_name asc, rejections.rule_name asc, rejections.status asc
limit :top
