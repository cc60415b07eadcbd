"""The watch over alerts: a look after every run, and one now and then between runs."""

import logging
from pathlib import Path

import dagster as dg

from shopwright.config.workspace import Workspace
from shopwright.orchestration.alerting import Look, look_at
from shopwright.storage.database_errors import error_without_data

SECONDS_BETWEEN = 600
"""Between looks: by so much later a missing delivery may be told of."""

_log = logging.getLogger(__name__)


def look(folder: Path) -> Look | None:
    """Looks at what is wrong, and tells whoever is to be told. None where the database is down,
    which is told too, or a look was not possible: nothing that goes wrong here fails a run."""
    try:
        return look_at(Workspace.open(folder))
    except Exception as error:
        _log.warning("alerts could not be looked at: %s", error_without_data(error))
        return None


def alerts_sensor(folder: Path) -> dg.SensorDefinition:
    """Looks between runs: a delivery that does not come starts none. It never asks for a run."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=SECONDS_BETWEEN,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks whether anything is wrong, and tells whoever is to be told.",
        target=None,
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        found = look(folder)
        if found is None:
            return dg.SkipReason("The look was not possible; if the database is down, it is told.")
        causes = [one.cause.key for one in found.open]
        return dg.SkipReason(f"Open: {'; '.join(causes)}." if causes else "Nothing is wrong.")

    return sensor
