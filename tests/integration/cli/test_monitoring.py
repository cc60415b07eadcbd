"""The verbs that tell how the pipeline fares: status, logs, alerts; and the log of a real run."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.integration.cli.conftest import deliver, shopwright
from tests.receivers import TOKEN, mailbox, webhook

from shopwright.cli.overview import next_run
from shopwright.config.workspace import Workspace
from shopwright.orchestration.scheduling.home import home, the_scheduler


def _json(*arguments: str | Path) -> Any:
    result = shopwright(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _set(workspace: Path, section: str, *lines: str) -> None:
    file = workspace / "shopwright.toml"
    file.write_text(file.read_text().replace(f"[{section}]", "\n".join([f"[{section}]", *lines])))


def test_status_says_how_fresh_it_is_what_is_set_aside_and_how_much_disk_is_left(
    published: Path,
) -> None:
    found = _json("status", "-w", published)
    assert 0 <= found["published_seconds_ago"] < 3600
    assert found["open_rejections"] == {"rejected": 2, "waiting": 1}
    assert found["free_bytes"] > 0
    assert found["next_run_at"]
    assert found["alerts"] == []
    shown = shopwright("status", "-w", published).stdout
    assert "set aside             2 rejected, 1 waiting" in shown
    assert "minutes ago" in shown
    assert "alerts                none open" in shown


def test_status_says_whether_a_scheduler_is_at_work(published: Path) -> None:
    assert _json("status", "-w", published)["scheduler"] is None
    nobody = ", but no `shopwright schedule` is at work on this machine"
    assert nobody in shopwright("status", "-w", published).stdout
    with the_scheduler(home(Workspace.open(published))):
        by = f", by `shopwright schedule` (process {os.getpid()})"
        assert by in shopwright("status", "-w", published).stdout
    assert nobody in shopwright("status", "-w", published).stdout


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-05-01 00:30", "2024-05-01 02:30+02:00"),
        ("2024-05-01 02:30", "2024-05-02 02:30+02:00"),
        ("2024-03-31 01:00", "2024-03-31 03:30+02:00"),  # there is no 02:30 on that day
        ("2024-10-27 01:00", "2024-10-27 02:30+02:00"),  # there are two: the first
        ("2024-10-27 05:00", "2024-10-28 02:30+01:00"),
    ],
)
def test_the_next_run_is_at_the_time_of_the_shops_day(now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    found = next_run(time(2, 30), "Europe/Berlin", at)
    assert found.isoformat(" ", "minutes") == expected


def test_logs_tell_what_a_run_did(published: Path) -> None:
    found = _json("logs", "-w", published)
    assert (found["run_id"], found["command"], found["outcome"]) == (1, "run", "published")
    assert found["started_by"] == "command line"
    assert found["peak_memory_bytes"] > 10_000_000
    assert found["python_version"] == ".".join(map(str, sys.version_info[:3]))
    assert found["server_version"].split(".")[0].isdigit()
    assert found["deliveries"] == ["2024-05-02"]
    rows = {one["name"]: one["rows"] for one in found["steps"]}
    assert rows["warehouse.fact_sales"] == 3
    assert [one["rows"] for one in found["accounts"]] == [3, 2, 4, 5]
    shown = shopwright("logs", "1", "-w", published).stdout
    assert "run         1: run, published in" in shown
    assert ["warehouse.fact_sales", "3"] in [line.split()[:2] for line in shown.splitlines()]


def test_logs_of_a_run_that_is_not_there(workspace: Path) -> None:
    nothing = shopwright("logs", "-w", workspace)
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "There was no run yet" in nothing.stderr
    assert "There is no run 7" in shopwright("logs", "7", "-w", workspace).stderr


def test_logs_of_a_failed_run_hold_its_steps_and_its_error(workspace: Path) -> None:
    deliver(workspace, "2024-05-01", customers="customer_id\nC1\n")
    shopwright("run", "-w", workspace)
    lines = "".join(f"I{n},T1,P1,many,1\n" for n in range(30))
    deliver(
        workspace,
        "2024-05-02",
        customers="customer_id,nickname\nC1,N\n",
        transaction_items=f"item_id,transaction_id,product_id,quantity,unit_price\n{lines}",
    )
    deliver(workspace, "2024-05-03", customers="customerid\nC1\n")
    assert shopwright("run", "-w", workspace).exit_code == 1
    found = _json("logs", "-w", workspace)
    assert found["outcome"] == "failed"
    assert "30 of 30 rows of transaction_items" in found["error"]
    assert "checked.transaction_items" in [one["name"] for one in found["steps"]]
    assert found["alerts"] == ["1: threshold passed, open"]
    assert found["earlier"] == ["1 (published)"]
    shown = shopwright("logs", "-w", workspace).stdout
    assert "Alert 1: threshold passed, open" in shown
    assert "stopped at  2024-05-02" in shown
    assert "shopwright alerts" in shopwright("status", "-w", workspace).stdout


def test_alerts_are_listed_with_what_mends_them_and_dismissed(workspace: Path) -> None:
    assert shopwright("alerts", "-w", workspace).stdout == "Nothing needs a look.\n"
    _set(workspace, "alerts", "least_free_bytes = 1_000_000_000_000_000_000")
    checked = shopwright("alerts", "check", "-w", workspace)
    assert checked.stdout.splitlines()[0] == "New: disk nearly full"
    shown = shopwright("alerts", "-w", workspace).stdout
    assert shown.startswith("1: disk nearly full, open, since ")
    assert "  mends it:   shopwright alerts check" in shown
    assert "Nobody is told of these" in shown
    [found] = _json("alerts", "-w", workspace)
    assert (found["number"], found["state"]) == (1, "open")
    assert shopwright("alerts", "dismiss", "1", "-w", workspace).exit_code == 0
    assert shopwright("alerts", "-w", workspace).stdout == "Nothing needs a look.\n"
    again = shopwright("alerts", "dismiss", "1", "-w", workspace)
    assert (again.exit_code, again.stdout) == (2, "")
    assert [one["state"] for one in _json("alerts", "list", "--all", "-w", workspace)] == [
        "dismissed"
    ]


def test_alerts_test_says_what_arrives(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = shopwright("alerts", "test", "-w", workspace)
    assert (empty.exit_code, empty.stdout) == (2, "")
    assert "[alerts] urls in shopwright.toml is empty" in empty.stderr
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)
    with webhook() as hook, mailbox() as box:
        _set(workspace, "alerts", f'urls = ["{hook.url}", "{box.url}"]')
        result = shopwright("alerts", "test", "-w", workspace)
        assert result.exit_code == 0, result.output
        assert hook.titles == box.titles == ["Test"]
        assert hook.tokens == [TOKEN]
        hook.status = 403
        [failed, sent] = json.loads(shopwright("alerts", "test", "-w", workspace, "--json").stdout)
    assert failed["problem"] == "the service answered with 403"
    assert (sent["sent"], sent["problem"]) == (True, None)
    down = shopwright("alerts", "test", "-w", workspace)
    assert down.exit_code == 1
    assert TOKEN not in down.output + result.output


def test_a_run_of_the_command_line_tells_its_alerts(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)
    with webhook() as hook:
        _set(workspace, "alerts", f'urls = ["{hook.url}"]')
        deliver(workspace, transactions="transaction_id,transacton_at\nT1,2024-05-01\n")
        assert shopwright("run", "-w", workspace).exit_code == 1
        assert hook.titles == ["Delivery refused: first in run 1"]
        deliver(workspace, "2024-05-03")
        (workspace / "deliveries" / "2024-05-02" / "transactions.csv").unlink()
        (workspace / "deliveries" / "2024-05-02").rmdir()
        assert shopwright("run", "-w", workspace).exit_code == 0
        assert hook.titles[1:] == ["Over: delivery refused: first in run 1"]
        monkeypatch.setenv("SHOPWRIGHT_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/shop")
        for verb in (["run"], ["alerts", "check"]):
            assert shopwright(*verb, "-w", workspace).exit_code == 1
        assert hook.titles[2:] == ["Database unreachable"]
        assert "hunter2" not in str(hook.posts)


def test_a_run_into_a_pipe_writes_json_lines_to_stderr_and_its_answer_alone_to_stdout(
    workspace: Path,
) -> None:
    deliver(workspace)
    done = subprocess.run(
        [sys.executable, "-m", "shopwright.cli", "run", "-w", workspace, "--json"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SHOPWRIGHT_LOG": "debug"},
    )  # fmt: skip
    result = json.loads(done.stdout)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {one["run_id"] for one in lines} == {result["run_id"]}
    events = [one["event"] for one in lines]
    assert (events[0], events[-1]) == ("run started", "run ended")
    steps = {one["step"]: one["rows"] for one in lines if one["event"] == "step"}
    assert steps["warehouse.fact_sales"] == 3
    assert "shop.example" not in done.stderr


@pytest.mark.parametrize(("level", "lines"), [("", 0), ("info", 2)])
def test_on_a_terminal_there_are_log_lines_if_they_are_asked_for(
    workspace: Path, level: str, lines: int
) -> None:
    deliver(workspace, transactions="transaction_id,transacton_at\nT1,2024-05-01\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "shopwright.cli", "run", "-w", workspace],
        stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SHOPWRIGHT_LOG": level},
    )  # fmt: skip
    os.close(theirs)
    written = b""
    with suppress(OSError):  # the terminal is gone with the process
        while part := os.read(ours, 4096):
            written += part
    os.close(ours)
    assert process.wait() == 1
    assert b"Error: " in written
    assert written.count(b"run started") + written.count(b"run ended") == lines


def test_a_run_imports_nothing_that_only_alerts_need(workspace: Path) -> None:
    program = (
        "import sys, shopwright.cli\n"
        f"try: shopwright.cli.app(['run', '-w', {str(workspace)!r}])\n"
        "except SystemExit: pass\n"
        "print(sorted({'apprise', 'requests', 'prometheus_client'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
