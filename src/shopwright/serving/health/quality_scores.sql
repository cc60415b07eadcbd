-- One row per table of the input contract and dimension of quality.
-- parameter: first_day date null | Deliveries for this day on.
-- parameter: last_day date null | Deliveries up to this day.
-- The score is the part of the rows delivered that have no flaw; all is of every dimension.
select
    scores.table_name,
    scores.dimension,
    round(
        sum(scores.row_count - scores.set_aside_count - scores.warned_count)
        / nullif(sum(scores.row_count), 0), 6
    ) as score
from quality.scores as scores
inner join ops.deliveries as deliveries on scores.delivery_key = deliveries.delivery_key
where
    (:first_day is null or deliveries.delivery_date >= :first_day)
    and (:last_day is null or deliveries.delivery_date <= :last_day)
group by scores.table_name, scores.dimension
order by scores.table_name, scores.dimension
