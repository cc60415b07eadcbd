"""What Dagster loads: assets, checks, jobs, the schedule and the sensor of one workspace.

dagster definitions validate -m shopwright.orchestration.scheduling.definitions
"""

import os

import dagster as dg

from shopwright.config.workspace import Workspace
from shopwright.orchestration.scheduling.alarm import alerts_sensor
from shopwright.orchestration.scheduling.assets import (
    Publishing,
    deliveries_asset,
    published_tables,
)
from shopwright.orchestration.scheduling.home import WORKSPACE_VARIABLE
from shopwright.orchestration.scheduling.lines import VARIABLE, write_lines
from shopwright.orchestration.scheduling.schedule import daily
from shopwright.orchestration.scheduling.sensor import arrivals_sensor
from shopwright.orchestration.scheduling.tidying import tidy, weekly


def definitions_of(workspace: Workspace) -> dg.Definitions:
    """Assets, jobs, the schedule and the sensors of a workspace. Raises RulesInvalid or
    SettingsInvalid."""
    tables = published_tables(workspace)
    run = dg.define_asset_job(
        "run", selection=dg.AssetSelection.assets(tables), description="Publish what is pending."
    )
    back_fill = dg.define_asset_job(
        "back_fill",
        selection=dg.AssetSelection.assets(tables),
        description="Publish the deliveries of some days again: write the days into the "
        "configuration of the op.",
        config=dg.RunConfig({"publish": Publishing(first_day="", last_day="", one_by_one=False)}),
    )
    rebuild = dg.define_asset_job(
        "rebuild",
        selection=dg.AssetSelection.groups("warehouse"),
        description="Derive the warehouse anew from production.",
    )
    return dg.Definitions(
        assets=[deliveries_asset(), tables],
        jobs=[run, back_fill, rebuild, tidy],
        schedules=[daily(run, workspace.settings), weekly(workspace.settings.shop.timezone)],
        sensors=[arrivals_sensor(run, workspace.folder), alerts_sensor(workspace.folder)],
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Those of the workspace that the environment names, or the one around the current folder."""
    if file := os.environ.get(VARIABLE):
        write_lines(file)
    return definitions_of(Workspace.find(os.environ.get(WORKSPACE_VARIABLE, ".")))
