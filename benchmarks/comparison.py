"""One round of measurements: raw COPY, the hand-written script, Shopwright, and one more day."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import hand_written, processes
from benchmarks.contents import Contents, read_contents
from benchmarks.processes import PipelineRun
from benchmarks.raw_copy import raw_copy
from benchmarks.scratch import Scratch
from shopwright.ingestion import ledger
from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.staging import stage
from shopwright.processing.publish import Step
from shopwright.storage.database import Database

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """Everything measured once, in seconds; the differences are those of the two warehouses."""

    raw_copy_seconds: float
    staging_seconds: float
    script_steps: list[Step]
    first_load: PipelineRun
    one_more_day: PipelineRun
    differences: list[str]

    @property
    def script_seconds(self) -> float:
        """The hand-written transaction, commit included."""
        return sum(step.seconds for step in self.script_steps)


def measure_round(scratch: Scratch, deliveries: list[Delivery], progress: Progress) -> Round:
    """Loads all deliveries but the last in each way, then the last one after them."""
    *first, last = deliveries
    progress("raw COPY")
    raw_seconds = _measure_raw_copy(scratch, first)
    progress("staging and the hand-written script")
    staging_seconds, script_steps, expected = _measure_script(scratch, first)
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
    return Round(raw_seconds, staging_seconds, script_steps, first_load, one_more_day, differences)


def _measure_raw_copy(scratch: Scratch, deliveries: list[Delivery]) -> float:
    for delivery in deliveries:  # so that no one pays for reading from the disk
        for file in delivery.files:
            file.path.read_bytes()
    with scratch.database("raw_copy") as database:
        scratch.settle()
        return raw_copy(database, deliveries)


def _measure_script(
    scratch: Scratch, deliveries: list[Delivery]
) -> tuple[float, list[Step], Contents]:
    with scratch.database("hand_written") as database:
        scratch.settle()
        staging_seconds = _stage(database, deliveries)
        with database.connect() as connection:
            steps = hand_written.publish(connection)
            return staging_seconds, steps, read_contents(connection)


def _stage(database: Database, deliveries: list[Delivery]) -> float:
    with database.connect() as connection:
        started = time.perf_counter()
        staged = ledger.number(connection, deliveries)
    stage(database.connect, staged)
    return time.perf_counter() - started
