"""`shopwright schedule` as a process: it publishes what arrives, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(workspace: Workspace) -> Iterator[Start]:
    """Starts the verb in a process of its own, with its output in a file beside the workspace;
    whatever a test leaves running is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> "subprocess.Popen[str]":
        file = workspace.folder.parent / f"schedule-{time.monotonic_ns()}.txt"
        verb = [sys.executable, "-m", "shopwright.cli", "schedule", "-w", str(workspace.folder)]
        with file.open("w") as output:
            process = subprocess.Popen(
                [*verb, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "PYTHONPATH": str(Path(shopwright.__file__).parents[1])},
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
    end_all(home(workspace))


def wait_for(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, "the scheduler ended"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def outcomes(shop: Shop) -> list[str]:
    return [outcome for (outcome,) in shop.rows("select outcome from ops.runs order by run_id")]


@contextmanager
def held_up(shop: Shop) -> Iterator[None]:
    """Meanwhile a run gets as far as to write customers, and no further; readers go on."""
    with shop.database.connect() as connection:
        connection.execute("lock table production.customers in share mode")
        yield


def is_held_up(shop: Shop) -> bool:
    """Whether a run has begun and waits for that."""
    waiting = shop.value(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    return bool(waiting) and outcomes(shop)[-1:] == ["running"]


def output_of_last(workspace: Workspace) -> str:
    return max(workspace.folder.parent.glob("schedule-*.txt")).read_text()


def events(output: str) -> dict[int, list[str]]:
    """What the log lines tell of, by run."""
    found = defaultdict(list)
    for line in output.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            found[said["run_id"]].append(said["event"])
    return found


def test_it_publishes_what_arrives_and_leaves_nothing_behind(
    workspace: Workspace, shop_of_workspace: Shop, start: Start
) -> None:
    shop, folder = shop_of_workspace, home(workspace)
    deliver_days(shop, range(2), orders=10)
    with held_up(shop):
        first = start("--headless")
        wait_for(lambda: is_held_up(shop), first)

        # a second one says so and leaves
        second = start("--headless")
        assert second.wait(PATIENCE) == 1
        said = output_of_last(workspace)
        assert f"is at work on {workspace.folder} already: process {first.pid}." in said

        # killed in the middle of a run, its processes are ended by the next, and the run made anew
        first.kill()
        first.wait()
        remains = {one.pid for one in belonging(folder)}
        assert len(remains) >= 3
        after = start()
        wait_for(lambda: not remains & {one.pid for one in belonging(folder)}, after)
    wait_for(lambda: outcomes(shop)[-1] == "published", after)
    assert set(outcomes(shop)[:-1]) == {"interrupted"}
    assert shop.value("select count(*) from production.transactions") == 20
    wait_for(lambda: "pages are at http://127.0.0.1:" in output_of_last(workspace), after)

    # told to end in the middle of a run, it is gone in ten seconds, with all of its processes
    with held_up(shop):
        deliver_days(shop, range(2, 3), orders=10)
        wait_for(lambda: is_held_up(shop), after)
        asked = time.monotonic()
        after.send_signal(signal.SIGTERM)
        assert after.wait(PATIENCE) == 0
        assert time.monotonic() - asked < 10
        assert belonging(folder) == []
        assert outcomes(shop)[-2:] == ["published", "interrupted"]
    assert shop.value("select count(*) from production.transactions") == 20
    assert "Stopped. Nothing unfinished was published." in output_of_last(workspace)
    # its output has told of both runs, a line of JSON an event
    number, told = shop.value("select max(run_id) from ops.runs"), events(output_of_last(workspace))
    assert {"run started", "batch published", "run ended"} <= {*told[number - 1]}
    assert told[number] == ["run started", "run ended"]
    shop.run()
    assert shop.value("select count(*) from production.transactions") == 30
    assert shop.rebuild() == {}
