"""A fortnight of a shop with all that may go wrong: nothing is lost, and each thing told once.

Deliveries come a day each, and a clock is moved: at two in the night the schedule asks for a run,
the sensor does whenever something has arrived, and at half past twelve there is a look whether
something is wrong. Mail and a webhook receive the alerts. Runs that end in a kill, a restart of the
server or on a full disk are begun as `shopwright run` begins them. All others are Dagster's; where
a night is like another, what its op does is done without it, as its records take longer than a run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from tests.acceptance.conftest import fill
from tests.answer_keys import marked_shop
from tests.receivers import TOKEN, Mailbox, Webhook, mailbox, webhook

import shopwright
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.generation.scoring import score
from shopwright.orchestration.alerting import look_at, watched
from shopwright.orchestration.record import is_at_work
from shopwright.orchestration.run import run
from shopwright.orchestration.scheduling import alarm
from shopwright.orchestration.scheduling.arrivals import arrived
from shopwright.orchestration.scheduling.attempt import attempt
from shopwright.orchestration.scheduling.definitions import definitions_of
from shopwright.storage.database import Database, open_database
from shopwright.storage.disk_space import DiskFull

pytestmark = pytest.mark.skipif(
    "SHOPWRIGHT_TEST_DATABASE_URL" in os.environ,
    reason="another server is under test (SHOPWRIGHT_TEST_DATABASE_URL): it is not ours to end",
)

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2024, 3, 4)
MISSING, LATE, BAD, KILLED, ARRIVES, RESTARTED, FULL = (
    FIRST + timedelta(days=number) for number in (3, 5, 6, 8, 9, 10, 12)
)
TOLD = [
    f"Delivery missing: {MISSING}",
    f"Delivery missing: {LATE}",
    f"Over: delivery missing: {LATE}",
    "Threshold passed",
    "Over: threshold passed",
    "Run interrupted",
    "Over: run interrupted",
    f"Over: delivery missing: {MISSING}",
    "Run failed: ConnectionLost",
    "Over: run failed: ConnectionLost",
    "Disk full",
    "Over: disk full",
]
ANOTHER_PROCESS = """
import sys, time
from shopwright.config.workspace import Workspace
from shopwright.orchestration.alerting import watched
from shopwright.orchestration.run import run

def report(what, done, of):
    if "fact_sales" in what:
        print("in the middle", flush=True)
        time.sleep(600)

workspace = Workspace.open(sys.argv[1])
with watched(workspace) as database:
    run(workspace, database, report=report)
"""


class Fortnight:
    """A workspace, the deliveries that are to come to it, its scheduler, and the clock."""

    def __init__(
        self, folder: Path, disk: Path, urls: list[str], instance: dg.DagsterInstance
    ) -> None:
        self.instance, self.cursor = instance, ""
        made = marked_shop(folder, days=14, transactions=1_000, start=FIRST)
        self.source, self.answer_key = made.deliveries, made.answer_key
        workspace = Workspace.create(folder / "shop", timezone=ZONE.key)
        file = workspace.folder / "shopwright.toml"
        text = file.read_text().replace("[database]", f'[database]\ndata_folder = "{disk}/data"')
        alerts = f'[alerts]\nurls = {urls}\nrepeat_hours = 0\nexpect_deliveries = "daily"\n'
        text = text.replace("[schedule]", "[schedule]\nsettle_seconds = 0")
        file.write_text(text.replace("[alerts]", f"{alerts}least_free_bytes = 1_000_000"))
        self.workspace = Workspace.open(workspace.folder)
        self.now = datetime.combine(FIRST, datetime.min.time(), ZONE)

    def at(self, clock: str) -> None:
        """Moves the clock on to that time of the day."""
        hour, minute = map(int, clock.split(":"))
        self.now = self.now.replace(hour=hour, minute=minute)

    def deliver(self, day: date) -> Path:
        """A delivery comes, complete from one moment to the next."""
        folder = self.workspace.deliveries / str(day)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.source / str(day), folder)
        return folder

    def run(self, report: Callable[[str, int, int], None] = lambda *_: None) -> str:
        """What `shopwright run` does."""
        with watched(self.workspace, now=self.now) as database:
            return run(self.workspace, database, report=report).outcome

    def arrival(self) -> bool:
        """Whether the run that the sensor asks for went well."""
        tags = self._asked_by_the_sensor()
        assert tags is not None
        return self._execute(tags)

    def _asked_by_the_sensor(self) -> dict[str, str] | None:
        """The tags of the run that it asks for, if any."""
        sensor = definitions_of(self.workspace).resolve_sensor_def("arrivals")
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        tick = sensor.evaluate_tick(context)
        self.cursor = tick.cursor or self.cursor
        if not tick.run_requests:
            return None
        (asked,) = tick.run_requests
        return {**asked.tags, "dagster/sensor_name": "arrivals"}

    def night(self, *, is_usual: bool) -> bool:
        """At two the schedule asks for a run; where the sensor has asked as well, one is enough."""
        schedule = definitions_of(self.workspace).resolve_schedule_def("daily")
        context = dg.build_schedule_context(
            instance=self.instance, scheduled_execution_time=self.now
        )
        (asked,) = schedule.evaluate_tick(context).run_requests
        assert asked.tags["shopwright/day"] == str(self.now.date())
        by_sensor = self._asked_by_the_sensor()
        if is_usual:
            assert by_sensor is not None
            return self._do()
        return self._execute(by_sensor or {**asked.tags, "dagster/schedule_name": "daily"})

    def _do(self) -> bool:
        """What Dagster's op does where the sensor has asked, and whether it went well."""
        tried = attempt(
            self.workspace.folder,
            lambda shop, database, result: run(
                shop,
                database,
                has_arrived=arrived(shop.settings.schedule),
                started_by="sensor",
                result=result,
            ),
        )
        alarm.look(self.workspace.folder)
        return not tried.problem

    def _execute(self, tags: dict[str, str]) -> bool:
        job = definitions_of(self.workspace).resolve_job_def("run")
        return job.execute_in_process(
            instance=self.instance, raise_on_error=False, tags=tags
        ).success

    def look(self) -> None:
        """What the scheduler does between runs."""
        look_at(self.workspace, now=self.now)


