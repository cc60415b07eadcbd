"""The exam: a generated shop is published and held against its answer key."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.answer_keys import marked_shop
from tests.conftest import DatabaseServer
from tests.shop import Shop

from shopwright.config import TableDialects
from shopwright.generation.faults import KINDS, MALFORMED_KINDS
from shopwright.generation.scoring import NoAnswerKey, NothingPublished, Score, score
from shopwright.generation.scoring.marks import DuplicateScore, RuleScore
from shopwright.storage.database import Database


def published(shop: Shop, faults: str = "", mess: str = "") -> Score:
    """The score of a shop that says what its files are written in."""
    marked = marked_shop(shop.workspace.folder, faults, mess)
    declare_utf_8(shop)
    shop.run()
    return score(marked.answer_key, shop.database)


def declare_utf_8(shop: Shop) -> None:
    settings = shop.workspace.settings.model_copy(
        update={"dialect": TableDialects(encoding="utf-8")}
    )
    shop.workspace = replace(shop.workspace, settings=settings)


def scored(shop: Shop) -> Score:
    return score(shop.workspace.folder / "answer_key", shop.database)


@pytest.fixture(scope="module")
def clean(
    server: DatabaseServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A shop published without a fault, and perfect: its folder and database, to be cloned."""
    folder, name = tmp_path_factory.mktemp("clean"), server.create(template=template_database)
    with Database(server.database_url(name)) as database:
        assert published(Shop(folder, database)).is_perfect
    yield folder, name
    server.drop(name)


@pytest.fixture
def clean_shop(server: DatabaseServer, clean: tuple[Path, str]) -> Iterator[Shop]:
    """It, in a database of the test's own. Tests leave its files as they are."""
    folder, template = clean
    name = server.create(template=template)
    with Database(server.database_url(name)) as database:
        yield Shop(folder, database)
    server.drop(name)


def test_without_faults_nothing_differs_to_the_last_digit(clean_shop: Shop) -> None:
    result = scored(clean_shop)

    assert result.is_perfect
    assert not result.unpublished
    figures = {one.measure: one for one in result.figures}
    assert figures["net_amount"].found > 100_000
    assert figures["net_amount"].found % Decimal("0.01")  # not only cents
    assert all(one.difference == 0 for one in result.figures)
    assert {one.level for one in result.levels} == {
        "by_day", "by_product", "by_customer", "by_country", "by_payment_method",
    }  # fmt: skip
    assert all(one.key_count > 5 for one in result.levels)
    assert all(one.found_rows == one.expected_rows > 300 for one in result.histories)


def test_disorder_makes_no_difference(shop: Shop) -> None:
    result = published(shop, mess="10%")

    assert result.is_perfect
    assert sum(one.found for one in result.duplicates) > 100


@pytest.mark.parametrize("mess", ["", "20%"])
def test_a_shop_with_days_on_which_nothing_happens_is_published_too(shop: Shop, mess: str) -> None:
    marked = marked_shop(shop.workspace.folder, mess=mess, days=150, transactions=40)
    shop.run()
    result = score(marked.answer_key, shop.database)

    assert result.is_perfect
    deliveries = sorted(one.name for one in marked.deliveries.iterdir())
    assert marked.frame("deliveries")["delivery"].to_list() == deliveries
    assert len({name[-10:] for name in deliveries}) < 120


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_histories_agree_where_clocks_are_changed(shop: Shop, zone: str) -> None:
    shop.database.timezone = zone
    marked = marked_shop(shop.workspace.folder, days=120, transactions=2_000)
    shop.run()

    assert score(marked.answer_key, shop.database).is_perfect


@pytest.mark.parametrize("mess", ["", "8%"])
def test_with_faults_the_warehouse_holds_what_it_should_and_every_rule_finds_its_own(
    shop: Shop, mess: str
) -> None:
    result = published(shop, "2%,truncated_last_line=20%", mess)

    assert result.figures_are_right
    assert {one.kind for one in result.kinds} == set(KINDS)
    assert {one.kind for one in result.kinds if one.expected == "malformed"} == set(MALFORMED_KINDS)
    for kind in result.kinds:
        assert (kind.recall, kind.is_right) == (1.0, True), kind
    assert len(result.rules) > 30
    for rule in result.rules:
        assert (rule.precision, rule.recall, rule.is_right) == (1.0, 1.0, True), rule
    assert all(one.is_right for one in result.duplicates)
    assert result.is_perfect


def test_delivery_by_delivery_the_score_is_the_same(shop: Shop) -> None:
    marked = marked_shop(shop.workspace.folder, "2%", "8%", days=20, transactions=1_000)
    declare_utf_8(shop)
    shop.run(one_by_one=True)
    result = score(marked.answer_key, shop.database)

    assert sum(one.found for one in result.duplicates) > 100
    assert result.duplicates == [
        DuplicateScore(one.table, one.expected, one.expected) for one in result.duplicates
    ]
    assert [one for one in (*result.rules, *result.kinds) if not one.is_right] == []
    assert result.is_perfect


