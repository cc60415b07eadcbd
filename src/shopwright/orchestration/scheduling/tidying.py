"""Dagster's own records are kept for a while: a run takes about two megabytes of them."""

from datetime import UTC, datetime, timedelta

import dagster as dg

KEPT = timedelta(days=90)

_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


def forget_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Removes Dagster's records of the runs that ended and were asked for before; gives their
    number. What is known of each table's last run, and what stands in `ops`, stays."""
    filters = dg.RunsFilter(statuses=_ENDED, created_before=before)
    runs = [one.run_id for one in instance.get_runs(filters)]
    for run_id in runs:
        instance.delete_run(run_id)
    return len(runs)


@dg.op
def forget_old_runs(context: dg.OpExecutionContext) -> None:
    """Forgets what is older than three months."""
    count = forget_runs(context.instance, datetime.now(UTC) - KEPT)
    context.log.info(f"Forgot {count} runs older than {KEPT.days} days.")


@dg.job(description="Remove Dagster's records of runs older than 90 days.")
def tidy() -> None:
    """Forgets old runs."""
    forget_old_runs()


def weekly(zone: str) -> dg.ScheduleDefinition:
    """Tidies on Sundays at noon, when the day's run has long ended."""
    return dg.ScheduleDefinition(
        name="weekly_tidying",
        job=tidy,
        cron_schedule="0 12 * * 0",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Removes Dagster's records of old runs every Sunday at noon.",
    )
