"""A run: whole or not at all, in batches of any size, recorded whatever its end."""

import random
from pathlib import Path

import pytest
from tests.shop import Shop, customer, item, product, refund, sale

from shopwright.orchestration.record import RunResult
from shopwright.processing import examination
from shopwright.processing.examination import ClaimFailed
from shopwright.storage.database import Database

FALSE_CLAIM = {
    "nobody_buys_a_lamp": "select item_id from warehouse.fact_sales as sales"
    " inner join warehouse.dim_product using (product_key) where product_name = 'Lamp'"
}


def deliver_days(shop: Shop, days: int = 6) -> None:
    """Days that refer to each other, with a returned, a cancelled and a rejected one."""
    chance = random.Random(3)
    for day in range(1, days + 1):
        at = f"2024-05-{day:02} 12:00"
        shop.deliver(
            f"2024-05-{day:02}",
            customers=[customer(f"C{day}"), customer("C1", segment=f"S{day // 2}")],
            products=[product("P1", unit_cost=day // 2), product(f"P{day}")],
            transactions=[
                sale(f"T{day}", at, customer_id=f"C{day % 3 + 1}"),
                refund(f"R{day}", at, customer_id="C1", payment_method="Card"),
                sale(f"X{day}", at, status="cancelled"),
            ],
            transaction_items=[
                *(item(f"I{day}-{n}", f"T{day}", f"P{chance.randint(1, day)}", n) for n in (1, 2)),
                item(f"J{day}", f"R{day}", "P1", -1, "0.999"),
                item(f"K{day}", f"X{day}"),
                item(f"L{day}", f"T{day}", "P1", 0),
            ],
        )


def test_a_failing_claim_rolls_everything_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deliver("2024-05-01", products=[product()], transactions=[sale()],
                 transaction_items=[item()])  # fmt: skip
    shop.run()
    before = shop.fingerprint()
    kept = shop.rows("select * from ops.deliveries"), shop.rows("select * from ops.files")

    known = examination.claims()
    monkeypatch.setattr(examination, "claims", lambda: {**known, **FALSE_CLAIM})
    shop.deliver(
        "2024-05-02",
        products=[product("P2", product_name="Lamp"), product("P3", unit_price=-1)],
        transactions=[sale("T2")],
        transaction_items=[item("I2", "T2", "P2"), item("I3", "T404")],
    )
    with pytest.raises(ClaimFailed, match="'nobody buys a lamp' is not true of 1 rows") as caught:
        shop.run()
    assert shop.fingerprint() == before
    assert (
        shop.rows("select * from ops.deliveries"), shop.rows("select * from ops.files")
    ) == kept  # fmt: skip
    for table in ("quality.rejected_rows", "quality.rule_results", "production.transactions"):
        expected = 1 if table == "production.transactions" else 0
        assert shop.value(f"select count(*) from {table}") == expected, table
    assert shop.row(
        "select outcome, error, finished_at is not null from ops.runs order by run_id desc limit 1"
    ) == ("failed", str(caught.value), True)

    monkeypatch.setattr(examination, "claims", lambda: known)
    assert shop.run().deliveries == ["2024-05-02"]
    assert shop.value("select count(*) from warehouse.fact_sales") == 2
    assert shop.account("transaction_items") == (3, 2, 0, 0, 1)


def test_a_failing_claim_in_the_first_load_leaves_an_empty_warehouse_with_its_keys(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    constraints = (
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace in ('production'::regnamespace, 'warehouse'::regnamespace)"
        " union all select tablename, indexname, indexdef from pg_indexes"
        " where schemaname in ('production', 'warehouse') order by 1, 2, 3"
    )
    before = shop.rows(constraints)
    known = examination.claims()
    monkeypatch.setattr(examination, "claims", lambda: {**known, **FALSE_CLAIM})
    shop.deliver("2024-05-01", products=[product(product_name="Lamp")], transactions=[sale()],
                 transaction_items=[item()])  # fmt: skip
    with pytest.raises(ClaimFailed):
        shop.run()
    assert shop.value("select count(*) from warehouse.fact_sales") == 0
    assert shop.rows(constraints) == before
    monkeypatch.undo()
    shop.run()
    assert shop.rows(constraints) == before
    assert shop.value("select count(*) from warehouse.fact_sales") == 1


def test_batches_of_any_size_give_the_same_warehouse(
    server: object, template_database: str, tmp_path: Path
) -> None:
    seen = []
    for batch_rows, batches in ((1, 6), (30, 3), (5_000_000, 1)):
        name = server.create(template=template_database)  # type: ignore[attr-defined]
        try:
            with Database(server.database_url(name)) as database:  # type: ignore[attr-defined]
                shop = Shop(tmp_path / str(batch_rows), database, batch_rows=batch_rows)
                deliver_days(shop)
                result = shop.run()
                assert (result.batch_count == batches) or batch_rows == 30
                assert result.deliveries == [f"2024-05-0{day}" for day in range(1, 7)]
                assert shop.rebuild() == {}
                seen.append((shop.fingerprint(), account(result)))
        finally:
            server.drop(name)  # type: ignore[attr-defined]
    assert seen[0] == seen[1] == seen[2]


def account(result: RunResult) -> list[tuple[str, int, int]]:
    """Rows and rejected ones of each table; what repeats what may be told otherwise."""
    return [(one.table, one.rows, one.rejected) for one in result.accounts]


def test_a_run_leaves_a_record_of_its_steps(shop: Shop) -> None:
    deliver_days(shop)
    result = shop.run(one_by_one=True)
    steps = [step.name for step in result.steps]
    assert result.batch_count == 6
    assert steps.count("staging") == steps.count("commit") == 6
    assert shop.row("select outcome, command, error from ops.runs") == ("published", "run", None)
    assert shop.rows("select step_name from ops.steps order by step_number") == [
        (name,) for name in steps
    ]
    staged = sum(step.rows for step in result.steps if step.name == "staging")
    assert staged == sum(one.rows for one in result.accounts) == 6 * (2 + 2 + 3 + 5)
    assert [(one.table, one.rejected) for one in result.accounts] == [
        ("customers", 1), ("products", 1), ("transactions", 0), ("transaction_items", 6)
    ]  # fmt: skip
    assert shop.value("select bool_and(holds) from quality.claim_results") is True
    assert shop.value("select count(*) from quality.claim_results") == 6 * len(examination.claims())


def test_a_run_with_nothing_to_do_says_so(shop: Shop) -> None:
    result = shop.run()
    assert (result.outcome, result.batch_count, result.accounts) == ("nothing to do", 0, [])
    assert shop.value("select outcome from ops.runs") == "nothing to do"
    assert shop.rebuild() == {}


def test_a_run_that_was_killed_is_recorded_as_interrupted_by_the_next(shop: Shop) -> None:
    shop.run()
    shop.execute("update ops.runs set outcome = 'running', finished_at = null")
    shop.run()
    assert shop.rows("select outcome from ops.runs order by run_id") == [
        ("interrupted",), ("nothing to do",)
    ]  # fmt: skip


TAMPERING = [
    "delete from warehouse.fact_sales where item_id = 'J1'",
    "update warehouse.fact_sales set net_amount = net_amount + 1 where item_id = 'J2'",
    "update warehouse.fact_sales set product_key = (select max(product_key)"
    " from warehouse.dim_product)",
    "delete from warehouse.agg_daily_sales",
    "update warehouse.agg_product_pairs set order_count = 9",
    "insert into warehouse.agg_hour_of_week values ('2020-01-01', 1, 1, 1, 1, 1)",
    "update warehouse.dim_customer set segment = 'gold' where customer_id = 'C1'",
    "delete from warehouse.agg_customer_value; delete from warehouse.agg_cohort_retention",
    "update warehouse.dim_date set day_name = 'Sunday'",
]


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_rebuild_mends_what_was_changed_by_hand(shop: Shop, statement: str) -> None:
    deliver_days(shop)
    shop.run()
    before = shop.fingerprint()
    shop.execute(statement)
    assert shop.fingerprint() != before
    assert shop.rebuild()
    assert shop.fingerprint() == before
    assert shop.rebuild() == {}
    assert shop.rows("select command, outcome from ops.runs order by run_id desc limit 1") == [
        ("rebuild", "published")
    ]


def test_a_version_removed_by_hand_comes_back_and_its_sales_point_at_it(shop: Shop) -> None:
    deliver_days(shop, 4)
    shop.run()
    before = shop.fingerprint()
    first = "select min(product_key) from warehouse.dim_product where product_id = 'P1'"
    last = "select max(product_key) from warehouse.dim_product where product_id = 'P1'"
    assert shop.value(first) != shop.value(last)
    shop.execute(f"update warehouse.fact_sales set product_key = ({last})"
                 f" where product_key = ({first})")  # fmt: skip
    shop.execute(f"delete from warehouse.dim_product where product_key = ({first})")
    shop.rebuild()
    assert shop.fingerprint() == before
