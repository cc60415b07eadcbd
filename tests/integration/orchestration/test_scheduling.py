"""Dagster's jobs on a real shop: what they publish, tell of it, and do on errors."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from tests.acceptance.small_shop import deliver_days
from tests.shop import Shop, customer, item, product, sale

import shopwright
from shopwright.config.workspace import Workspace
from shopwright.orchestration.record import the_lock
from shopwright.orchestration.scheduling import assets, retrying
from shopwright.orchestration.scheduling.definitions import definitions_of
from shopwright.orchestration.scheduling.lineage import lineage
from shopwright.orchestration.scheduling.tidying import forget_runs
from shopwright.processing.examination import claims


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def execute(
    workspace: Workspace, job: str, instance: dg.DagsterInstance, **config: Any
) -> dg.ExecuteInProcessResult:
    """Runs a job in this process, on the settings and rules as they are now."""
    found = definitions_of(workspace).resolve_job_def(job)
    run_config = {"ops": {"publish": {"config": config}}} if config else None
    return found.execute_in_process(instance=instance, raise_on_error=False, run_config=run_config)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def told(result: dg.ExecuteInProcessResult) -> dict[tuple[str, ...], dict[str, Any]]:
    """What was told of each table that was made."""
    return {
        tuple(event.asset_key.path): {
            name: value.value
            for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in result.all_events
        if event.is_step_materialization
    }


def problem(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    return str(failure.step_failure_data.error)


def test_a_run_publishes_and_tells_of_every_table(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    deliver_days(shop, range(2), orders=20)
    shop.deliver("2024-01-03", transactions=[sale("T-x", "no time")])

    result = execute(workspace, "run", instance)

    assert result.success
    about = told(result)
    assert about.keys() == set(lineage())
    for schema, table in lineage():
        if schema in ("production", "warehouse"):
            rows = shop.value(f"select count(*) from {schema}.{table}")
            assert about[schema, table]["dagster/row_count"] == rows, table
    assert about["warehouse", "fact_sales"]["rows written"] > 0
    assert about["warehouse", "fact_sales"]["seconds"] >= 0
    assert about["staging", "transactions"]["dagster/row_count"] == 41
    assert about["checked", "transactions"]["quality score"] == round(40 / 41, 4)
    assert about["checked", "transactions"]["score of validity"] == round(40 / 41, 4)
    assert about["checked", "products"]["quality score"] == 1
    evaluated = checks(result)
    assert all(evaluated[name].passed for name in claims())
    failed = {name: one for name, one in evaluated.items() if not one.passed}
    assert {
        name for name in failed if failed[name].severity is dg.AssetCheckSeverity.ERROR
    } == set()
    ((name, broken),) = [
        (name, one) for name, one in failed.items()
        if one.metadata["severity"].value == "reject"
    ]  # fmt: skip
    assert broken.asset_key.path == ["checked", "transactions"]
    assert broken.metadata["rows that broke it"].value == 1
    assert name in str(broken.description)


def test_where_nothing_is_pending_nothing_is_made(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    result = execute(workspace, "run", instance)
    assert result.success
    assert (told(result), checks(result)) == ({}, {})
    assert shop_of_workspace.rows("select outcome from ops.runs") == [("nothing to do",)]

    # Dagster's records of it are kept for a while
    now = datetime.now(UTC)
    assert forget_runs(instance, now - timedelta(hours=1)) == 0
    assert instance.get_runs_count() == 1
    assert forget_runs(instance, now + timedelta(hours=1)) == 1
    assert instance.get_runs_count() == 0


BREAK_SALES = """
    create function pg_temp_break() returns trigger language plpgsql as $$
        begin new.net_amount := new.net_amount + 1; return new; end $$;
    create trigger breaks before insert or update on warehouse.fact_orders
        for each row execute function pg_temp_break();
"""
"""Somebody's own trigger, which makes every order a unit dearer than its lines."""


