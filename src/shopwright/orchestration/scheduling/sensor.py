"""The sensor: it starts a run when a complete delivery has arrived."""

import os
from pathlib import Path
from typing import Any

import dagster as dg

from shopwright.config.workspace import Workspace
from shopwright.ingestion.archive import find_archived
from shopwright.ingestion.deliveries import Delivery, DeliveryInvalid, readable_deliveries
from shopwright.orchestration.pending import pending
from shopwright.orchestration.scheduling.arrivals import arrived, state
from shopwright.orchestration.scheduling.home import START_VARIABLE
from shopwright.storage.database import open_database

SECONDS_BETWEEN = 30

_NOT_STARTED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
]


def arrivals_sensor(job: Any, folder: Path) -> dg.SensorDefinition:
    """Requests a run when something complete is pending that no run was requested for, or when the
    database turns out at the scheduler's start, or at an arrival, to lack what is archived.

    A run that failed is not requested again for the same files: the next one comes with the next
    delivery, with the daily schedule, or when the scheduler is started again.
    """

    @dg.sensor(
        name="arrivals",
        job=job,
        minimum_interval_seconds=SECONDS_BETWEEN,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run when a complete delivery has arrived.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        workspace = Workspace.open(folder)
        try:
            there, refused = readable_deliveries(
                workspace.deliveries, arrived(workspace.settings.schedule)
            )
        except DeliveryInvalid as error:
            return dg.SkipReason(str(error))
        seen = f"{os.environ.get(START_VARIABLE, '')} {state(there)}"
        if seen == context.cursor:
            return dg.SkipReason("Nothing has arrived since the last look.")
        found = _pending(workspace, there)
        if not found:
            return dg.SensorResult(skip_reason=_nothing(refused), cursor=seen)
        if _is_queued(context.instance, job.name):
            return dg.SkipReason("A run that will publish what has arrived is about to start.")
        names = ", ".join(one.name for one in found[:5]) + ", ..." * (len(found) > 5)
        request = dg.RunRequest(run_key=seen, tags={"shopwright/arrived": names})
        return dg.SensorResult(run_requests=[request], cursor=seen)

    return sensor


def _pending(workspace: Workspace, there: list[Delivery]) -> list[Delivery]:
    archived, _ = find_archived(workspace.archive)
    if not there and not archived:
        return []
    with open_database(workspace) as database, database.connect() as connection:
        return pending(connection, there, archived)


def _nothing(refused: dict[str, DeliveryInvalid]) -> str:
    said = "Every complete delivery is published."
    return f"{said} Not understood: {', '.join(refused)}." if refused else said


def _is_queued(instance: dg.DagsterInstance, job_name: str) -> bool:
    filters = dg.RunsFilter(job_name=job_name, statuses=_NOT_STARTED)
    return instance.get_runs_count(filters) > 0
