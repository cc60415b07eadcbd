"""A workspace's own rules and severities, in real runs: what becomes of rows, then and later."""

from pathlib import Path

import pytest
import sqlglot
from tests.shop import Row, Shop, customer, item, product, sale

from shopwright.cli.overview import broken_rules
from shopwright.config import Severity
from shopwright.config.errors import ShopwrightError
from shopwright.orchestration.run import retry
from shopwright.processing import rejections
from shopwright.processing.own_rules import RulesInvalid
from shopwright.processing.predicates import HIDDEN, PredicateFailed
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.transforms import transforms
from shopwright.serving.quality.reading import read_report

DEAR = """\
- name: unit_price_is_too_high
  dimension: validity
  severity: reject
  sentence: Nothing in the shop costs more than 1,000.
  predicate: unit_price > 1000
  mend: Ask Ada.
"""
NO_BRAND = """\
- name: brand_is_missing
  dimension: completeness
  severity: warn
  sentence: The product has no brand.
  predicate: brand is null -- of any kind
"""


def rule(predicate: str, *, severity: str = "reject", name: str = "odd") -> str:
    """A rule with a predicate, as a file has it."""
    return (
        f"- name: {name}\n  dimension: validity\n  severity: {severity}\n"
        f"  sentence: It is odd.\n  predicate: >-\n    {predicate}\n"
    )


def scores(shop: Shop) -> dict[str, tuple[int, int]]:
    """Of products: rows set aside and rows warned of, by dimension."""
    found = shop.rows(
        "select dimension, set_aside_count::int, warned_count::int from quality.scores"
        " where table_name = 'products'"
    )
    return {dimension: (aside, warned) for dimension, aside, warned in found}


def retry_all(shop: Shop) -> None:
    """Judges again what was rejected."""
    numbers = shop.rows("select rejected_row_id from quality.rejected_rows")
    retry(shop.workspace, shop.database, [row[0] for row in numbers])


def test_an_own_rule_rejects_and_another_one_warns(shop: Shop) -> None:
    shop.write_rules("products", DEAR + NO_BRAND)
    shop.deliver(
        "2024-05-01",
        products=[
            product("P1", unit_price=1000, brand="A"),
            product("P2", unit_price="1000.01", brand="A"),
            product("P3", unit_price=1),
            product("P4", unit_price=2000),
        ],
        transactions=[sale()],
        transaction_items=[item("I1"), item("I2", "T1", "P2")],
    )
    result = shop.run()

    assert shop.account("products") == (4, 2, 0, 2, 0)
    assert shop.account("transaction_items") == (2, 1, 0, 0, 1)  # the second waits for its product
    assert [
        (one.rule, one.severity, one.rows)
        for one in broken_rules(shop.database, result.run_id)
        if one.table == "products"
    ] == [("brand_is_missing", "warn", 2), ("unit_price_is_too_high", "reject", 2)]
    assert {one: scores(shop)[one] for one in ("validity", "completeness", "all")} == {
        "validity": (2, 0), "completeness": (0, 2), "all": (2, 1)
    }  # fmt: skip
    assert shop.value("select count(*) from quality.warning_samples") == 1  # P3: P4 is set aside
    assert shop.rebuild() == {}


def test_own_rules_are_in_the_quality_report_and_among_the_rejected(shop: Shop) -> None:
    shop.write_rules("customers", rule("email like '%@shop.example'", name="email_is_our_own"))
    shop.write_rules("products", DEAR)
    shop.deliver(
        "2024-05-01",
        products=[product(unit_price=2000)],
        customers=[customer(email="ada@shop.example"), customer("C2", email="bob@there.example")],
    )
    shop.run()

    rulebook = Rulebook.of_workspace(shop.workspace)
    email, price = read_report(shop.workspace, shop.database).broken_rules
    assert (email.name, email.severity, email.rows, email.open_rows) == (
        "email_is_our_own", "reject", 1, 1
    )  # fmt: skip
    assert email.samples[0].values == {"customer_id": "C1", "email": "(hidden)"}
    assert (price.sentence, price.mend) == (
        "Nothing in the shop costs more than 1,000.",
        "Ask Ada.",
    )
    with shop.database.connect() as connection:
        wanted = rejections.Filter(rule="unit_price_is_too_high")
        rejections.refuse_unknown_rule(connection, wanted, rulebook)
        (row,) = rejections.find(connection, wanted)
        assert rejections.sentence(rulebook, row.table, row.rules[0]) == price.sentence
        with pytest.raises(rejections.FilterInvalid, match="did you mean 'unit_price_is_too_high'"):
            rejections.refuse_unknown_rule(
                connection, rejections.Filter(rule="unit_price_is_to_high"), rulebook
            )


