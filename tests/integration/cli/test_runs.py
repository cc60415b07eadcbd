"""The verbs that publish and those that say how it went, with their figures and exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.cli.conftest import ITEMS, deliver, shopwright

from shopwright.config.workspace import Workspace


def _url(workspace: Path) -> str:
    url = Workspace.open(workspace).settings.database.url
    assert url
    return url


def _json(*arguments: str | Path) -> Any:
    result = shopwright(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "shopwright.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_init_makes_a_workspace_and_refuses_to_make_it_twice(tmp_path: Path) -> None:
    result = shopwright("init", tmp_path / "shop", "--timezone", "Asia/Tokyo", "--currency", "JPY")
    assert result.exit_code == 0
    assert "shop, Asia/Tokyo, JPY" in result.stdout
    assert Workspace.open(tmp_path / "shop").settings.shop.currency == "JPY"
    again = shopwright("init", tmp_path / "shop")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "is a workspace already" in again.stderr


def test_init_with_a_wrong_zone_writes_nothing(tmp_path: Path) -> None:
    result = shopwright("init", tmp_path / "shop", "--timezone", "Europe/Pariss")
    assert result.exit_code == 2
    assert "did you mean 'Europe/Paris'" in result.stderr
    assert not (tmp_path / "shop").exists()


def test_run_accounts_for_every_row(workspace: Path) -> None:
    deliver(workspace)
    found = _json("run", "-w", workspace)
    assert (found["outcome"], found["deliveries"]) == ("published", ["2024-05-02"])
    assert {one.pop("table"): tuple(one.values()) for one in found["accounts"]} == {
        "customers": (3, 2, 1, 0, 0, 0),
        "products": (2, 2, 0, 0, 0, 0),
        "transactions": (4, 3, 0, 1, 0, 0),
        "transaction_items": (5, 3, 0, 1, 1, 0),
    }
    assert {(one["table"], one["severity"], one["rows"]) for one in found["rules"]} >= {
        ("transactions", "reject", 1),
        ("transaction_items", "wait", 1),
    }
    assert found["seconds"] > 0
    assert "warehouse.fact_sales" in [step["name"] for step in found["steps"]]
    assert _json("run", "-w", workspace)["outcome"] == "nothing to do"


def test_run_in_words(new_workspace: Path) -> None:
    deliver(new_workspace)
    result = shopwright("run", "-w", new_workspace, "--one-by-one")
    assert result.exit_code == 0
    assert "Published 1 delivery in" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["transaction_items", "5", "3", "0", "1", "1", "0"] in lines
    assert result.stderr == ""
    assert "Nothing to do" in shopwright("run", "-w", new_workspace).stdout


def test_a_run_without_a_delivery_or_without_a_row_says_so(new_workspace: Path) -> None:
    nothing = shopwright("run", "-w", new_workspace)
    assert nothing.exit_code == 0
    assert nothing.stdout == f"Nothing to do: there is no delivery in {new_workspace}/deliveries.\n"
    deliver(new_workspace, customers="customer_id,email\n")
    no_row = shopwright("run", "-w", new_workspace)
    assert no_row.exit_code == 0
    assert "Published 1 delivery" in no_row.stdout
    assert "not a single row" in no_row.stdout


def test_rebuild_counts_the_rows_that_were_wrong(workspace: Path) -> None:
    deliver(workspace)
    shopwright("run", "-w", workspace)
    assert "no row had to change" in shopwright("rebuild", "-w", workspace).stdout
    with psycopg.connect(_url(workspace)) as connection:
        connection.execute("update warehouse.agg_daily_sales set net_amount = 0")
    result = shopwright("rebuild", "-w", workspace)
    assert "2 rows had to change" in result.stdout
    assert ["warehouse.agg_daily_sales", "2"] in [x.split() for x in result.stdout.splitlines()]


def test_status_of_a_new_workspace_says_what_to_do(new_workspace: Path) -> None:
    found = _json("status", "-w", new_workspace)
    assert (found["published"], found["pending"], found["last_run"]) == (0, [], None)
    assert "shopwright generate" in found["next"]
    deliver(new_workspace)
    found = _json("status", "-w", new_workspace)
    assert (found["pending"], found["newest_business_date"]) == (["2024-05-02"], None)
    assert found["next"].endswith("shopwright run")


def test_status_of_a_published_workspace(published: Path) -> None:
    found = _json("status", "-w", published)
    assert (found["published"], found["pending"]) == (1, [])
    assert found["newest_business_date"] == "2024-05-02"
    assert found["accounts"][3] == {
        "table": "transaction_items", "rows": 5, "accepted": 3, "duplicates": 0, "rejected": 1,
        "waiting": 1, "malformed": 0,
    }  # fmt: skip
    assert found["last_run"]["outcome"] == "published"
    assert found["last_run"]["seconds"] > 0
    shown = shopwright("status", "-w", published).stdout
    assert "Corner shop, Europe/Paris, EUR" in shown
    assert "1 published, 0 pending" in shown
    assert "shopwright rejected list" in shown


def test_a_missing_required_column_ends_the_run_with_1(workspace: Path) -> None:
    deliver(workspace, transactions="transaction_id,transacton_at\nT1,2024-05-01\n")
    result = shopwright("run", "-w", workspace, "--json")
    assert result.exit_code == 1
    assert list(json.loads(result.stdout)["refused"]) == ["2024-05-02"]
    assert "2024-05-02/transactions.csv, line 1" in result.stderr
    assert "transacton_at" in result.stderr
    found = _json("status", "-w", workspace)
    assert found["last_run"]["outcome"] == "failed"
    assert "transaction_at" in found["last_run"]["error"]
    assert shopwright("doctor", "-w", workspace).exit_code == 1


def test_what_was_published_before_a_threshold_was_passed_is_said(workspace: Path) -> None:
    deliver(workspace)
    lines = "".join(f"N{number},T1,P1,many,1.00\n" for number in range(30))
    deliver(workspace, "2024-05-03", transaction_items=ITEMS.splitlines(True)[0] + lines)
    result = shopwright("run", "-w", workspace, "--one-by-one")
    assert result.exit_code == 1
    problem, before, mend = result.stderr.splitlines()
    assert problem.startswith("Error: Nothing more was published: 30 of 30 rows of transaction_it")
    assert before == (
        "This is about 2024-05-03 alone. Before that, the same run published 2024-05-02."
    )
    assert mend.startswith("The warehouse is as the last publication left it. Have the delivery")
    found = _json("status", "-w", workspace)
    assert (found["published"], found["pending"]) == (1, ["2024-05-03"])
    (workspace / "deliveries" / "2024-05-03" / "transaction_items.csv").unlink()
    (workspace / "deliveries" / "2024-05-03").rmdir()
    deliver(workspace, "2024-05-04", transaction_items=ITEMS.splitlines(True)[0] + lines)
    alone = shopwright("run", "-w", workspace).stderr
    assert alone.startswith("Error: Nothing was published: 30 of 30 rows")
    assert "Before that" not in alone


def test_a_folder_without_csvs(workspace: Path) -> None:
    (workspace / "deliveries" / "2024-05-01").mkdir()
    (workspace / "deliveries" / "2024-05-01" / "notes.txt").write_text("hello")
    result = shopwright("run", "-w", workspace)
    assert result.exit_code == 1
    assert "holds no CSV file, only notes.txt" in result.stderr
    shown = shopwright("status", "-w", workspace)
    assert shown.exit_code == 0
    assert "Cannot be read: The delivery 2024-05-01 holds no CSV file" in shown.stdout
    found = json.loads(shopwright("doctor", "-w", workspace, "--json").stdout)
    assert [one["name"] for one in found["findings"] if not one["ok"]] == ["deliveries", "last run"]


def test_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = shopwright("status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: There is no workspace in")
    assert "shopwright init" in result.stderr


def test_the_workspace_is_found_from_a_folder_below(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published / "deliveries" / "2024-05-02")
    assert _json("status")["published"] == 1


def test_a_database_that_cannot_be_reached(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWRIGHT_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/shop")
    for verb in ("run", "status", "rebuild", "export"):
        result = shopwright(verb, "-w", workspace)
        assert result.exit_code == 1
        assert "Cannot reach database shop at 127.0.0.1, port 1" in result.stderr
        assert "secret" not in result.output
    doctor = shopwright("doctor", "-w", workspace)
    assert doctor.exit_code == 1
    assert "WRONG  server       Cannot reach" in doctor.stdout


def test_doctor_of_a_sound_workspace(published: Path) -> None:
    found = _json("doctor", "-w", published)
    assert found["ok"] is True
    assert [one["name"] for one in found["findings"]] == [
        "python", "platform", "workspace", "data folder", "server", "schema", "constraints",
        "reader role", "deliveries", "disk space", "last run",
    ]  # fmt: skip


def test_doctor_names_a_constraint_that_somebody_dropped(workspace: Path) -> None:
    deliver(workspace)
    shopwright("run", "-w", workspace)
    constraint = "transaction_items_product_id_fkey"
    with psycopg.connect(_url(workspace)) as connection:
        connection.execute(f"alter table production.transaction_items drop constraint {constraint}")
    result = shopwright("doctor", "-w", workspace)
    assert result.exit_code == 1
    assert f"missing: production.{constraint}" in result.stdout
    assert "1 thing to mend." in result.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_nothing_half(
    workspace: Path, number: signal.Signals, code: int
) -> None:
    deliver(workspace, "2024-05-01", customers="customer_id\nC1\n")
    assert shopwright("run", "-w", workspace).exit_code == 0
    deliver(workspace)
    with psycopg.connect(_url(workspace)) as blocker, psycopg.connect(_url(workspace)) as watcher:
        blocker.execute("lock table production.customers in access exclusive mode")
        watcher.autocommit = True
        process = _start("run", "-w", workspace)
        # for that table of this database: a run begins with short waits for others, and other tests
        # wait for locks on the same server
        waiting = (
            "select count(*) from pg_locks inner join pg_database on pg_database.oid = database"
            " where not granted and datname = current_database()"
            " and relation = cast('production.customers' as regclass)"
        )
        while not watcher.execute(waiting).fetchone() > (0,):  # type: ignore[operator]
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    *log_lines, said = err.splitlines()
    assert said == "Stopped. Nothing unfinished was published."
    assert [json.loads(line)["event"] for line in log_lines] == ["run started", "run ended"]
    found = _json("status", "-w", workspace)
    assert (found["published"], found["pending"]) == (1, ["2024-05-02"])
    assert found["last_run"]["outcome"] == "interrupted"
    assert _json("run", "-w", workspace)["outcome"] == "published"


def test_of_many_changed_columns_a_run_tells_the_first_twenty(workspace: Path) -> None:
    names = ",".join(f"field_{number}" for number in range(25))
    deliver(workspace, customers=f"customer_id,{names}\nC1{',' * 25}\n")
    output = shopwright("run", "-w", workspace).output
    assert output.count("is new; it is kept in staging alone") == 20
    assert "5 more changes of columns: shopwright quality --html quality.html" in output


def test_a_run_that_was_killed_is_not_shown_as_running(workspace: Path) -> None:
    deliver(workspace)
    shopwright("run", "-w", workspace)
    with psycopg.connect(_url(workspace)) as connection:
        connection.execute("update ops.runs set outcome = 'running', finished_at = null")
    found = _json("status", "-w", workspace)["last_run"]
    assert (found["outcome"], found["seconds"]) == ("interrupted", None)
