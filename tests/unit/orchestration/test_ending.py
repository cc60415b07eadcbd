"""The scheduler's end: it does not wait for a database that takes long to write out its memory."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopwright.orchestration.scheduling import scheduler
from shopwright.storage.server_processes import Postmaster


@pytest.fixture
def server() -> Iterator["subprocess.Popen[bytes]"]:
    """A process in place of the embedded server's first."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("status", "ended_by"), [("stopping", -signal.SIGQUIT), ("ready", None), ("starting", None)]
)
def test_only_a_server_that_stops_already_is_ended_at_once(
    server: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    status: str, ended_by: int | None,
) -> None:  # fmt: skip
    monkeypatch.setattr(scheduler, "WRITING_OUT", 0.05)
    postmaster = Postmaster(server.pid, "", status)
    monkeypatch.setattr(scheduler, "find_postmaster", {tmp_path: postmaster}.get)
    scheduler._hasten(tmp_path).join()
    if ended_by is None:
        assert server.poll() is None
    else:
        assert server.wait(10) == ended_by
