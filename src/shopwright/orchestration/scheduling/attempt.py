"""One attempt of a run for Dagster: what it found, and what stopped it, told without data."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from dagster import DagsterExecutionInterruptedError

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.orchestration.record import DeliveriesRefused, RunResult
from shopwright.orchestration.scheduling.findings import Findings, findings
from shopwright.orchestration.scheduling.lineage import lineage
from shopwright.orchestration.scheduling.retrying import passes
from shopwright.processing.examination import ClaimFailed
from shopwright.processing.rulebook import Rulebook
from shopwright.storage.database import Database, open_database
from shopwright.storage.database_errors import error_without_data

Task = Callable[[Workspace, Database, RunResult], RunResult]
"""What is to be done, a run or a rebuild; a run fills the result in as it goes on."""

_COUNTED = frozenset({"production", "warehouse"})


@dataclass(frozen=True)
class Attempt:
    """How it went. `found` is of what was published, None where nothing was, also before something
    stopped it; `problem` says what did and the mend, empty where nothing did, and `may_pass`
    whether to try again."""

    found: Findings | None = None
    rulebook: Rulebook = field(default_factory=Rulebook.of_package)
    failed_claims: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    may_pass: bool = False


def attempt(folder: Path, task: Task) -> Attempt:
    """Opens the workspace and its database as they are now, and does the task.

    Every error becomes a `problem` in words. The error itself goes no further: Dagster keeps and
    shows all that an error was caused by, and the database's errors quote rows.
    """
    try:
        with _interruptible():
            workspace = Workspace.open(folder)
            rulebook = Rulebook.of_workspace(workspace)
            with open_database(workspace) as database:
                result = RunResult()
                try:
                    return Attempt(_found(database, task(workspace, database, result)), rulebook)
                except DeliveriesRefused as refused:
                    return Attempt(_found(database, refused.result), rulebook, problem=str(refused))
                except Exception as error:
                    return Attempt(
                        _found_before(database, result),
                        rulebook,
                        error.against if isinstance(error, ClaimFailed) else {},
                        _in_words(error),
                        passes(error),
                    )
    except Exception as error:
        return Attempt(problem=_in_words(error), may_pass=passes(error))


def _found(database: Database, result: RunResult) -> Findings | None:
    """What is known of a run's tables, if it made any."""
    if not any(step.name.startswith("warehouse.") for step in result.steps):
        return None
    return findings(database, result, [key for key in lineage() if key[0] in _COUNTED])


def _found_before(database: Database, result: RunResult) -> Findings | None:
    """The same of the batches that a run had published before it failed, where it can be asked."""
    with suppress(psycopg.Error, ShopwrightError):
        return _found(database, replace(result, steps=result.steps[: result.published_steps]))
    return None


def _in_words(error: Exception) -> str:
    return error_without_data(error) or type(error).__name__


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ends the block as Ctrl-C does when the process is told to end or somebody cancels the run.

    Dagster's own interruption is unknown to psycopg, which would leave the statement running in
    the server; at a KeyboardInterrupt it cancels it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        raise DagsterExecutionInterruptedError from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
