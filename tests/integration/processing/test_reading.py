"""Texts are read as if every one were a value first, but never where they may be personal."""

from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.shop import Shop, customer, item, product, sale

HOPEFULLY, CAREFULLY = "checked.to_", "checked.as_"


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """By checked table, in what ways it was made."""
    found: dict[str, list[str]] = {}
    execute = psycopg.Connection.execute

    def listening(self: psycopg.Connection, query: Any, *more: Any, **named: Any) -> psycopg.Cursor:
        text = query.as_string(self) if isinstance(query, sql.Composable) else str(query)
        if text.startswith('create table "checked"."'):
            table = text.split('"')[3]
            way = HOPEFULLY if HOPEFULLY in text else CAREFULLY
            found.setdefault(table, []).append(way)
        return execute(self, query, *more, **named)

    monkeypatch.setattr(psycopg.Connection, "execute", listening)
    return found


def deliver(shop: Shop, *, birth_date: str = "1980-02-29", unit_price: str = "9.99") -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("C1", birth_date=birth_date)],
        products=[product("P1")],
        transactions=[sale("T1", customer_id="C1")],
        transaction_items=[item("I1", "T1", "P1"), item("I2", "T1", "P1", 1, unit_price)],
    )


def test_good_texts_are_read_once(shop: Shop, readings: dict[str, list[str]]) -> None:
    deliver(shop)
    shop.run()
    assert readings == {
        "customers": [CAREFULLY],
        "products": [HOPEFULLY],
        "transactions": [HOPEFULLY],
        "transaction_items": [HOPEFULLY],
    }
    assert shop.account("transaction_items") == (2, 2, 0, 0, 0)


@pytest.mark.parametrize("unit_price", ["1.2.3", "--1", "999999999999999999", "   "])
def test_a_text_that_is_no_value_is_found(
    shop: Shop, readings: dict[str, list[str]], unit_price: str
) -> None:
    deliver(shop, unit_price=unit_price)
    shop.run()
    assert readings["transaction_items"] == [HOPEFULLY, CAREFULLY]
    assert shop.account("transaction_items") == (2, 1, 0, 1, 0)
    assert shop.broken_rules() == [("rejected", ["unit_price_is_not_an_amount"])]


def test_a_personal_text_that_is_no_value_is_in_no_error(
    shop: Shop, readings: dict[str, list[str]]
) -> None:
    deliver(shop, birth_date="1980-02-31")
    shop.run()
    assert readings["customers"] == [CAREFULLY]
    assert shop.row("select birth_date from production.customers") == (None,)
