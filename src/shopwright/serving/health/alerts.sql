-- One row per alert, those that are open first, then the newest.
-- parameter: top integer 50 | How many.
-- Of what it says, the first paragraph: `shopwright alerts` has the rest.
select
    opened_at,
    state,
    kind,
    split_part(message, chr(10), 1) as message,
    row_count,
    mend_command,
    closed_at
from ops.alerts
order by (state = 'closed') asc, opened_at desc, alert_id desc
limit :top
