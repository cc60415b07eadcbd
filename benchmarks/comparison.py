"""One round of measurements: raw COPY, the hand-written script, Shopwright, and one more day."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import hand_written, processes
from benchmarks.contents import Contents, read_contents
from benchmarks.dashboard import Viewing, measure_dashboard
from benchmarks.processes import PipelineRun
from benchmarks.raw_copy import raw_copy
from benchmarks.scratch import Scratch
from benchmarks.server_cpu import Spent
from shopwright.config import Settings
from shopwright.ingestion import ledger
from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.staging import stage
from shopwright.processing.publish import Step

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """Everything measured once; the differences are those between the two warehouses."""

    raw_copy: Spent
    staging: Spent
    script: Spent
    script_steps: list[Step]
    first_load: PipelineRun
    one_more_day: PipelineRun
    differences: list[str]
    viewing: Viewing | None = None


def measure_round(
    scratch: Scratch, deliveries: list[Delivery], progress: Progress, *, filter_values: int = 0
) -> Round:
    """Loads all deliveries but the last in each way, then the last one after them.

    With `filter_values` the dashboard of what is published then is looked at, too.
    """
    *first, last = deliveries
    progress("raw COPY")
    raw = _measure_raw_copy(scratch, first)
    progress("staging and the hand-written script")
    staging, script, script_steps, expected = _measure_script(scratch, first)
    with scratch.database() as database:
        progress("Shopwright's first load")
        scratch.deliver(first)
        scratch.settle()
        first_load = processes.run(scratch.workspace.folder)
        with database.connect() as connection:
            differences = expected.differences(read_contents(connection))
        progress("one more day")
        scratch.deliver([*first, last])
        scratch.settle()
        one_more_day = processes.run(scratch.workspace.folder)
        viewing = None
        if filter_values:
            progress("the dashboard")
            viewing = measure_dashboard(scratch.workspace.folder, filter_values)
    return Round(raw, staging, script, script_steps, first_load, one_more_day, differences, viewing)


def _measure_raw_copy(scratch: Scratch, deliveries: list[Delivery]) -> Spent:
    for delivery in deliveries:  # so that no one pays for reading from the disk
        for file in delivery.files:
            file.path.read_bytes()
    with scratch.database("raw_copy") as database:
        scratch.settle()
        stopwatch = scratch.stopwatch()
        raw_copy(database, deliveries)
        return stopwatch.lap()


def _measure_script(
    scratch: Scratch, deliveries: list[Delivery]
) -> tuple[Spent, Spent, list[Step], Contents]:
    with scratch.database("hand_written") as database:
        scratch.settle()
        stopwatch = scratch.stopwatch()
        with database.connect() as connection:
            staged, _ = ledger.number(connection, deliveries, Settings())
        with database.connect() as connection:
            stage(connection, database.connect, staged)
        staging = stopwatch.lap()
        with database.connect() as connection:
            steps = hand_written.publish(connection)
            script = stopwatch.lap()
            return staging, script, steps, read_contents(connection)
