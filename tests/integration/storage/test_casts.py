"""Reading a text as a value: what is one, and what is not."""

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from shopwright.storage.database import Database

CASES = [
    ("as_amount", "12.50", Decimal("12.5000")),
    ("as_amount", " -0.0001 ", Decimal("-0.0001")),
    ("as_amount", "+7", Decimal(7)),
    ("as_amount", "007", Decimal(7)),
    ("as_amount", "99999999999999.9999", Decimal("99999999999999.9999")),
    ("as_amount", "100000000000000", None),
    ("as_amount", "9,99", None),
    ("as_amount", "1.355,90", None),
    ("as_amount", "1e5", None),
    ("as_amount", "1_000", None),
    ("as_amount", "0x1F", None),
    ("as_amount", "NaN", None),
    ("as_amount", "Infinity", None),
    ("as_amount", "--1", None),
    ("as_amount", "1 2", None),
    ("as_amount", ".", None),
    ("as_amount", "", None),
    ("as_amount", None, None),
    ("as_rate", "0.00000001", Decimal("0.00000001")),
    ("as_rate", "99999999999", None),
    ("as_date", "2024-02-29", "2024-02-29"),
    ("as_date", "2023-02-29", None),
    ("as_date", "01/02/2024", None),
    ("as_date", "2024-1-2", None),
    ("as_date", "today", None),
    ("as_date", "infinity", None),
    ("as_date", "", None),
    ("as_timestamp", "2024-05-01", "2024-05-01 00:00:00+02"),
    ("as_timestamp", "2024-05-01 10:00", "2024-05-01 10:00:00+02"),
    ("as_timestamp", "2024-01-01T10:00:00.5", "2024-01-01 10:00:00.5+01"),
    ("as_timestamp", "2024-05-01T10:00:00Z", "2024-05-01 12:00:00+02"),
    ("as_timestamp", "2024-05-01 10:00:00-05:30", "2024-05-01 17:30:00+02"),
    ("as_timestamp", "2024-03-31 02:30", "2024-03-31 03:30:00+02"),  # an hour that was not
    ("as_timestamp", "2024-05-01 25:00", None),
    ("as_timestamp", "2024-05-01 10:00 Nowhere/City", None),
    ("as_timestamp", "now", None),
    ("as_timestamp", "yesterday", None),
    ("as_timestamp", "1714557600", None),
    ("as_boolean", " Yes ", True),
    ("as_boolean", "0", False),
    ("as_boolean", "F", False),
    ("as_boolean", "on", None),
    ("as_boolean", "", None),
    ("as_text", "  a b ", "a b"),
    ("as_text", "   ", None),
]

UNLIKE_A_VALUE = (
    None, "", "9,99", "1.355,90", "1e5", "1_000", "0x1F", "NaN", "Infinity", "01/02/2024",
    "2024-1-2", "today", "infinity", "now", "yesterday", "1714557600",
)  # fmt: skip
"""What both ways of reading tell by its letters, before PostgreSQL is asked."""


@pytest.fixture(scope="module")
def berlin(server: object, template_database: str) -> Iterator[Database]:
    name = server.create(template=template_database)  # type: ignore[attr-defined]
    try:
        with Database(server.database_url(name), timezone="Europe/Berlin") as database:  # type: ignore[attr-defined]
            yield database
    finally:
        server.drop(name)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("function", "text", "value"), CASES)
def test_a_text_is_a_value_or_null(
    berlin: Database, function: str, text: str | None, value: object
) -> None:
    shown = "::text" if function in ("as_date", "as_timestamp") else ""
    with berlin.connect() as connection:
        row = connection.execute(
            f"select checked.{function}(text){shown} from unnest(%s::text[]) as given (text)",
            [[text]],
        ).fetchone()
    assert row == (value,)


@pytest.mark.parametrize(
    ("function", "text", "value"),
    [case for case in CASES if case[0] not in ("as_boolean", "as_text")],
)
def test_read_hopefully_it_is_the_same_value_or_fails(
    berlin: Database, function: str, text: str | None, value: object
) -> None:
    shown = "::text" if function in ("as_date", "as_timestamp") else ""
    hopeful = function.replace("as_", "to_")
    with berlin.connect() as connection:
        try:
            row = connection.execute(
                f"select checked.{hopeful}(text){shown} from unnest(%s::text[]) as given (text)",
                [[text]],
            ).fetchone()
        except psycopg.DataError:
            row = (None,)
        else:  # what is written as a value and is none must not pass for an empty field
            assert value is not None or text in UNLIKE_A_VALUE
    assert row == (value,)
