"""Alerts from real runs over real HTTP and SMTP: each cause once, its recovery, and no secret."""

import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.receivers import TOKEN, Webhook, mailbox, webhook
from tests.shop import Shop, item, product, sale

from shopwright.config import AlertSettings, DatabaseSettings
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.orchestration.alerting import Look, check_alerts, look_at, watched
from shopwright.orchestration.record import DeliveriesRefused, the_lock
from shopwright.orchestration.run import run
from shopwright.processing import examination
from shopwright.processing.examination import ClaimFailed
from shopwright.processing.thresholds import TooManyRejected
from shopwright.storage.database import DatabaseUnreachable

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
SECRET = {"HOOK_TOKEN": TOKEN}


class Watched:
    """A shop whose alerts go to a webhook."""

    def __init__(self, shop: Shop, hook: Webhook) -> None:
        self.shop, self.hook = shop, hook
        self.set()

    def set(self, **settings: Any) -> None:
        """Changes `[alerts]`."""
        given = {"urls": (self.hook.url,), "repeat_hours": 0, "least_free_bytes": 0, **settings}
        changed = {"alerts": AlertSettings.model_validate(given)}
        workspace = self.shop.workspace
        settings_now = workspace.settings.model_copy(update=changed)
        self.shop.workspace = replace(workspace, settings=settings_now)

    def look(self, hours: float = 0, environment: dict[str, str] = SECRET) -> Look:
        """Looks so many hours after noon."""
        return check_alerts(
            self.shop.workspace, self.shop.database, now=NOON + timedelta(hours=hours),
            environment=environment,
        )  # fmt: skip

    def told(self) -> list[str]:
        """The titles since the last time."""
        titles = self.hook.titles
        self.hook.posts.clear()
        return titles

    def deliver(self, day: int = 1, *, bad: int = 0, **more: Any) -> Path:
        """A day with ten sales, and lines that cannot be read besides."""
        name = f"2024-05-{day:02}"
        lines = [item(f"I{day}-{n}", f"T{day}-{n}") for n in range(10)]
        lines += [item(f"B{day}-{n}", f"T{day}-0", "P1", "many") for n in range(bad)]
        tables = {
            "products": [product()],
            "transactions": [sale(f"T{day}-{n}", f"{name} 10:00") for n in range(10)],
            "transaction_items": lines,
        }
        return self.shop.deliver(name, **{**tables, **more})


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as made:
        yield made


@pytest.fixture
def watch(shop: Shop, hook: Webhook) -> Watched:
    return Watched(shop, hook)


