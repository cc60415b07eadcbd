"""The scheduler's processes: Dagster's code server, daemon and web server, and the runs they start.

Each of them carries the home's path in its environment, so that all are found, whoever is their
parent by now: the runs are children of the code server.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

MARK = "SHOPWRIGHT_SCHEDULER_HOME"

GRACE_OF_RUNS = 3.0
"""Seconds that a run has to roll back and to say so."""
GRACE = 1.0
"""Seconds that any other process has. Daemon and web server need less; the code server never ends
by itself in time, and has nothing to lose."""
_RUN = "--multiprocessing-fork"
"""What stands on the command line of a run: the code server starts it as Python starts a child."""


def start(
    folder: Path, name: str, module: str, *arguments: str, **environment: str
) -> subprocess.Popen[bytes]:
    """Starts a module of Python on a home, in a session of its own, so that Ctrl-C in a terminal
    does not reach it; what it says goes to `log/NAME.log`, of which one older is kept."""
    log = log_file(folder, name)
    log.parent.mkdir(exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".old.log"))
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_environment(folder), **environment},
            cwd=folder,
            start_new_session=True,
        )


def log_file(folder: Path, name: str) -> Path:
    """Where a process writes what it says."""
    return folder / "log" / f"{name}.log"


def _environment(folder: Path) -> Mapping[str, str]:
    return {
        MARK: str(folder),
        "DAGSTER_HOME": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        # a busy machine takes longer than Dagster's minute to start a process that imports it
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SCHEDULE_GRPC_TIMEOUT_SECONDS": "300",
        "PYTHONUNBUFFERED": "1",
    }


def belonging(folder: Path) -> list[psutil.Process]:
    """All processes of a home. A PostgreSQL that one of them started is none: others use it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            is_marked = process.environ().get(MARK) == str(folder)
            if is_marked and process.pid != os.getpid() and process.name() != "postgres":
                found.append(process)
    return found


def end_all(folder: Path) -> None:
    """Ends every process of a home: asks each once, and kills what has not ended in time.

    They are looked for again and again, as one of them may just be starting another.
    """
    began = time.monotonic()
    asked: set[int] = set()
    while alive := belonging(folder):
        passed = time.monotonic() - began
        for process in alive:
            with contextlib.suppress(psutil.Error):
                if passed > (GRACE_OF_RUNS if _RUN in process.cmdline() else GRACE):
                    process.kill()
                elif process.pid not in asked:
                    asked.add(process.pid)
                    process.terminate()
        psutil.wait_procs(alive, timeout=0.1)
