"""The scheduler's processes: Dagster's code server, daemon and web server, and the runs they start.

Each of them carries the home's path in its environment, so that all are found, whoever is their
parent by now: the runs are children of the code server.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

MARK = "SHOPWRIGHT_SCHEDULER_HOME"

GRACE = 6.0
"""Seconds that processes have to end by themselves: with the rest, less than ten for all."""


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


def end_all(folder: Path, last: int | None = None) -> None:
    """Ends every process of a home: asks them to, and kills what has not ended in time.

    `last` is the number of the one that is asked when all others are gone: the code server, without
    which a run cannot tell how it ended.
    """
    deadline = time.monotonic() + GRACE
    asked: set[int] = set()
    for _ in _until(deadline):
        alive = [one for one in belonging(folder) if one.is_running()]
        if not alive:
            return
        others = [one for one in alive if one.pid != last]
        for process in others or alive:
            if process.pid not in asked:
                asked.add(process.pid)
                with contextlib.suppress(psutil.Error):
                    process.terminate()
    for process in (left := belonging(folder)):
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=1)


def _until(deadline: float) -> Iterator[None]:
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
