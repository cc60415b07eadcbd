"""After a run: old records are thinned, and nothing that is needed; dead rows and staging go."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.shop import Shop, customer, item, product, sale

from shopwright.config import RetentionSettings
from shopwright.storage.database import Database

AGE = (
    "update ops.runs set started_at = started_at - interval '{days} days',"
    " finished_at = finished_at - interval '{days} days'"
)


def keeping(shop: Shop, **settings: int) -> Shop:
    changed = shop.workspace.settings.model_copy(
        update={"retention": RetentionSettings(**settings)}
    )
    shop.workspace = replace(shop.workspace, settings=changed)
    return shop


@pytest.fixture
def old_shop(shop: Shop) -> Shop:
    """Two days a hundred days ago: rows rejected, one of them mended, one dismissed; a line that is
    no row; rows that are warned of; a run with nothing to do."""
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1", email="not an address")],
        products=[product(), product("P2", unit_price=-1), product("P3", unit_price=-1)],
        transactions=[sale(), sale("T2", "no time")],
        transaction_items=[item(), item("I2", "T9")],
    )
    shop.deliver_file("2024-05-02/products.csv", "product_id,product_name\nP2,Lamp\nP4,a,b,c\n")
    shop.run()
    shop.execute(
        "update quality.rejected_rows set status = 'dismissed', dismissed_reason = 'no'"
        " where row_key = 'P3'"
    )
    shop.run()
    assert {status for status, _ in shop.broken_rules()} == {
        "rejected", "waiting", "resolved", "dismissed"
    }  # fmt: skip
    shop.execute(AGE.format(days=100))
    return shop


def test_what_is_settled_loses_its_content_and_stays_known(old_shop: Shop) -> None:
    shop = keeping(old_shop, rejected_days=90, run_days=90, sample_days=90)
    before = shop.broken_rules()
    shop.run()
    assert shop.broken_rules() == before
    assert shop.rows(
        "select status, row_data = '{}' from quality.rejected_rows order by rejected_row_id"
    ) == [
        (status, status in ("resolved", "dismissed"))
        for (status,) in shop.rows(
            "select status from quality.rejected_rows order by rejected_row_id"
        )
    ]
    assert shop.rows("select raw, reason <> '' from quality.malformed_lines") == [(b"", True)]
    assert shop.value("select count(*) from quality.warning_samples") == 0
    assert shop.value("select count(*) from quality.scores") > 0  # kept for ever
    # the run with nothing to do is gone, the one that published is not
    assert shop.rows("select run_id, outcome from ops.runs order by run_id") == [
        (1, "published"), (3, "nothing to do")
    ]  # fmt: skip
    assert shop.rows("select distinct run_id from ops.steps order by 1") == [(3,)]
    # the same bad rows again are repetitions still, and every claim holds
    shop.deliver(
        "2024-05-03",
        products=[product("P3", unit_price=-1)],
        transactions=[sale("T9"), sale("T2", "no time")],
    )
    shop.run()
    assert shop.account("products", "2024-05-03") == (1, 0, 1, 0, 0)
    assert shop.account("transactions", "2024-05-03") == (2, 1, 1, 0, 0)
    assert shop.value("select bool_and(holds) from quality.claim_results") is True
    assert shop.value("select status from quality.rejected_rows where row_key = 'I2'") == (
        "published"
    )
    assert shop.rebuild() == {}


def test_alerts_that_are_over_go_and_those_that_are_not_stay(old_shop: Shop) -> None:
    shop = keeping(old_shop, run_days=90)
    for cause, state, closed in (
        ("A", "open", "null"),
        ("B", "dismissed", "null"),
        ("C", "closed", "now() - interval '89 days'"),
        ("D", "closed", "now() - interval '91 days'"),
    ):
        shop.execute(
            "with alert as (insert into ops.alerts (cause, kind, state, message, show_command,"
            " mend_command, run_id, opened_at, last_seen_at, closed_at)"
            f" values ('{cause}', 'run failed', '{state}', '', '', '', 2, now(), now(), {closed})"
            " returning alert_id)"
            " insert into ops.notifications (alert_id, notice, channel, created_at, due_at,"
            " attempt_count) select alert_id, 'opened', 'json 1', now(), now(), 1 from alert"
        )
    shop.run()
    # the run that they are about had nothing to do, and is gone
    assert shop.rows(
        "select cause, run_id from ops.alerts inner join ops.notifications using (alert_id)"
        " order by cause"
    ) == [("A", None), ("B", None), ("C", None)]
    assert shop.value("select count(*) from ops.alerts") == 3


def test_what_is_young_or_open_stays(old_shop: Shop) -> None:
    counts = (
        "select (select count(*) from quality.rejected_rows where row_data <> '{}'),"
        " (select count(*) from quality.malformed_lines where raw <> ''),"
        " (select count(*) from quality.warning_samples),"
        " (select count(*) from ops.steps where run_id < 3),"
        " (select count(*) from ops.runs where run_id < 3)"
    )
    before = old_shop.row(counts)
    assert min(before) > 0
    old_shop.run()  # by default, for 400 days
    assert old_shop.row(counts) == before
    shop = keeping(old_shop, rejected_days=90, score_days=90)
    shop.execute("update ops.runs set started_at = now() where run_id = 3")
    shop.run()  # thinned in the first run of a day alone
    assert shop.row(counts) == before
    shop.execute(AGE.format(days=1) + " where run_id = 3")
    shop.execute("delete from ops.runs where run_id = 4")
    shop.run()
    assert shop.row(counts) == (2, 0, *before[2:])
    assert shop.value("select count(*) from quality.scores") == 0


def test_a_large_staging_is_emptied_and_a_small_one_may_be_looked_at(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=[product()])
    shop.run()
    assert shop.value("select count(*) from staging.products") == 1
    shop.deliver("2024-05-02", products=[product("P2")])
    result = keeping(shop, staging_megabytes=0).run()
    assert "emptying staging" in [step.name for step in result.steps]
    assert shop.value("select count(*) from staging.products") == 0
    shop.deliver("2024-05-03", products=[product("P3")])
    shop.run()
    assert shop.value("select count(*) from production.products") == 3


def test_new_and_worn_tables_are_vacuumed_beside_a_reader(shop: Shop, database: Database) -> None:
    shop.deliver("2024-05-01", products=[product(f"P{n}") for n in range(6_000)])
    shop.run()
    new = (
        "select n_ins_since_vacuum, vacuum_count from pg_stat_user_tables"
        " where relname = 'dim_product'"
    )
    wait_until(lambda: shop.row(new) != (0, 0))
    shop.run()  # the statistics of the first may have come too late for it
    wait_until(lambda: shop.row(new) == (0, 1))
    shop.execute("update production.products set product_name = product_name || '.'")
    dead = (
        "select n_dead_tup, vacuum_count, analyze_count from pg_stat_user_tables"
        " where relname = 'products' and schemaname = 'production'"
    )
    wait_until(lambda: shop.row(dead)[0] >= 6_000)
    vacuums, analyses = shop.row(dead)[1:]
    with database.connect() as reader:
        assert reader.execute("select count(*) from warehouse.dim_product").fetchone() == (6_001,)
        result = shop.run()
        assert reader.execute("select count(*) from production.products").fetchone() == (6_000,)
    steps = {step.name: step.rows for step in result.steps}
    assert (result.outcome, steps["vacuum"]) == ("nothing to do", 1)
    wait_until(lambda: shop.row(dead)[1] == vacuums + 1)
    assert shop.row(dead)[2] == analyses  # it has not grown
    assert "vacuum" not in [step.name for step in shop.run().steps] or shop.row(dead)[0] > 2_200


def wait_until(is_so: Callable[[], bool]) -> None:
    import time

    for _ in range(100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError
