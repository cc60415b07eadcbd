"""Dagster's home in a workspace: its settings, its records, and the lock of who schedules there."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace

WORKSPACE_VARIABLE = "SHOPWRIGHT_WORKSPACE"
"""Names the workspace's folder to the definitions; else it is the one around the current folder."""

START_VARIABLE = "SHOPWRIGHT_SCHEDULER_START"
"""Which start of the scheduler it is: after each one, what is pending is asked for once more."""

LOCATION = "shopwright"
"""What Dagster calls the code that it loads; its records of schedules hang on it."""

_LOCK = "scheduler.lock"
_LOOK_SECONDS = 0.1

_SETTINGS = """\
# Written anew by each `shopwright schedule`.
telemetry: {enabled: false}
nux: {enabled: false}
storage: {sqlite: {base_dir: %s}}
run_queue:
  max_concurrent_runs: 1
  max_user_code_failure_retries: 3  # where a run could not be started at all
  user_code_failure_retry_delay: 60
run_monitoring: {enabled: true, start_timeout_seconds: 900, cancel_timeout_seconds: 60}
freshness: {enabled: true}
compute_logs:  # a run prints nothing, and each would be watched by four processes more
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  schedule: {purge_after_days: 90}
  sensor: {purge_after_days: {skipped: 1, success: 30, failure: 30, started: 30}}
"""


class AlreadyScheduled(ShopwrightError):
    """Another scheduler is at work on this workspace."""


def home(workspace: Workspace) -> Path:
    """Where Dagster keeps its records of this workspace."""
    return workspace.folder / ".shopwright" / "dagster"


@contextmanager
def the_scheduler(folder: Path) -> Iterator[None]:
    """Holds the lock that lets one scheduler work on a home, which is made where it is missing.

    The lock ends with its process, however that ends. Raises AlreadyScheduled.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locks(lock, fcntl.LOCK_EX):
            time.sleep(_LOOK_SECONDS)  # it may have been somebody's look whether there is one
            if not _locks(lock, fcntl.LOCK_EX):
                raise AlreadyScheduled(
                    f"A scheduler is at work on {folder.parents[1]} already: process "
                    f"{_holder(lock)}.",
                    "One is enough. To replace it, end it first with Ctrl-C or SIGTERM.",
                )
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        yield
    finally:
        os.close(lock)


def scheduler_at_work(folder: Path) -> str | None:
    """The process that works on a home from this machine, if one does."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        return None if _locks(lock, fcntl.LOCK_SH) else _holder(lock)
    finally:
        os.close(lock)


def _locks(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(lock: int) -> str:
    return os.read(lock, 100).decode() or "not known yet"


def write_settings(folder: Path, socket: Path) -> None:
    """Dagster's own settings, and where it finds the code."""
    (folder / "dagster.yaml").write_text(_SETTINGS % json.dumps(str(folder)), encoding="utf-8")
    (folder / "workspace.yaml").write_text(
        f"load_from:\n- grpc_server: {{socket: {json.dumps(str(socket))},"
        f" location_name: {LOCATION}}}\n",
        encoding="utf-8",
    )