def test_a_failed_claim_is_told_once_with_what_mends_it_and_so_is_its_end(
    watch: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = examination.claims()
    false = {"nothing_is_sold": "select item_id from warehouse.fact_sales"}
    monkeypatch.setattr(examination, "claims", lambda: {**known, **false})
    watch.deliver()
    with pytest.raises(ClaimFailed):
        watch.shop.run()
    watch.look()
    [post] = watch.hook.posts
    assert post["title"] == "[My shop] Claim failed"
    lines = post["message"].splitlines()
    assert lines[0] == "Nothing was published: 'nothing is sold' is not true of 10 rows."
    assert "since: 2024-06-01 12:00 UTC" in lines
    assert "rows: 10" in lines
    assert "shows more: shopwright logs 1" in lines
    assert "mends it: shopwright rebuild && shopwright run" in lines
    assert watch.hook.tokens == [TOKEN]
    watch.told()

    with pytest.raises(ClaimFailed):
        watch.shop.run()
    watch.look(1)
    assert watch.told() == []
    monkeypatch.setattr(examination, "claims", lambda: known)
    watch.shop.run()
    watch.look(2)
    assert "This is over since 2024-06-01 14:00 UTC" in watch.hook.posts[0]["message"]
    assert watch.told() == ["Over: claim failed"]
    watch.look(3)
    assert watch.told() == []


def test_what_the_run_was_to_publish_is_still_pending_after_a_rebuild(
    watch: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = examination.claims()
    false = {"nothing_is_sold": "select item_id from warehouse.fact_sales where item_id = 'I2-0'"}
    monkeypatch.setattr(examination, "claims", lambda: {**known, **false})
    for day in (1, 2):
        watch.deliver(day)
    with pytest.raises(ClaimFailed):
        watch.shop.run(one_by_one=True)
    [alert] = watch.look().opened
    assert (alert.cause.kind, alert.cause.delivery) == ("claim failed", "2024-05-02")
    assert alert.cause.message.splitlines()[-1] == (
        "This is about 2024-05-02 alone. Before that, the same run published 2024-05-01."
    )
    watch.shop.rebuild()
    assert watch.look(1).closed == []
    monkeypatch.setattr(examination, "claims", lambda: known)
    watch.shop.run()
    watch.look(2)
    assert watch.told() == ["Claim failed", "Over: claim failed"]


def test_a_rebuild_that_failed_is_over_with_one_that_did_not(
    watch: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = examination.claims()
    watch.deliver()
    watch.shop.run()
    false = {"nothing_is_sold": "select item_id from warehouse.fact_sales"}
    monkeypatch.setattr(examination, "claims", lambda: {**known, **false})
    with pytest.raises(ClaimFailed):
        watch.shop.rebuild()
    [alert] = watch.look().opened
    assert alert.cause.delivery is None
    monkeypatch.setattr(examination, "claims", lambda: known)
    watch.shop.rebuild()
    watch.look(1)
    assert watch.told() == ["Claim failed", "Over: claim failed"]


def test_too_many_rejected_rows_name_their_delivery_and_number(watch: Watched) -> None:
    watch.deliver(bad=30)
    with pytest.raises(TooManyRejected):
        watch.shop.run()
    [alert] = watch.look().opened
    assert (alert.cause.key, alert.cause.rows, alert.cause.delivery) == (
        "threshold passed", 30, "2024-05-01",
    )  # fmt: skip
    watch.deliver()
    watch.shop.run()
    watch.look(1)
    assert watch.told() == ["Threshold passed", "Over: threshold passed"]


def test_deliveries_that_came_broken_together_are_one_alert(watch: Watched) -> None:
    for day in (1, 2, 3):
        watch.deliver(day)
    for day in (2, 3):
        watch.shop.deliver_file(f"2024-05-{day:02}/transactions.csv", "transacton_id\nT1\n")
    with pytest.raises(DeliveriesRefused):
        watch.shop.run()
    [alert] = watch.look().opened
    assert alert.cause.delivery == "2024-05-02, 2024-05-03"
    assert "2024-05-02/transactions.csv, line 1" in alert.cause.message
    assert "So are 2024-05-03." in alert.cause.message
    watch.deliver(4)
    watch.shop.deliver_file("2024-05-04/transactions.csv", "transacton_id\nT1\n")
    with pytest.raises(DeliveriesRefused):
        watch.shop.run()
    assert [one.cause.delivery for one in watch.look(1).opened] == ["2024-05-04"]
    for day in (2, 3, 4):
        watch.deliver(day)
    watch.shop.run()
    assert len(watch.look(2).closed) == 2
    assert [one.split(":")[0] for one in watch.told()] == [
        "Delivery refused", "Delivery refused", "Over", "Over",
    ]  # fmt: skip


def test_a_run_that_has_no_end_is_told_and_one_that_somebody_stopped_is_not(
    watch: Watched,
) -> None:
    watch.deliver()
    watch.shop.run()
    watch.shop.execute("update ops.runs set outcome = 'interrupted'")
    assert watch.look().opened == []
    watch.shop.execute("update ops.runs set outcome = 'running', finished_at = null")
    with the_lock(watch.shop.database):  # as a run does that is at work
        assert watch.look().opened == []
    assert [one.cause.key for one in watch.look().opened] == ["run interrupted"]
    watch.shop.run()
    watch.look(1)
    assert watch.told() == ["Run interrupted", "Over: run interrupted"]


def test_a_missing_delivery_is_told_although_no_run_happens(watch: Watched) -> None:
    watch.set(expect_deliveries="daily", delivery_due="06:00")
    for day in (25, 26, 29):
        watch.deliver(day)
    watch.shop.run()
    gap = watch.look().opened
    assert [one.cause.delivery for one in gap] == [
        "2024-05-27 to 2024-05-28", "2024-05-30 to 2024-05-31"
    ]  # fmt: skip
    assert watch.look(17.9).opened == []  # 5:54 of the next day
    longer = watch.look(18)
    assert (longer.opened, [one.cause.delivery for one in longer.open]) == (
        [], ["2024-05-27 to 2024-05-28", "2024-05-30 to 2024-06-01"],
    )  # fmt: skip
    for day in (27, 28):
        watch.deliver(day)
    assert [one.cause.detail for one in watch.look(18).closed] == ["2024-05-27"]
    assert watch.told() == [
        "Delivery missing: 2024-05-27", "Delivery missing: 2024-05-30",
        "Over: delivery missing: 2024-05-27",
    ]  # fmt: skip


def test_the_history_tells_when_a_delivery_is_missing(watch: Watched) -> None:
    for day in range(1, 22):
        watch.deliver(day)
    watch.shop.run()
    watch.shop.execute("update ops.deliveries set published_at = delivery_date + interval '26 h'")
    at = datetime(2024, 5, 23, 12, tzinfo=UTC)
    early = check_alerts(watch.shop.workspace, watch.shop.database, now=at - timedelta(minutes=1))
    assert early.opened == []
    [alert] = check_alerts(watch.shop.workspace, watch.shop.database, now=at).opened
    assert alert.cause.key == "delivery missing: 2024-05-22"


def test_columns_that_vanish_are_drift_until_they_are_back(watch: Watched) -> None:
    def products(**more: object) -> list[Any]:
        return [product(f"P{n}", **more) for n in range(3)]

    watch.deliver(1, products=products(unit_price=1, brand="B"))
    watch.deliver(2, products=products(unit_price=2))
    watch.shop.run(one_by_one=True)
    [alert] = watch.look().opened
    assert alert.cause.key == "schema drift: products"
    assert "brand is missing" in alert.cause.message
    watch.deliver(3, products=products(unit_price=3))
    watch.shop.run()
    assert [one.cause.key for one in watch.look(1).open] == ["schema drift: products"]
    watch.deliver(4, products=products(unit_price=3, brand="B"))
    watch.shop.run()
    watch.look(2)
    assert watch.told() == ["Schema drift: products", "Over: schema drift: products"]


def test_a_day_with_a_tenth_of_the_orders_is_told_once(watch: Watched) -> None:
    first = date(2024, 4, 1)

    def deliver(number: int, orders: int) -> None:
        day = first + timedelta(days=7 * number)
        keys = [f"{number}-{n}" for n in range(orders)]
        watch.shop.deliver(
            str(day),
            products=[product()],
            transactions=[sale(key, f"{day} 10:00") for key in keys],
            transaction_items=[item(key, key) for key in keys],
        )

    for number in range(5):
        deliver(number, 20)
    watch.shop.run()
    assert watch.look().opened == []
    deliver(5, 2)
    watch.shop.run()
    [alert] = watch.look().opened
    assert "orders of 1 day, revenue of 1 day" in alert.cause.message
    assert alert.cause.delivery == "2024-05-06"
    deliver(6, 20)
    watch.shop.run()
    watch.look(1)
    assert watch.told() == ["Figures unusual", "Over: figures unusual"]


def test_a_backlog_that_grows_run_by_run_is_told(watch: Watched) -> None:
    watch.set(backlog_rows=6)
    for day in range(1, 5):
        watch.deliver(day, bad=2 * day)
        watch.shop.run()
        grown = watch.look(day).opened
    assert [(one.cause.key, one.cause.rows) for one in grown] == [("backlog grows", 20)]
    watch.deliver(5)
    watch.shop.run()
    watch.look(5)
    assert watch.told() == ["Backlog grows", "Over: backlog grows"]


def test_a_disk_that_is_nearly_full_is_told(watch: Watched) -> None:
    watch.set(least_free_bytes=10**18)
    [alert] = watch.look().opened
    assert alert.cause.key == "disk nearly full"
    assert "MB left, less than 1,000,000,000,000 (least_free_bytes)" in alert.cause.message
    watch.set()
    watch.look(1)
    assert watch.told() == ["Disk nearly full", "Over: disk nearly full"]


def test_what_could_not_be_sent_is_sent_at_the_next_look_and_fails_nothing(
    watch: Watched,
) -> None:
    watch.hook.status = 500
    watch.set(least_free_bytes=10**18)
    [tried] = watch.look().tried
    assert tried.problem == "the service answered with 500"
    kept = "select attempt_count, problem, sent_at is null from ops.notifications"
    assert watch.shop.rows(kept) == [(1, tried.problem, True)]
    watch.hook.status = 200
    watch.look(1)
    watch.look(2)
    assert watch.told() == ["Disk nearly full"]
    assert watch.shop.rows(kept) == [(2, None, False)]
    assert watch.hook.refused == 1


def test_quiet_hours_and_repetition_hold_across_looks(watch: Watched) -> None:
    watch.set(least_free_bytes=10**18, quiet_hours="12:00-15:00", repeat_hours=2)
    for hours, told in ((0, []), (2.9, []), (3, ["Disk nearly full"]), (4, []),
                        (5, ["Still: disk nearly full"]), (6, [])):  # fmt: skip
        watch.look(hours)
        assert watch.told() == told, hours


def test_two_looks_at_once_tell_once(watch: Watched) -> None:
    watch.set(least_free_bytes=10**18)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(watch.look, [0] * 4))
    assert watch.told() == ["Disk nearly full"]


def test_mail_and_webhook_are_told_alike_and_one_that_fails_does_not_keep_the_other(
    watch: Watched,
) -> None:
    with mailbox() as box:
        watch.set(least_free_bytes=10**18, urls=(watch.hook.url, box.url, "${NOT_SET}"))
        failed = [one for one in watch.look().tried if one.problem]
        assert [one.channel.split()[0] for one in failed] == ["NOT_SET"]
        assert failed[0].problem is not None
        assert "variable NOT_SET" in failed[0].problem
        assert watch.hook.titles == box.titles == ["Disk nearly full"]
        [mail] = box.mails
        assert mail["to"] == "data@example.com"
        assert "least_free_bytes" in text_of(mail)


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def test_without_a_database_the_alert_is_told_once_and_moves_there_when_it_is_back(
    watch: Watched,
) -> None:
    workspace = watch.shop.workspace
    down = replace(
        workspace,
        settings=workspace.settings.model_copy(
            update={"database": DatabaseSettings(url="postgresql://me:hunter2@127.0.0.1:1/shop")}
        ),
    )
    for hours in (0, 1):
        with (
            pytest.raises(DatabaseUnreachable),
            watched(down, now=NOON + timedelta(hours=hours), environment=SECRET) as database,
        ):
            run(down, database)
    with pytest.raises(DatabaseUnreachable):
        look_at(down, now=NOON + timedelta(hours=2), environment=SECRET)
    assert "127.0.0.1, port 1" in watch.hook.posts[0]["message"]
    assert "hunter2" not in str(watch.hook.posts)
    assert watch.told() == ["Database unreachable"]
    kept = workspace.alert_file.read_text()
    assert json.loads(kept)["alerts"][0]["cause"]["kind"] == "database unreachable"
    assert "hunter2" not in kept
    assert TOKEN not in kept
    watch.look(3)
    assert watch.told() == ["Over: database unreachable"]
    assert not workspace.alert_file.exists()
    assert watch.shop.rows("select cause, state, opened_at from ops.alerts") == [
        ("database unreachable", "closed", NOON)
    ]
    sent = "select count(*) from ops.notifications where sent_at is not null"
    assert watch.shop.value(sent) == 2


def test_nothing_that_goes_wrong_with_alerts_fails_a_run(
    watch: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watch.deliver()
    workspace = replace(
        watch.shop.workspace,
        settings=watch.shop.workspace.settings.model_copy(
            update={"database": DatabaseSettings(url=watch.shop.database.url)}
        ),
    )
    watch.shop.execute("drop table if exists ops.notifications")
    with caplog.at_level(logging.WARNING), watched(workspace, environment=SECRET) as database:
        assert run(workspace, database).outcome == "published"
    assert "alerts could not be looked at" in caplog.text


def test_no_secret_is_logged_or_kept(watch: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watch.set(least_free_bytes=10**18)
    with caplog.at_level(logging.DEBUG):
        watch.look()
        watch.hook.status = 500
        watch.set()
        watch.look(1)
    kept = watch.shop.rows(
        "select alerts::text from ops.alerts union all"
        " select notifications::text from ops.notifications"
    )
    assert len(kept) == 3
    for text in (caplog.text, str(kept), repr(watch.shop.workspace.settings)):
        assert TOKEN not in text
        assert "/alerts?" not in text


def test_a_dismissed_alert_is_told_no_more(watch: Watched) -> None:
    watch.set(expect_deliveries="daily", repeat_hours=1)
    for day in (29, 31):
        watch.deliver(day)
    watch.shop.run()
    watch.look()
    watch.shop.execute("update ops.alerts set state = 'dismissed'")
    watch.look(2)
    watch.look(24 * 3)
    assert [one.split(": ")[-1] for one in watch.told()] == ["2024-05-30", "2024-06-01"]
    assert watch.shop.row(
        "select state, delivery_name from ops.alerts order by alert_id limit 1"
    ) == ("dismissed", "2024-05-30")


def test_a_url_that_apprise_does_not_know_is_said_without_the_url(watch: Watched) -> None:
    watch.set(least_free_bytes=10**18, urls=("nosuchservice://token-of-it@host",))
    [tried] = watch.look().tried
    assert tried.problem is not None
    assert "does not understand the URL of the channel nosuchservice" in tried.problem
    assert "token-of-it" not in tried.problem


def test_a_secret_in_a_wrong_setting_is_not_repeated(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "shop")
    file = made.folder / "shopwright.toml"
    file.write_text(file.read_text().replace("[alerts]", '[alerts]\nurls = ["hunter2 secret"]'))
    with pytest.raises(ShopwrightError, match=r"\[alerts\] urls: number 1 is neither") as caught:
        Workspace.open(made.folder)
    assert "hunter2" not in str(caught.value)


def test_urls_may_come_out_of_the_environment(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "shop")
    environment = {**os.environ, "SHOPWRIGHT_ALERTS_URLS": "json://a ${B}"}
    assert Workspace.open(made.folder, environment).settings.alerts.urls == ("json://a", "${B}")
