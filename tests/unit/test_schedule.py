"""The schedule's days, the sensor's completeness, what is tried again: no database, no process."""

import os
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import psycopg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from shopwright.config import ScheduleSettings, Settings, ShopSettings
from shopwright.config.settings_file import SettingsInvalid
from shopwright.orchestration.record import DeliveriesRefused, RunInProgress, RunResult
from shopwright.orchestration.scheduling.arrivals import arrived
from shopwright.orchestration.scheduling.lineage import lineage, subject
from shopwright.orchestration.scheduling.retrying import ATTEMPTS, passes, wait_before
from shopwright.orchestration.scheduling.schedule import daily
from shopwright.processing.examination import ClaimFailed, claims
from shopwright.processing.transforms import tables_read, transforms
from shopwright.storage.database import DatabaseUnreachable

CHANGES = [
    ("Europe/Berlin", "2026-03-29"),  # 02:00 is 03:00
    ("Europe/Berlin", "2026-10-25"),  # 03:00 is 02:00 once more
    ("America/Sao_Paulo", "2018-11-04"),  # 00:00 is 01:00: the day has no midnight
    ("America/Sao_Paulo", "2018-02-17"),  # at its end it is 23:00 once more
    ("America/Sao_Paulo", "2026-11-01"),  # Brazil has given it up: nothing happens
]


@dg.job
def nothing() -> None:
    """A job for the schedule."""


def daily_at(at: str, zone: str) -> dg.ScheduleDefinition:
    settings = Settings(
        shop=ShopSettings(timezone=zone), schedule=ScheduleSettings.model_validate({"at": at})
    )
    return daily(nothing, settings)


@pytest.mark.parametrize("at", ["00:00", "00:30", "02:00", "02:30", "03:00", "23:30"])
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_no_day_is_missing_or_doubled_where_the_clocks_change(
    zone: str, change: str, at: str
) -> None:
    schedule = daily_at(at, zone)
    day = date.fromisoformat(change)
    days = [day + timedelta(days=n) for n in range(-3, 4)]
    first = datetime.combine(days[0], datetime.min.time(), ZoneInfo(zone)).timestamp()
    end = datetime.combine(day + timedelta(days=4), datetime.min.time(), ZoneInfo(zone)).timestamp()
    keys: Counter[str] = Counter()
    for tick in schedule_execution_time_iterator(
        first, str(schedule.cron_schedule), schedule.execution_timezone, ascending=True
    ):
        if tick.timestamp() >= end:
            break
        # what the daemon gives the schedule is the moment, in UTC
        moment = datetime.fromtimestamp(tick.timestamp(), ZoneInfo("UTC"))
        context = dg.build_schedule_context(scheduled_execution_time=moment)
        (request,) = schedule.evaluate_tick(context).run_requests or ()
        assert request.run_key == f"{request.tags['shopwright/day']} {at}"
        keys[request.tags["shopwright/day"]] += 1
        clock = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        late = clock - datetime.fromisoformat(request.run_key)
        # what is left out comes in the hour after, on that day alone
        assert timedelta(0) <= late <= (clock.date() == day) * timedelta(hours=1), clock
    assert keys == {str(one): 1 for one in days}


def test_a_time_that_the_clocks_leave_out_comes_right_after() -> None:
    zone = ZoneInfo("Europe/Berlin")
    ticks = schedule_execution_time_iterator(
        datetime(2026, 3, 29, tzinfo=zone).timestamp(),
        "30 2 * * *",
        "Europe/Berlin",
        ascending=True,
    )
    assert next(iter(ticks)).isoformat() == "2026-03-29T03:00:00+02:00"


def test_the_lineage_is_what_the_selects_read() -> None:
    tables = lineage()
    assert [schema for schema, _ in tables][:4] == ["staging"] * 4
    assert tables["warehouse", "fact_orders"].reads == {
        ("production", "transactions"), ("warehouse", "fact_sales")
    }  # fmt: skip
    # what is known already, and was there before the run, is no lineage: it would run in circles
    assert tables["checked", "transactions"].reads == {
        ("checked", "customers"), ("staging", "transactions")
    }  # fmt: skip
    done: set[tuple[str, str]] = set()
    for key, table in tables.items():
        assert table.reads <= done, key
        done.add(key)
    for layer in ("production", "warehouse"):
        for transform in transforms(layer):
            assert tables[layer, transform.table].reads == transform.reads


def test_a_claim_is_about_the_last_table_that_it_reads() -> None:
    assert subject(claims()["daily_sales_equal_orders"]) == ("warehouse", "agg_daily_sales")
    assert subject(claims()["orders_equal_sales"]) == ("warehouse", "fact_orders")
    assert tables_read(claims()["every_delivered_row_has_an_outcome"]) == set()
    assert subject(claims()["every_delivered_row_has_an_outcome"])[0] == "checked"
    assert {subject(select) for select in claims().values()} <= lineage().keys()


def test_a_delivery_is_complete_when_nothing_changed_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / "2024-05-01" / "customers.csv"
    file.parent.mkdir()
    file.write_text("customer_id\n")
    os.utime(file, (0, 0))  # as a copy that keeps the times of the original
    os.utime(file.parent, (0, 0))
    settings, now = ScheduleSettings(settle_seconds=60), time.time()
    assert not arrived(settings, now)(file.parent)
    assert not arrived(settings, now + 50)(file.parent)
    assert arrived(settings, now + 61)(file.parent)
    assert arrived(ScheduleSettings(settle_seconds=0), now + 1)(file.parent)


def test_with_a_marker_a_delivery_is_complete_when_it_holds_it(tmp_path: Path) -> None:
    is_there = arrived(ScheduleSettings(marker="_DONE"), time.time() + 1000)
    assert not is_there(tmp_path)
    (tmp_path / "_DONE").touch()
    assert is_there(tmp_path)


@pytest.mark.parametrize(
    ("error", "may_pass"),
    [
        (RunInProgress("Another run is at work."), True),
        (DatabaseUnreachable("Cannot reach it."), True),
        (psycopg.OperationalError("the connection is lost"), True),
        (psycopg.errors.AdminShutdown("terminating"), True),
        (psycopg.errors.DeadlockDetected("deadlock"), True),
        (psycopg.errors.DiskFull("no space"), False),
        (ClaimFailed({"orders_equal_sales": 3}), False),
        (SettingsInvalid("odd"), False),
        (DeliveriesRefused({"a": SettingsInvalid("odd")}, RunResult()), False),
        (ValueError("an error of ours"), False),
    ],
)
def test_only_what_passes_by_itself_is_tried_again(error: Exception, may_pass: bool) -> None:
    assert passes(error) == may_pass


def test_each_wait_is_twice_as_long_until_there_are_no_more() -> None:
    waits = [wait_before(attempt) for attempt in range(2, ATTEMPTS + 2)]
    assert waits == [15, 30, 60, 120, 240, None]
