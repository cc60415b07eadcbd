"""`shopwright schedule` as a process: it publishes what arrives, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.small_shop import deliver_days
from tests.shop import Shop

import shopwright
from shopwright.config.workspace import Workspace
from shopwright.orchestration.scheduling.home import home
from shopwright.orchestration.scheduling.processes import belonging, end_all

PATIENCE = 600.0
"""Seconds, on a machine that does other things too."""


def start(workspace: Workspace, *options: str) -> "subprocess.Popen[str]":
    """The verb in a process of its own, with its output in a file beside the workspace."""
    output = (workspace.folder.parent / f"schedule-{time.monotonic_ns()}.txt").open("w+")
    return subprocess.Popen(
        [sys.executable, "-m", "shopwright.cli", "schedule", "-w", str(workspace.folder), *options],
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(shopwright.__file__).parents[1])},
    )


def wait_for(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, "the scheduler ended"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def outcomes(shop: Shop) -> list[str]:
    return [outcome for (outcome,) in shop.rows("select outcome from ops.runs order by run_id")]


@pytest.fixture
def scheduled(workspace: Workspace) -> Iterator[Workspace]:
    """The workspace; whatever a test leaves running on it is ended."""
    yield workspace
    end_all(home(workspace))


def test_it_publishes_what_arrives_and_leaves_nothing_behind(
    scheduled: Workspace, shop_of_workspace: Shop
) -> None:
    shop, folder = shop_of_workspace, home(scheduled)
    deliver_days(shop, range(2), orders=10)
    with shop.database.connect() as blocker:
        blocker.execute("lock table production.customers")  # a run gets as far as this
        first = start(scheduled, "--headless")
        wait_for(lambda: is_held_up(shop), first)

        # a second one says so and leaves
        second = start(scheduled, "--headless")
        assert second.wait(PATIENCE) == 1
        said = output_of_last(scheduled)
        assert f"is at work on {scheduled.folder} already: process {first.pid}." in said

        # killed in the middle of a run, its processes are ended by the next, and the run made anew
        first.kill()
        first.wait()
        remains = {one.pid for one in belonging(folder)}
        assert len(remains) >= 3
        next_one = start(scheduled)
        wait_for(lambda: not remains & {one.pid for one in belonging(folder)}, next_one)
    wait_for(lambda: outcomes(shop)[-1] == "published", next_one)
    assert set(outcomes(shop)[:-1]) == {"interrupted"}
    assert shop.value("select count(*) from production.transactions") == 20
    wait_for(
        lambda: "Dagster's pages are at http://127.0.0.1:" in output_of_last(scheduled), next_one
    )

    # told to end in the middle of a run, it is gone in ten seconds, with all of its processes
    with shop.database.connect() as blocker:
        blocker.execute("lock table production.customers")
        deliver_days(shop, range(2, 3), orders=10)
        wait_for(lambda: is_held_up(shop), next_one)
        asked = time.monotonic()
        next_one.send_signal(signal.SIGTERM)
        assert next_one.wait(PATIENCE) == 0
        assert time.monotonic() - asked < 10
        assert belonging(folder) == []
        assert not is_held_up(shop)
    assert outcomes(shop)[-2:] == ["published", "interrupted"]
    assert shop.value("select count(*) from production.transactions") == 20
    assert "Stopped. Nothing unfinished was published." in output_of_last(scheduled)
    shop.run()
    assert shop.value("select count(*) from production.transactions") == 30
    assert shop.rebuild() == {}


def output_of_last(workspace: Workspace) -> str:
    return max(workspace.folder.parent.glob("schedule-*.txt")).read_text()


def is_held_up(shop: Shop) -> bool:
    return bool(
        shop.value(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
    )
