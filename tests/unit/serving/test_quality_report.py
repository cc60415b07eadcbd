"""The figures of the quality report: how they are rounded, drawn, masked and escaped."""

import pytest

from shopwright.ingestion.contract import MASK
from shopwright.processing.rules import CONFLICT, Rule, package_rules
from shopwright.serving.quality.advice import advice, advice_for_line
from shopwright.serving.quality.charts import spark_line
from shopwright.serving.quality.markup import tag
from shopwright.serving.quality.report import Account, Score
from shopwright.serving.quality.samples import shown_columns, shown_values

TABLES = ["customers", "products", "transactions", "transaction_items"]


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Score(2_300_000, 1, 0), "99.99 %"),  # never rounded up to all
        (Score(2_300_000, 0, 0), "100 %"),
        (Score(3, 1, 1), "33.33 %"),
        (Score(7, 0, 7), "0.00 %"),
    ],
)
def test_a_score_is_rounded_down(score: Score, text: str) -> None:
    assert score.text == text


def test_scores_of_several_deliveries_are_those_of_all_their_rows() -> None:
    assert Score(990, 0, 0) + Score(10, 5, 1) == Score(1000, 5, 1)
    assert (Score(990, 0, 0) + Score(10, 5, 1)).share == pytest.approx(0.994)


def test_an_account_that_does_not_add_up_is_told() -> None:
    assert Account(6, 1, 1, 1, 1, 2).balances
    assert not Account(6, 1, 1, 1, 1, 1).balances


def test_a_spark_line_keeps_the_lowest_of_what_a_character_stands_for() -> None:
    assert spark_line([1.0, 0.9, 0.95]) == "█▁▄"
    assert spark_line([1.0] * 5) == "█████"
    assert spark_line([1.0] * 150 + [0.5] + [1.0] * 149, width=10) == "█████▁████"
    assert spark_line([]) == ""


def test_text_is_escaped_wherever_it_stands() -> None:
    made = tag("td", "<b>&", title='"><script>')
    assert made == '<td title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</td>'


@pytest.mark.parametrize("table", TABLES)
def test_a_sample_shows_the_key_and_nothing_personal(table: str) -> None:
    personal = {"first_name", "last_name", "email", "phone", "birth_date", "address", "postal_code"}
    for rule in (*package_rules(table), CONFLICT):
        columns = shown_columns(table, rule)
        assert columns[0] in ("customer_id", "product_id", "transaction_id", "item_id")
        values = shown_values(table, columns, dict.fromkeys(columns, "secret"))
        assert {values[column] for column in personal & values.keys()} <= {MASK}
        assert values[columns[0]] == "secret"


def test_a_column_that_the_contract_does_not_know_is_masked() -> None:
    assert shown_values("products", ["product_id", "note"], {"note": "call Ada"}) == {
        "product_id": "", "note": MASK,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "advised"),
    [
        ("1 field instead of 6", "cut short"),
        ("a quote opens a field that runs on", "double the quotes"),
        ("byte 0xfc is no character of the file's encoding", "encoding = "),
        ("the header again", "Nothing"),
        ("a NUL byte", "damaged on its way"),
        ("a line break of another kind outside quotes", "with line breaks"),
        ("something else", "Correct the line"),
    ],
)
def test_there_is_advice_for_every_line_that_is_no_row(reason: str, advised: str) -> None:
    assert advised in advice_for_line(reason)


@pytest.mark.parametrize("table", TABLES)
def test_there_is_advice_for_every_rule(table: str) -> None:
    for rule in (*package_rules(table), CONFLICT):
        assert len(rule.mend or advice(rule)) > 30, rule.name
    assert advice(Rule("mine", "timeliness", "warn", "", "")).startswith("The rows are published")
