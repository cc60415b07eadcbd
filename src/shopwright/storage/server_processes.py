"""The processes of an embedded server, found without trusting its pid file alone."""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg


@dataclass(frozen=True)
class Postmaster:
    """The running server's first process, as its pid file tells."""

    pid: int
    socket_folder: str
    status: str
    port: str = "5432"


def find_postmaster(data_folder: Path) -> Postmaster | None:
    """What the pid file says, if that process lives and is this folder's server."""
    try:
        lines = (data_folder / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_postmaster(pid, data_folder):
        return None
    socket_folder = lines[4] if len(lines) > 4 else ""
    status = lines[7].strip() if len(lines) > 7 else "starting"
    return Postmaster(pid, socket_folder, status, lines[3].strip() if len(lines) > 3 else "5432")


def _is_postmaster(pid: int, data_folder: Path) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return False
        if str(data_folder) in process.cmdline():
            return True
        return Path(process.cwd()) == data_folder  # started by hand, by a relative path
    except psutil.Error:
        return False


def answers(url: str) -> bool:
    """Whether the server takes connections, or would if it had not too many."""
    return psycopg.pq.PGconn.ping(url.encode()) == psycopg.pq.Ping.OK


def end_remains(cluster_name: str) -> None:
    """Ends what is left of a killed server: a backend busy with a statement outlives it."""
    remains = list(_processes_titled(f"postgres: {cluster_name}: "))
    for process in remains:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, stubborn = psutil.wait_procs(remains, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def _processes_titled(beginning: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline"]):
        if " ".join(process.info["cmdline"] or []).startswith(beginning):
            yield process
