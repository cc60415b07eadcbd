"""One round of measurements: raw COPY, the hand-written script, Shopwright, and one more day."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from benchmarks import hand_written, processes
from benchmarks.contents import Contents, read_contents
from benchmarks.dashboard import Viewing, measure_dashboard
from benchmarks.processes import PipelineRun
from benchmarks.raw_copy import raw_copy
from benchmarks.scratch import Scratch
from benchmarks.server_cpu import Spent
from shopwright.config import Settings
from shopwright.ingestion import ledger
from shopwright.ingestion.contract import contract
from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.staging import stage
from shopwright.processing import checking
from shopwright.processing.checking import Checked
from shopwright.processing.publish import Step, prepare
from shopwright.processing.transforms import transforms

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """Everything measured once; the differences are those between the two warehouses.

    `reading_seconds` is what it takes to read the staged texts as values where nobody checks them.
    """

    raw_copy: Spent
    staging: Spent
    reading_seconds: float
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
    staging, reading, script, script_steps, expected = _measure_script(scratch, first)
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
    return Round(
        raw, staging, reading, script, script_steps, first_load, one_more_day, differences, viewing
    )


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
) -> tuple[Spent, float, Spent, list[Step], Contents]:
    with scratch.database("hand_written") as database:
        scratch.settle()
        stopwatch = scratch.stopwatch()
        with database.connect() as connection:
            staged, _ = ledger.number(connection, deliveries, Settings())
        with database.connect() as connection:
            stage(connection, database.connect, staged)
        staging = stopwatch.lap()
        with database.connect() as connection:
            reading = _measure_reading(connection)
            connection.rollback()
        scratch.settle()
        stopwatch = scratch.stopwatch()
        with database.connect() as connection:
            steps = hand_written.publish(connection)
            script = stopwatch.lap()
            return staging, reading, script, steps, read_contents(connection)


def _measure_reading(connection: psycopg.Connection) -> float:
    """Makes the checked tables from the staged ones without a rule."""
    prepare(connection, for_many_rows=True)
    by_table = {transform.table: transform for transform in transforms("checked")}
    seconds = 0.0
    for table in contract():
        started = time.perf_counter()
        columns, rows = checking.read(connection, by_table[table], [])
        seconds += time.perf_counter() - started
        # the next table looks at the newest states of this one
        checking.find_states(connection, table, Checked(columns, rows, False, False))
    return seconds
