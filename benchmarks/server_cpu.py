"""How much work the server did: seconds of its processors, which other people's work on the same
machine stretches far less than the seconds of the clock."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from shopwright.storage.server_processes import find_postmaster


@dataclass(frozen=True)
class Spent:
    """Seconds of the clock, and of the server's processors (all cores together)."""

    seconds: float
    cpu_seconds: float

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)


NOTHING = Spent(0.0, 0.0)


class Stopwatch:
    """Measures from its making on."""

    def __init__(self, data_folder: Path) -> None:
        postmaster = find_postmaster(data_folder)
        assert postmaster is not None, data_folder
        self._server = psutil.Process(postmaster.pid)
        self._started = time.perf_counter()
        self._cpu_before = self._cpu_seconds()

    def lap(self) -> Spent:
        """What was spent since the making or the lap before."""
        now, cpu = time.perf_counter(), self._cpu_seconds()
        spent = Spent(now - self._started, cpu - self._cpu_before)
        self._started, self._cpu_before = now, cpu
        return spent

    def _cpu_seconds(self) -> float:
        """Of all the server's processes, those included that have ended."""
        times = self._server.cpu_times()
        total = times.children_user + times.children_system
        for child in self._server.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                own = child.cpu_times()
                total += own.user + own.system
        return float(total)
