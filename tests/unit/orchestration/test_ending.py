"""The scheduler's end: it does not wait for a database that takes long to write out its memory."""

import os
import signal
from pathlib import Path

import pytest

from shopwright.orchestration.scheduling import scheduler
from shopwright.storage.server_processes import Postmaster


@pytest.mark.parametrize(
    ("status", "signals"),
    [("stopping", [(4711, signal.SIGQUIT)]), ("ready", []), ("starting", [])],
)
def test_only_a_server_that_stops_already_is_ended_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: str, signals: list[tuple[int, int]]
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    monkeypatch.setattr(scheduler, "WRITING_OUT", 0.05)
    monkeypatch.setattr(scheduler, "find_postmaster", {tmp_path: Postmaster(4711, "", status)}.get)
    scheduler._hasten(tmp_path).join()
    assert sent == signals