def test_a_row_passes_when_the_rule_that_rejected_it_is_gone(shop: Shop) -> None:
    shop.write_rules("products", DEAR)
    shop.deliver(
        "2024-05-01",
        products=[product(unit_price=2000)],
        transactions=[sale()],
        transaction_items=[item()],
    )
    shop.run()
    assert shop.account("transaction_items") == (1, 0, 0, 0, 1)
    retry_all(shop)
    assert shop.account("products") == (1, 0, 0, 1, 0)

    (shop.workspace.rules / "products.rules.yml").unlink()
    assert [one.name for one in read_report(shop.workspace, shop.database).broken_rules] == [
        "unit_price_is_too_high", "product_is_unknown"
    ]  # fmt: skip
    retry_all(shop)

    assert shop.account("products") == (1, 1, 0, 0, 0)
    assert shop.account("transaction_items") == (1, 1, 0, 0, 0)
    assert shop.value("select sum(net_amount) from warehouse.fact_sales") == 10
    assert shop.rebuild() == {}


@pytest.mark.parametrize(
    ("severity", "account"),
    [("reject", (1, 0, 0, 1, 0)), ("warn", (1, 1, 0, 0, 0)), ("off", (1, 1, 0, 0, 0))],
)
def test_the_severity_of_a_rule_is_set_in_the_workspace(
    shop: Shop, severity: Severity, account: tuple[int, ...]
) -> None:
    shop.set_severity("products", unit_cost_is_above_the_price=severity)
    shop.deliver("2024-05-01", products=[product(unit_price=1, unit_cost=2)])
    shop.run()
    assert shop.account("products") == account
    expected = [] if severity == "off" else [("unit_cost_is_above_the_price", severity, 1)]
    found = broken_rules(shop.database)
    assert [(one.rule, one.severity, one.rows) for one in found] == expected
    flawed = {"reject": (1, 0), "warn": (0, 1), "off": (0, 0)}[severity]
    assert scores(shop)["all"] == flawed
    # no rule but this one looks at the consistency of products: switched off, nobody does
    assert scores(shop).get("consistency") == (None if severity == "off" else flawed)


def test_the_severity_of_an_own_rule_is_set_too(shop: Shop) -> None:
    shop.write_rules("products", DEAR)
    shop.set_severity("products", unit_price_is_too_high="warn")
    shop.deliver("2024-05-01", products=[product(unit_price=2000)])
    shop.run()
    assert shop.account("products") == (1, 1, 0, 0, 0)


def test_what_is_watched_in_batches_can_be_switched_off(shop: Shop) -> None:
    for day, severity in (("2024-05-01", "warn"), ("2024-05-02", "off")):
        shop.set_severity("transactions", total_amount_differs_from_the_lines=severity)
        shop.deliver(
            day,
            products=[product()],
            transactions=[sale(f"T{day}", total_amount=99)],
            transaction_items=[item(f"I{day}", f"T{day}")],
        )
        result = shop.run()
        found = [one.rule for one in broken_rules(shop.database, result.run_id)]
        assert found == (["total_amount_differs_from_the_lines"] if severity == "warn" else [])


def test_a_report_tells_a_rule_as_severe_as_it_was(shop: Shop) -> None:
    for day, severity in (("2024-05-01", "warn"), ("2024-05-02", "reject"), ("2024-05-03", "off")):
        shop.set_severity("products", unit_cost_is_above_the_price=severity)
        shop.deliver(day, products=[product(day, unit_price=1, unit_cost=2)])
        shop.run()
    found = read_report(shop.workspace, shop.database).broken_rules
    assert [(one.severity, one.rows, one.samples[0].place) for one in found] == [
        ("reject", 1, "2024-05-02/products.csv, line 2"),
        ("warn", 1, "2024-05-01/products.csv, line 2"),
    ]