def test_a_failing_claim_is_a_failed_check_and_nothing_is_published(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    deliver_days(shop, range(1), orders=10)
    shop.execute(BREAK_SALES)

    result = execute(workspace, "run", instance)

    assert not result.success
    evaluated = checks(result)
    assert "orders_equal_sales" in evaluated
    assert not any(one.passed for one in evaluated.values())
    broken = evaluated["orders_equal_sales"]
    assert broken.severity is dg.AssetCheckSeverity.ERROR
    assert broken.metadata["rows against it"].value == 1
    assert "'orders equal sales' is not true of 1 rows" in problem(result)
    assert told(result) == {}
    assert shop.value("select count(*) from warehouse.fact_sales") == 0
    assert not [event for event in result.all_events if "nothing to do" in str(event.message)]
    assert not result.filter_events(lambda event: event.is_step_up_for_retry)
    assert shop.rows("select outcome from ops.runs") == [("failed",)]

    # once mended, the same checks are right again
    shop.execute("drop trigger breaks on warehouse.fact_orders")
    mended = execute(workspace, "run", instance)
    assert mended.success
    assert checks(mended)["orders_equal_sales"].passed


def test_what_was_published_before_a_claim_failed_is_told_of(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    deliver_days(shop, range(2), orders=10)
    shop.execute(BREAK_SALES.replace("for each row", "for each row when (new.date_key = 20240102)"))

    result = execute(workspace, "run", instance, one_by_one=True)

    assert not result.success
    assert "Nothing more was published: 'hours of the week equal daily sales' is not" in problem(
        result
    )
    assert (
        "This is about 2024-01-02 alone. Before that, the same run published 2024-01-01."
        in problem(result)
    )
    about = told(result)
    assert about.keys() == set(lineage())
    assert about["warehouse", "fact_orders"]["dagster/row_count"] == 10
    assert about["warehouse", "fact_orders"]["rows written"] == 10
    assert about["staging", "transactions"]["dagster/row_count"] == 10
    evaluated = checks(result)
    assert not evaluated["orders_equal_sales"].passed
    assert evaluated["sales_equal_production"].passed


def test_a_connection_lost_between_batches_is_tried_again_and_all_is_told_of(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shop = shop_of_workspace
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.01)
    deliver_days(shop, range(2), orders=10)
    shop.execute("""
        create sequence losses;  -- goes on where a transaction is rolled back
        create function lose() returns trigger language plpgsql as $$ begin
            if nextval('losses') = 1 then raise exception using errcode = '57P01'; end if;
            return new;
        end $$;
        create trigger loses before insert on warehouse.fact_orders
            for each row when (new.date_key = 20240102) execute function lose();
    """)

    result = execute(workspace, "run", instance, one_by_one=True)

    assert result.success
    assert len(result.filter_events(lambda event: event.is_step_up_for_retry)) == 1
    rows = [
        event.step_materialization_data.materialization.metadata["dagster/row_count"].value
        for event in result.all_events
        if event.is_step_materialization and event.asset_key.path == ["warehouse", "fact_orders"]
    ]
    assert rows == [10, 20]
    assert shop.rows("select outcome from ops.runs order by 1") == [("failed",), ("published",)]


def test_a_rebuild_tells_of_the_warehouse_alone(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    deliver_days(shop, range(1), orders=10)
    assert execute(workspace, "run", instance).success
    shop.execute("update warehouse.fact_sales set net_amount = net_amount + 1")

    result = execute(workspace, "rebuild", instance)

    assert result.success
    about = told(result)
    assert {schema for schema, *_ in about} == {"warehouse"}
    lines = shop.value("select count(*) from warehouse.fact_sales")
    assert about["warehouse", "fact_sales"]["rows written"] == lines
    assert checks(result)["sales_equal_production"].passed
    assert shop.rebuild() == {}
    assert [row[0] for row in shop.rows("select command from ops.runs order by run_id")][:2] == [
        "run", "rebuild",
    ]  # fmt: skip


def test_a_back_fill_publishes_days_again_as_their_files_are_read_now(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    for day in (1, 2, 3):
        shop.deliver(
            f"2024-05-0{day}",
            products=[product()],
            transactions=[{**sale(f"T{day}", f"2024-05-0{day} 10:00"), "cust": "C1"}],
            customers=[customer()],
            transaction_items=[item(f"I{day}", f"T{day}")],
        )
    assert execute(workspace, "run", instance).success
    buyers = "select count(*) from production.transactions where customer_id = 'C1'"
    assert shop.value(buyers) == 0
    file = workspace.folder / "shopwright.toml"
    file.write_text(file.read_text() + '\n[columns.transactions]\ncust = "customer_id"\n')

    result = execute(
        workspace, "back_fill", instance, first_day="2024-05-01", last_day="2024-05-02"
    )

    assert result.success
    assert shop.value(buyers) == 2
    assert all(one.passed for name, one in checks(result).items() if name in claims())
    last = (
        "select delivery_name from ops.deliveries where run_id = (select max(run_id) from ops.runs)"
    )
    assert shop.rows(f"{last} order by 1") == [("2024-05-01",), ("2024-05-02",)]
    assert shop.value("select command from ops.runs order by run_id desc limit 1") == "back-fill"
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 30
    assert shop.rebuild() == {}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"first_day": "1 May"}, "these are no days"),
        (
            {"first_day": "2024-06-01"},
            "There is no delivery of a day from 2024-06-01 to 2024-06-01",
        ),
    ],
)
def test_a_back_fill_of_no_days_fails_and_says_so(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance,
    days: dict[str, str], said: str,
) -> None:  # fmt: skip
    deliver_days(shop_of_workspace, range(1), orders=2)
    result = execute(workspace, "back_fill", instance, **days)
    assert not result.success
    assert said in problem(result)
    assert shop_of_workspace.value("select count(*) from warehouse.fact_sales") == 0