def test_a_wrong_figure_is_found_to_the_ten_thousandth(clean_shop: Shop) -> None:
    clean_shop.execute(
        "update warehouse.fact_sales set tax_amount = tax_amount + 0.0001"
        " where item_id = (select min(item_id) from warehouse.fact_sales)"
    )
    result = scored(clean_shop)

    wrong = [one for one in result.figures if not one.is_right]
    assert [(one.measure, one.difference) for one in wrong] == [("tax_amount", Decimal("0.0001"))]
    facts = [one for one in result.levels if one.table.startswith("fact")]
    assert all((one.differing_keys, one.largest_difference) == (1, Decimal("0.0001"))
               for one in facts)  # fmt: skip
    assert not result.figures_are_right


def test_an_aggregate_that_differs_from_the_facts_is_found(clean_shop: Shop) -> None:
    clean_shop.execute(
        "update warehouse.agg_daily_sales set net_amount = net_amount - 5"
        " where business_date = '2024-01-05'"
    )
    wrong = [one for one in scored(clean_shop).levels if not one.is_right]
    assert [(one.table, one.worst) for one in wrong] == [
        ("agg_daily_sales", "2024-01-05: net_amount")
    ]


def test_a_wrong_version_and_a_wrong_state_are_found(clean_shop: Shop) -> None:
    clean_shop.execute(
        "update warehouse.dim_customer set segment = 'Wrong' where customer_id = 'C0000001';"
        "update production.products set unit_cost = unit_cost + 0.0001"
        " where product_id = 'P00001';"
    )
    wrong = {one.table: one for one in scored(clean_shop).histories if not one.is_right}
    assert wrong.keys() == {"warehouse.dim_customer", "production.products"}
    assert wrong["warehouse.dim_customer"].examples == ["C0000001"]
    assert wrong["production.products"].examples == ["P00001"]


def test_a_missed_fault_costs_recall_and_a_false_alarm_precision(shop: Shop) -> None:
    published(shop, "negative_price=5%")
    negative = "from quality.rejected_rows where broken_rules = '{unit_price_is_negative}'"
    shop.execute(f"""
        delete from quality.rejected_rows where rejected_row_id in (
            select rejected_row_id {negative} order by rejected_row_id limit 3);
        update quality.rejected_rows set row_number = row_number + 100000
        where rejected_row_id = (select max(rejected_row_id) {negative});
    """)
    result = scored(shop)

    (rule,) = (one for one in result.rules if one.rule == "unit_price_is_negative")
    assert (rule.found, rule.hits) == (rule.expected - 3, rule.expected - 4)
    assert rule.recall == (rule.expected - 4) / rule.expected
    assert rule.precision == (rule.expected - 4) / (rule.expected - 3)
    (kind,) = result.kinds
    assert kind.handled == kind.planted - 4
    assert not result.is_perfect


def test_a_line_wrongly_set_aside_costs_precision_and_a_missed_one_recall(shop: Shop) -> None:
    before = line_score(published(shop, "unquoted_delimiter=5%"))
    lines = (
        "select file_id, line_number from quality.malformed_lines"
        " inner join ops.files using (file_id) where table_name = 'transactions'"
    )
    shop.execute(f"""
        delete from quality.malformed_lines
        where (file_id, line_number) in ({lines} order by 1, 2 limit 3);
        update quality.malformed_lines set line_number = line_number + 100000
        where (file_id, line_number) in ({lines} order by 1 desc, 2 desc limit 1);
    """)
    result = scored(shop)

    rule = line_score(result)
    assert rule.severity == "malformed"
    assert (rule.expected, rule.found, rule.hits) == (
        before.expected, before.found - 3, before.found - 4,
    )  # fmt: skip
    (kind,) = result.kinds
    assert kind.planted - kind.handled == 4
    assert not kind.is_right
    assert not result.is_perfect


def line_score(result: Score) -> RuleScore:
    """Of the lines of transactions that are no rows."""
    (found,) = (
        one for one in result.rules if (one.table, one.rule) == ("transactions", "line_is_no_row")
    )
    return found


def test_lines_that_come_twice_are_malformed_twice(shop: Shop) -> None:
    result = published(shop, "unquoted_delimiter=10%", "twice=40%")

    (kind,) = result.kinds
    lines = [one for one in result.rules if one.rule == "line_is_no_row"]
    assert sum(one.found for one in lines) > kind.planted
    assert all(one.is_right for one in lines)
    assert result.is_perfect


def test_deliveries_that_no_run_has_published_are_named(clean_shop: Shop) -> None:
    clean_shop.execute("update ops.deliveries set delivery_name = 'other'"
                       " where delivery_name = '2024-02-03'")  # fmt: skip
    result = scored(clean_shop)
    assert result.unpublished == ["2024-02-03"]
    assert not result.is_perfect


def test_without_an_answer_key_there_is_nothing_to_compare_with(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(NoAnswerKey, match="no answer key in"):
        score(tmp_path / "answer_key", shop.database)


def test_before_the_first_run_there_is_nothing_to_compare(shop: Shop) -> None:
    marked = marked_shop(shop.workspace.folder, days=3, transactions=30)
    with pytest.raises(NothingPublished, match="shopwright run"):
        score(marked.answer_key, shop.database)
