"""The daily schedule, in the shop's time zone."""

from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from shopwright.config import Settings


def daily(job: Any, settings: Settings) -> dg.ScheduleDefinition:
    """Runs the job every day at `[schedule] at` of the shop's time zone, once for each date.

    On a day whose clocks leave that time out, it runs in the hour after; where they show it twice,
    at one of the two. A day on which the scheduler did not run is made up for when it starts.
    """
    at, zone = settings.schedule.at, settings.shop.timezone

    @dg.schedule(
        name="daily",
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Publishes what is pending every day at {at:%H:%M} ({zone}).",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.astimezone(ZoneInfo(zone)).date()
        return dg.RunRequest(run_key=f"{day} {at:%H:%M}", tags={"shopwright/day": str(day)})

    return schedule