def damage(delivery: Path, share: float) -> None:
    """Makes quantities unreadable in a share of the lines."""
    file = delivery / "transaction_items.csv"
    header, *lines = file.read_text().splitlines()
    place = header.split(",").index("quantity")
    for number in range(int(len(lines) * share)):
        values = lines[number].split(",")
        values[place] = "many"
        lines[number] = ",".join(values)
    file.write_text("\n".join([header, *lines]) + "\n")


def kill_in_the_middle(fortnight: Fortnight, database: Database) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER_PROCESS, fortnight.workspace.folder],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(shopwright.__file__).parents[1])},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while is_at_work(database):  # the server has yet to notice
        assert time.monotonic() < until
        time.sleep(0.05)


def restart(database: Database) -> None:
    """The server ends at once, with all sessions, and is there again."""
    assert database.server is not None
    pid = int((database.server.data_folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    with suppress(ProcessLookupError):
        while os.kill(pid, 0) is None:
            time.sleep(0.02)
    database.server.start()


def pass_night(fortnight: Fortnight, database: Database, day: date, disk: Path) -> None:
    """What comes in the night after a day, and what happens at two."""
    if day == ARRIVES:
        fortnight.deliver(MISSING)
    if day not in (MISSING, LATE):
        delivery = fortnight.deliver(day)
    if day == BAD:
        damage(delivery, 0.3)
        assert not fortnight.night(is_usual=False)
    elif day == KILLED:
        kill_in_the_middle(fortnight, database)
        fortnight.look()
        assert fortnight.run() == "published"
    elif day == RESTARTED:
        steps = iter(["restart"])

        def report(what: str, done: int, of: int) -> None:
            if "fact_sales" in what and next(steps, None):
                restart(database)

        with pytest.raises(Exception, match=r"terminat|connection|closed"):
            fortnight.run(report)
        fortnight.look()
        assert fortnight.run() == "published"
    elif day == FULL:
        ballast = fill(disk)
        with pytest.raises(ShopwrightError, match="is full") as caught:
            fortnight.run()
        assert isinstance(caught.value, DiskFull)
        ballast.unlink()
        fortnight.look()
        assert fortnight.run() == "published"
    else:
        assert fortnight.night(is_usual=day not in (FIRST, MISSING, LATE, ARRIVES))


def pass_day(fortnight: Fortnight, day: date) -> None:
    """By nine a bad delivery is corrected; at half past twelve is a look; at three one is late."""
    if day == BAD:
        fortnight.at("09:00")
        fortnight.deliver(BAD)
        assert fortnight.arrival()
    fortnight.at("12:30")
    fortnight.look()
    if day == LATE:
        fortnight.at("15:00")
        fortnight.deliver(LATE)
        assert fortnight.arrival()


def test_a_fortnight(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)
    with webhook() as hook, mailbox() as box, dg.DagsterInstance.ephemeral() as instance:
        fortnight = Fortnight(tmp_path, disk, [hook.url, box.url], instance)
        monkeypatch.setattr(alarm, "look_at", lambda shop: look_at(shop, now=fortnight.now))
        with open_database(fortnight.workspace) as database:
            for number in range(14):
                fortnight.now += timedelta(days=1)
                fortnight.at("02:00")
                day = FIRST + timedelta(days=number)
                pass_night(fortnight, database, day, disk)
                pass_day(fortnight, day)
            marks = score(fortnight.answer_key, database)
            assert marks.is_perfect
            assert len(marks.figures) > 5
            assert told(hook) == TOLD
            assert told(box) == TOLD
            assert set(hook.tokens) == {TOKEN}
            assert_that_the_records_say_the_same(database)
    output = capfd.readouterr()
    assert TOKEN not in output.out + output.err


def told(receiver: Webhook | Mailbox) -> list[str]:
    return receiver.titles


def assert_that_the_records_say_the_same(database: Database) -> None:
    with database.connect() as connection:
        alerts = connection.execute("select state, count(*) from ops.alerts group by 1").fetchall()
        assert alerts == [("closed", len(TOLD) // 2)]
        unsent = "select count(*) from ops.notifications where sent_at is null"
        assert connection.execute(unsent).fetchone() == (0,)
        kept = connection.execute(
            "select string_agg(alerts::text, '') from ops.alerts"
            " union all select string_agg(notifications::text, '') from ops.notifications"
        ).fetchall()
        assert TOKEN not in str(kept)
        assert "127.0.0.1" not in str(kept)
        started_by = "select distinct started_by from ops.runs order by 1"
        assert connection.execute(started_by).fetchall() == [
            ("command line",),
            ("schedule",),
            ("sensor",),
        ]
