"""The scheduler of a workspace: Dagster's processes, started, watched and ended together."""

import importlib.util
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.orchestration.scheduling import processes
from shopwright.orchestration.scheduling.home import (
    LOCATION,
    START_VARIABLE,
    WORKSPACE_VARIABLE,
    home,
    the_scheduler,
    write_settings,
)
from shopwright.orchestration.scheduling.lines import VARIABLE, Lines
from shopwright.orchestration.scheduling.pages import HOST
from shopwright.orchestration.scheduling.processes import end_all, log_file
from shopwright.processing.rulebook import Rulebook
from shopwright.storage.server_processes import find_postmaster

DEFINITIONS = "shopwright.orchestration.scheduling.definitions"
PATIENCE = 600.0
"""Seconds that a process has to get ready: on a busy machine, Dagster takes half a minute."""

WRITING_OUT = 2.5
"""Seconds that the embedded server has to write out what it holds in memory."""


class DagsterMissing(ShopwrightError):
    """The scheduler is Dagster, which is an extra of the package."""

    exit_code = 2


class SchedulerFailed(ShopwrightError):
    """One of Dagster's processes ended, or did not get ready."""


def refuse_without_dagster() -> None:
    """Raises DagsterMissing where the extra is not installed."""
    for package in ("dagster", "dagster_webserver"):
        if importlib.util.find_spec(package) is None:
            raise DagsterMissing(
                f"The scheduler needs Dagster, and there is no package {package}.",
                "Install it with `pip install 'shopwright[schedule]'`; or let cron call "
                "`shopwright run`.",
            )


@dataclass(frozen=True)
class Scheduler:
    """A scheduler that is ready. `address` is where its pages are, empty without them."""

    folder: Path
    running: dict[str, "subprocess.Popen[bytes]"]
    lines: Lines
    address: str

    def watch(self) -> None:
        """Passes log lines on. Returns never, but raises SchedulerFailed when a process ends."""
        while True:
            _raise_if_ended(self.folder, self.running)
            self.lines.pass_on()
            time.sleep(0.5)


@contextmanager
def scheduler(workspace: Workspace, *, port: int | None) -> Iterator[Scheduler]:
    """Starts Dagster over the workspace; ends every process of it when the block is left.

    Without a port, without the web server. The caller keeps the database open meanwhile. Raises
    AlreadyScheduled, SchedulerFailed, or what is wrong with rules or settings.
    """
    Rulebook.of_workspace(workspace)
    folder = home(workspace)
    with (
        the_scheduler(folder),
        tempfile.TemporaryDirectory(prefix="shopwright-scheduler-") as private,
    ):
        end_all(folder)  # what a killed scheduler left behind
        code_socket = Path(private) / "code"
        write_settings(folder, code_socket)
        running: dict[str, subprocess.Popen[bytes]] = {}
        lines = Lines(log_file(folder, "lines"))
        try:
            _start_code(workspace, folder, code_socket, lines, running)
            _start_services(folder, port, running)
            address = ""
            if port is not None:
                address = f"http://{HOST}:{port}/"
                _wait(folder, running, lambda: _serves(address))
            yield Scheduler(folder, running, lines, address)
        finally:
            with _undisturbed():
                end_all(folder)
                for process in running.values():
                    process.wait()  # they have ended; this takes note of it
                lines.pass_on()
            if workspace.settings.database.url is None:
                _hasten(workspace.data_folder)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Being told to end a second time does not keep it from ending as it should."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    for one in before:
        signal.signal(one, signal.SIG_IGN)
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


def _hasten(data_folder: Path) -> threading.Thread:
    """Ends the embedded server, which the caller stops next, if it takes long to write out what a
    large run has left in its memory: its log holds all of that, and is read at the next start."""

    def end() -> None:
        postmaster = find_postmaster(data_folder)
        if postmaster is not None and postmaster.status == "stopping":  # nobody else uses it
            os.kill(postmaster.pid, signal.SIGQUIT)

    timer = threading.Timer(WRITING_OUT, end)
    timer.daemon = True
    timer.start()
    return timer


def _start_code(
    workspace: Workspace,
    folder: Path,
    code_socket: Path,
    lines: Lines,
    running: dict[str, "subprocess.Popen[bytes]"],
) -> None:
    """Closes the runs of before, and starts the server that holds the definitions.

    One after the other: both would make Dagster's tables where there are none yet.
    """
    aftermath = processes.start(
        folder, "aftermath", "shopwright.orchestration.scheduling.aftermath"
    )
    if aftermath.wait(PATIENCE) != 0:
        raise _ended(folder, "aftermath", aftermath.returncode)
    running["code"] = processes.start(
        folder, "code", "dagster", "api", "grpc",
        "--socket", str(code_socket), "--module-name", DEFINITIONS, "--location-name", LOCATION,
        **{
            WORKSPACE_VARIABLE: str(workspace.folder), START_VARIABLE: str(time.time_ns()),
            VARIABLE: str(lines.file),
        },
    )  # fmt: skip
    _wait(folder, running, lambda: _answers(code_socket))


def _start_services(
    folder: Path, port: int | None, running: dict[str, "subprocess.Popen[bytes]"]
) -> None:
    where = ("--workspace", str(folder / "workspace.yaml"))
    # each look of the daemon would be a line in its log, a megabyte a day; its pages keep them
    running["daemon"] = processes.start(
        folder, "daemon", "dagster._daemon", "run", "--log-level", "warning", *where
    )
    if port is not None:
        running["web"] = processes.start(
            folder, "web", "dagster_webserver", "--host", HOST, "--port", str(port), *where
        )


def _wait(
    folder: Path, running: dict[str, "subprocess.Popen[bytes]"], is_ready: Callable[[], bool]
) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready():
        _raise_if_ended(folder, running)
        if time.monotonic() > deadline:
            raise SchedulerFailed(
                f"Dagster was not ready after {PATIENCE:.0f} s.", f"See {folder / 'log'}."
            )
        time.sleep(0.2)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as attempt:
        return attempt.connect_ex(str(path)) == 0


def _serves(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _raise_if_ended(folder: Path, running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    for name, process in running.items():
        if (code := process.poll()) is not None:
            raise _ended(folder, name, code)


def _ended(folder: Path, name: str, code: int) -> SchedulerFailed:
    log = log_file(folder, name)
    lines = log.read_text(errors="replace").strip().splitlines()[-15:]
    return SchedulerFailed(
        "\n  ".join([f"Dagster's process {name!r} ended with {code}:", *lines]),
        f"All that it said is in {log}. Then run `shopwright schedule` again.",
    )
