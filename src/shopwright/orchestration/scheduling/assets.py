"""The assets: one per table, all made by one op, as they are published in one transaction."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from shopwright.config.workspace import Workspace
from shopwright.orchestration.run import Days, rebuild, run
from shopwright.orchestration.scheduling.alarm import look
from shopwright.orchestration.scheduling.arrivals import arrived
from shopwright.orchestration.scheduling.attempt import Attempt, Task, attempt
from shopwright.orchestration.scheduling.checks import check_specs, claim_results, rule_results
from shopwright.orchestration.scheduling.lineage import DELIVERIES, LineageTable, lineage
from shopwright.orchestration.scheduling.metadata import made
from shopwright.orchestration.scheduling.retrying import ATTEMPTS, wait_before
from shopwright.processing.rulebook import Rulebook

FRESH = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)
"""A day, an hour more where the clocks go back, and one for the run; two days are too old."""

DELIVERIES_KEY = dg.AssetKey([DELIVERIES])

Event = dg.MaterializeResult[Any] | dg.AssetCheckResult


class Publishing(dg.Config):
    """What may be asked of the op. Left as it is, it publishes what is pending."""

    first_day: str = Field("", description='Back-fill: the first day, such as "2024-05-01".')
    last_day: str = Field("", description="Back-fill: the last day; empty for one day alone.")
    one_by_one: bool = Field(False, description="Each delivery in a transaction of its own.")

    def days(self) -> Days | None:
        """The days to be published again. Raises Failure."""
        if not self.first_day and not self.last_day:
            return None
        try:
            return date.fromisoformat(self.first_day), date.fromisoformat(
                self.last_day or self.first_day
            )
        except ValueError:
            raise dg.Failure(
                f"first_day = {self.first_day!r}, last_day = {self.last_day!r}: these are no days. "
                'Write them as "2024-05-01".',
                allow_retries=False,
            ) from None


def deliveries_asset() -> dg.AssetSpec:
    """The folder that staging is read from: the shop makes it."""
    return dg.AssetSpec(
        DELIVERIES_KEY,
        group_name=DELIVERIES,
        description="The folders of CSV files that the shop hands over.",
    )


def published_tables(workspace: Workspace) -> dg.AssetsDefinition:
    """All tables of the lineage as one op, with claims and rules as checks.

    The op publishes what is pending, as `shopwright run` does, or the days that it is asked for.
    Where only tables of the warehouse are selected, it derives them anew, as `shopwright rebuild`.
    Whatever was selected, all is published together and every table is told of.
    """
    folder = workspace.folder

    @dg.multi_asset(
        name="publish",
        specs=[_spec(table) for table in lineage().values()],
        check_specs=check_specs(Rulebook.of_workspace(workspace)),
        can_subset=True,
    )
    def publish(context: dg.AssetExecutionContext, config: Publishing) -> Iterator[Event]:
        tried = attempt(folder, _task(context, config))
        stopped = _stopped(context, tried) if tried.problem else None
        if not isinstance(stopped, dg.RetryRequested):  # what the next attempt mends alerts nobody
            look(folder)
        yield from _tables(context, tried)
        yield from _checks(context, tried)
        if stopped:
            raise stopped

    return publish


def _spec(table: LineageTable) -> dg.AssetSpec:
    is_staged = table.schema == "staging"
    return dg.AssetSpec(
        dg.AssetKey(table.key),
        deps=[DELIVERIES_KEY] if is_staged else [dg.AssetKey(read) for read in sorted(table.reads)],
        group_name=table.schema,
        description=table.grain,
        kinds={"postgres", "csv" if is_staged else "sql"},
        metadata={}
        if is_staged
        else {"SELECT": dg.MetadataValue.md(f"```sql\n{table.select}\n```")},
        skippable=True,  # where there is nothing to do, nothing is made
        freshness_policy=FRESH if table.schema == "warehouse" else None,
    )


def _task(context: dg.AssetExecutionContext, config: Publishing) -> Task:
    """A rebuild where nothing but the warehouse is selected, else a run."""
    started_by = _started_by(context.run.tags)
    if all(key.path[0] == "warehouse" for key in context.selected_asset_keys):
        return lambda _, database, __: rebuild(database, started_by=started_by)
    again = config.days()
    return lambda workspace, database, result: run(
        workspace,
        database,
        one_by_one=config.one_by_one,
        has_arrived=arrived(workspace.settings.schedule),
        again=again,
        started_by=started_by,
        result=result,
    )


def _started_by(tags: Mapping[str, str]) -> str:
    """What `ops.runs` keeps of who or what started it."""
    if "dagster/schedule_name" in tags:
        return "schedule"
    return "sensor" if "dagster/sensor_name" in tags else "Dagster's page"


def _tables(context: dg.AssetExecutionContext, tried: Attempt) -> Iterator[Event]:
    """What was made, each table after those that it is made from."""
    if tried.found is None and not tried.problem:
        context.log.info("There was nothing to do: every complete delivery is published.")
    for table, metadata in made(tried.found).items() if tried.found else ():
        key = dg.AssetKey(table)
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        else:
            context.log_event(dg.AssetMaterialization(key, metadata=metadata))


def _checks(context: dg.AssetExecutionContext, tried: Attempt) -> Iterator[Event]:
    """How the checks went; those of rules that are new since the definitions were loaded wait
    until they are loaded again."""
    published = tried.found.claims if tried.found else {}
    results = list(claim_results({**published, **tried.failed_claims}))
    if tried.found is not None:
        results += rule_results(tried.rulebook, tried.found)
    for one in results:
        assert one.asset_key is not None
        assert one.check_name is not None
        if dg.AssetCheckKey(one.asset_key, one.check_name) in context.selected_asset_check_keys:
            yield one


def _stopped(context: dg.AssetExecutionContext, tried: Attempt) -> dg.Failure | dg.RetryRequested:
    """What Dagster is told of an attempt that did not go well: to try again, or that it failed."""
    wait = wait_before(context.retry_number + 2)
    if tried.may_pass and wait is not None:
        context.log.warning(f"{tried.problem}\nTrying again in {wait:.0f} s.")
        return dg.RetryRequested(max_retries=ATTEMPTS - 1, seconds_to_wait=wait)
    return dg.Failure(tried.problem, allow_retries=False)
