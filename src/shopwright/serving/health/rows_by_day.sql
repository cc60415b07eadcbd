-- One row per day that was delivered for.
-- parameter: first_day date null | Deliveries for this day on.
-- parameter: last_day date null | Deliveries up to this day.
select
    deliveries.delivery_date,
    cast(sum(accounts.accepted_count) as bigint) as accepted_count,
    cast(sum(accounts.duplicate_count) as bigint) as duplicate_count,
    cast(sum(accounts.rejected_count) as bigint) as rejected_count,
    cast(sum(accounts.waiting_count) as bigint) as waiting_count,
    cast(sum(accounts.malformed_count) as bigint) as malformed_count
from ops.deliveries as deliveries
inner join ops.delivery_tables as accounts on deliveries.delivery_key = accounts.delivery_key
where
    (:first_day is null or deliveries.delivery_date >= :first_day)
    and (:last_day is null or deliveries.delivery_date <= :last_day)
group by deliveries.delivery_date
order by deliveries.delivery_date