def test_a_run_waits_for_the_lock_and_is_tried_again(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shop = shop_of_workspace
    deliver_days(shop, range(1), orders=5)
    monkeypatch.setattr(the_lock.__wrapped__, "__defaults__", (0.0,))  # type: ignore[attr-defined]
    another_run = ExitStack()
    another_run.enter_context(the_lock(shop.database))
    told_to_wait: list[int] = []

    def ends_meanwhile(attempt: int) -> float:
        told_to_wait.append(attempt)
        if attempt == 3:
            another_run.close()
        return 0.01

    monkeypatch.setattr(assets, "wait_before", ends_meanwhile)

    result = execute(workspace, "run", instance)

    assert result.success
    assert told_to_wait == [2, 3]
    assert len(result.filter_events(lambda event: event.is_step_up_for_retry)) == 2
    assert shop.value("select count(*) from warehouse.fact_orders") == 5


def test_a_database_out_of_reach_is_tried_again_until_that_helps_no_more(
    workspace: Workspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("SHOPWRIGHT_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/shop")
    result = execute(workspace, "run", instance)
    assert not result.success
    assert len(result.filter_events(lambda event: event.is_step_up_for_retry)) == 5
    assert "Cannot reach database shop at 127.0.0.1, port 1" in problem(result)
    assert "hunter2" not in str(result.all_events)


def test_settings_that_are_wrong_are_not_tried_again(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    file = workspace.folder / "shopwright.toml"
    found = definitions_of(workspace).resolve_job_def("run")
    file.write_text(file.read_text() + "\n[runn]\n")
    result = found.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert "unknown section or setting 'runn'" in problem(result)
    assert not result.filter_events(lambda event: event.is_step_up_for_retry)


def test_an_error_of_the_database_quotes_no_row(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    shop.deliver("2024-05-01", customers=[customer("C1", email="ann@secret.example")])
    shop.execute("alter table production.customers add constraint odd check (email is null)")
    result = execute(workspace, "run", instance)
    assert not result.success
    assert "odd" in problem(result)
    assert "ann@secret.example" not in json.dumps([str(event) for event in result.all_events])


def test_a_delivery_that_has_not_arrived_is_left_for_later(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    shop = shop_of_workspace
    file = workspace.folder / "shopwright.toml"
    file.write_text(file.read_text().replace("[schedule]", '[schedule]\nmarker = "_DONE"'))
    whole = shop.deliver("2024-05-01", products=[product()])
    (whole / "_DONE").touch()
    half = shop.deliver("2024-05-02", products=[product("P2")])
    (workspace.deliveries / "2024-05-03").mkdir()  # its files are still to come

    assert execute(workspace, "run", instance).success
    assert shop.rows("select delivery_name from ops.deliveries") == [("2024-05-01",)]

    (half / "_DONE").touch()
    assert execute(workspace, "run", instance).success
    assert shop.value("select count(*) from ops.deliveries") == 2


def look(workspace: Workspace, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    """What the sensor says at a look."""
    sensor = definitions_of(workspace).resolve_sensor_def("arrivals")
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    tick = sensor.evaluate_tick(context)
    if tick.skip_message:
        return dg.SensorResult(skip_reason=tick.skip_message, cursor=tick.cursor)
    return dg.SensorResult(run_requests=list(tick.run_requests or ()), cursor=tick.cursor)


def test_the_sensor_asks_once_for_what_arrives(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shop = shop_of_workspace
    monkeypatch.setenv("SHOPWRIGHT_SCHEDULER_START", "1")
    nothing = look(workspace, instance, None)
    assert "Every complete delivery is published" in str(nothing.skip_reason)

    shop.deliver("2024-05-01", products=[product()])
    first = look(workspace, instance, nothing.cursor)
    (request,) = first.run_requests or ()
    assert request.tags["shopwright/arrived"] == "2024-05-01"
    # whether that run went well or not, it is not asked for again ...
    again = look(workspace, instance, first.cursor)
    assert "Nothing has arrived" in str(again.skip_reason)
    # ... until something else comes, or the scheduler starts anew
    shop.deliver("2024-05-02", products=[product("P2")])
    assert len(look(workspace, instance, first.cursor).run_requests or ()) == 1
    monkeypatch.setenv("SHOPWRIGHT_SCHEDULER_START", "2")
    anew = look(workspace, instance, first.cursor)
    (request,) = anew.run_requests or ()
    assert request.tags["shopwright/arrived"] == "2024-05-01, 2024-05-02"

    shop.run()
    shop.deliver("2024-05-03", products=[product()])
    shop.run()  # by hand, before the sensor looked
    seen = look(workspace, instance, anew.cursor)
    assert "Every complete delivery is published" in str(seen.skip_reason)


def test_the_sensor_asks_for_what_only_the_archive_holds_when_the_scheduler_starts(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As after the database was made anew."""
    shop = shop_of_workspace
    file = workspace.folder / "shopwright.toml"
    file.write_text(file.read_text().replace("[archive]", "[archive]\nafter_days = 0"))
    shop.deliver("2024-05-01", products=[product()])
    assert execute(workspace, "run", instance).success
    assert list(workspace.deliveries.iterdir()) == []
    before = look(workspace, instance, None)
    assert "Every complete delivery is published" in str(before.skip_reason)

    shop.execute(
        "truncate production.products, warehouse.dim_product, ops.deliveries, ops.files cascade"
    )
    monkeypatch.setenv("SHOPWRIGHT_SCHEDULER_START", "2")
    (request,) = look(workspace, instance, before.cursor).run_requests or ()
    assert request.tags["shopwright/arrived"] == "2024-05-01"


def test_what_is_not_complete_is_not_asked_for(
    workspace: Workspace, shop_of_workspace: Shop, instance: dg.DagsterInstance
) -> None:
    file = workspace.folder / "shopwright.toml"
    file.write_text(file.read_text().replace("settle_seconds = 0", "settle_seconds = 3600"))
    shop_of_workspace.deliver("2024-05-01", products=[product()])
    assert look(workspace, instance, None).skip_reason


def test_dagster_finds_the_definitions_valid(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    command = ["definitions", "validate", "-m", "shopwright.orchestration.scheduling.definitions"]
    package = Path(shopwright.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *command],
        cwd=workspace.deliveries,  # within the workspace, as a user may be
        env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home"), "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Validation successful" in done.stderr + done.stdout