def test_what_waits_is_rejected_where_the_workspace_says_so(shop: Shop) -> None:
    shop.deliver("2024-05-01", transactions=[sale(customer_id="C1")])
    shop.run()
    assert shop.account("transactions") == (1, 0, 0, 0, 1)
    shop.set_severity("transactions", customer_is_unknown="reject")
    shop.deliver("2024-05-02", transactions=[sale("T2", customer_id="C2")])
    shop.run()
    assert shop.account("transactions") == (2, 0, 0, 2, 0)
    shop.deliver("2024-05-03", customers=[customer("C1"), customer("C2")])
    shop.run()
    assert shop.account("transactions") == (2, 0, 0, 2, 0)
    retry_all(shop)
    assert shop.account("transactions") == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("predicate", "problem"),
    [
        ("unit_prize > 1", "column \"unit_prize\" does not exist (did you mean 'unit_price'?)"),
        ("_row = 2", 'column "_row" does not exist'),
        ("unit_price >", "syntax error"),
        ("unit_price", "must be type boolean, not type numeric"),
        ("unit_price > (select 1)", "cannot use subquery in predicate"),
        ("exists (select from production.products)", "cannot use subquery in predicate"),
        ("max(unit_price) > 1", "aggregate functions are not allowed"),
        ("row_number() over () > 1", "window functions are not allowed"),
        ("brand > 1", "operator does not exist: text > integer"),
        ("is_dear(unit_price)", "function is_dear(numeric) does not exist"),
        ("true; drop table production.products", "syntax error"),
        ("true); drop table production.products; --", "syntax error"),
        ("true); drop table production.products; select (1", "cannot insert multiple commands"),
        ("true), add constraint other check (true", "syntax error"),
        ("true) or (true", "syntax error"),
        ("true /*", "unterminated /* comment"),
    ],
)
def test_a_predicate_that_postgresql_refuses_stops_before_the_run(
    shop: Shop, predicate: str, problem: str
) -> None:
    shop.write_rules("products", DEAR + rule(predicate))
    shop.deliver("2024-05-01", products=[product()])
    with pytest.raises(RulesInvalid) as caught:
        shop.run()
    assert caught.value.problem.startswith(
        "rules/products.rules.yml, line 11: PostgreSQL refuses the predicate of odd: "
    )
    assert problem in caught.value.problem
    assert "products has: product_id, product_name, category," in caught.value.mend
    assert shop.value("select count(*) from ops.deliveries") == 0
    assert shop.row("select command, outcome from ops.runs") == ("run", "failed")


@pytest.mark.parametrize("table", ["customers", "products", "transactions", "transaction_items"])
def test_an_own_rule_sees_every_column_of_its_typed_row(shop: Shop, table: str) -> None:
    documented = columns_in_the_document()[table]
    shop.write_rules(table, rule(f"num_nulls({', '.join(documented)}) < 0"))
    shop.deliver("2024-05-01", **{table: [row_of(table)]})
    shop.run()
    assert shop.account(table)[0] == 1
    (select,) = [one.select for one in transforms("checked") if one.table == table]
    typed = sqlglot.parse_one(select, read="postgres").named_selects
    assert documented == [name for name in typed if name not in HIDDEN]
    # nothing of the trial stays
    assert shop.value("select count(*) from pg_class where relname = 'typed'") == 0


def row_of(table: str) -> Row:
    """A row of a table."""
    return {
        "customers": customer(), "products": product(), "transactions": sale(),
        "transaction_items": item(),
    }[table]  # fmt: skip


def columns_in_the_document() -> dict[str, list[str]]:
    """What docs/rules.md says a predicate may name, by table."""
    text = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `") and "_id`" in line]
    found = {}
    for line in lines:
        table, columns = (cell.strip() for cell in line.strip("|").split("|"))
        found[table.strip("`")] = [one.strip(" `") for one in columns.split(",")]
    return found


def test_a_predicate_that_fails_on_a_row_is_named(shop: Shop) -> None:
    shop.write_rules("products", DEAR + rule("unit_cost / unit_price > 2", severity="warn"))
    shop.deliver("2024-05-01", products=[product(unit_price=1, unit_cost=1)])
    shop.run()
    shop.deliver("2024-05-02", products=[product("P2", unit_price=0, unit_cost=1)])
    with pytest.raises(PredicateFailed) as caught:
        shop.run()
    assert caught.value.problem == (
        "rules/products.rules.yml, line 11: the predicate of odd cannot be worked out for every "
        "row: division by zero."
    )
    assert "nullif(x, 0)" in caught.value.mend
    assert shop.value("select count(*) from production.products") == 1
    shop.write_rules("products", rule("unit_cost / nullif(unit_price, 0) > 2"))
    shop.run()
    assert shop.account("products") == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("table", "name", "severity", "problem"),
    [
        ("products", "unit_cost_is_above", "off", "products has no such rule (did you mean"),
        ("products", "product_id_is_missing", "off", "keeps out what the warehouse cannot hold"),
        ("products", "conflicts_with_an_earlier_row", "off", "keeps out"),
        ("transactions", "customer_is_unknown", "warn", "keeps out"),
        ("products", "unit_price_is_not_an_amount", "wait", "only rules about what a row refers"),
        ("transactions", "revenue_is_unusual", "reject", "it looks at many rows together"),
    ],
)
def test_a_severity_that_a_rule_cannot_have_is_refused(
    shop: Shop, table: str, name: str, severity: Severity, problem: str
) -> None:
    (shop.workspace.folder / "shopwright.toml").write_text(
        f'version = 1\n[quality.severity]\n\n{table}.{name} = "{severity}"\n'
    )
    shop.set_severity(table, **{name: severity})
    shop.deliver("2024-05-01", products=[product()])
    with pytest.raises(ShopwrightError) as caught:
        shop.run()
    assert f"shopwright.toml, line 4: [quality.severity.{table}] {name}" in caught.value.problem
    assert problem in caught.value.problem
    assert caught.value.exit_code == 2
