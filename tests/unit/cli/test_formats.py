"""The forms of an answer, to the character."""

import io
import json
from collections.abc import Callable
from typing import IO

import pytest

from shopwright.cli.demo import group_of
from shopwright.cli.formats import (
    TABLE_ROWS,
    NamesNotUnique,
    write_csv,
    write_json,
    write_markdown,
    write_table,
)
from shopwright.cli.printing import byte_size, plural
from shopwright.processing.transforms import transforms
from shopwright.serving.query import Answer, Column, Json, Number

TEXT, NUMERIC, BOOL = 25, 1700, 16


def _answer(*rows: tuple[object, ...]) -> Answer:
    columns = (Column("name", TEXT), Column("amount", NUMERIC), Column("is_new", BOOL))
    return Answer(columns, iter(rows), "someone")


def _written(write: Callable[[Answer, IO[str]], None], answer: Answer) -> str:
    stream = io.StringIO()
    write(answer, stream)
    return stream.getvalue()


def test_csv_tells_null_from_empty_text_and_quotes_what_must_be() -> None:
    answer = _answer(
        ("", Number("1.50"), True), (None, None, False), ('a,"b"\nc', Number("-2"), None)
    )
    assert _written(write_csv, answer) == (
        'name,amount,is_new\n"",1.50,true\n,,false\n"a,""b""\nc",-2,\n'
    )


def test_json_keeps_every_digit() -> None:
    digits = "12345678901234567890.123456789"
    text = _written(write_json, _answer(("é\n", Number(digits), True), (None, None, None)))
    assert f'"amount": {digits}' in text
    assert json.loads(text)[0]["name"] == "é\n"
    assert json.loads(text)[1] == {"name": None, "amount": None, "is_new": None}


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(_written(write_json, _answer())) == []


def test_json_within_json_and_lists() -> None:
    answer = Answer((Column("a", 0),), iter([(Json('{"x": 1}'),), ([Number("1"), "b"],)]), "r")
    assert json.loads(_written(write_json, answer)) == [{"a": {"x": 1}}, {"a": [1, "b"]}]


def test_json_refuses_two_columns_of_one_name() -> None:
    answer = Answer((Column("a", TEXT), Column("a", TEXT)), iter([("1", "2")]), "r")
    with pytest.raises(NamesNotUnique, match="called a"):
        _written(write_json, answer)


def test_markdown_escapes_what_would_end_a_cell() -> None:
    assert _written(write_markdown, _answer(("a|b\nc", Number("1"), False))) == (
        "| name | amount | is_new |\n| --- | ---: | --- |\n| a\\|b<br>c | 1 | false |\n"
    )


def test_a_table_takes_brackets_as_they_are_and_stops(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(_answer(*[("[bold]x[/]", Number("1"), True)] * (TABLE_ROWS + 1)))
    shown = capsys.readouterr()
    lines = [line for line in shown.out.splitlines() if line.startswith("[bold]x[/]")]
    assert len(lines) == TABLE_ROWS
    assert "first 1,000 rows" in shown.err


def test_every_step_of_a_run_has_a_group() -> None:
    steps = ["staging", "waiting rows", "states.products", "constraints set aside",
             "constraints and indexes", "overtaken states", "watch", "touched transactions",
             "claims", "outcomes", "commit"]  # fmt: skip
    layers = ("checked", "production", "warehouse")
    steps += [one.name for layer in layers for one in transforms(layer)]
    assert [step for step in steps if group_of(step) == "other"] == []
    assert group_of("warehouse.agg_daily_sales") == "warehouse: aggregates"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (12_345_678, "12.3 MB"), (5e15, "5,000.0 TB")],
)
def test_sizes(number: int, text: str) -> None:
    assert byte_size(int(number)) == text


def test_plurals() -> None:
    assert [plural(n, "delivery", "deliveries") for n in (1, 1000)] == [
        "1 delivery",
        "1,000 deliveries",
    ]
