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

GRACE = 4.0
"""Seconds that processes have to end by themselves. A run needs a moment to roll back and to say
so; what else Dagster would wait for is not worth waiting for."""


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
    python = Path(sys.executable).resolve()
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) != str(folder):
                continue
            if Path(process.exe()).resolve() == python and process.pid != os.getpid():
                found.append(process)
    return found


def end_all(folder: Path) -> None:
    """Ends every process of a home: asks each once, and kills what has not ended in time.

    They are looked for again and again, as one of them may just be starting another.
    """
    deadline = time.monotonic() + GRACE
    asked: set[int] = set()
    while (alive := belonging(folder)) and time.monotonic() < deadline:
        for process in alive:
            if process.pid not in asked:
                asked.add(process.pid)
                with contextlib.suppress(psutil.Error):
                    process.terminate()
        psutil.wait_procs(alive, timeout=0.2)
    while alive := belonging(folder):
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=1)
