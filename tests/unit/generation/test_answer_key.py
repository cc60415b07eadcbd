"""The answer key's figures and histories, against sums over the files in Python's decimals."""

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.answer_keys import MarkedShop, marked_shop

from shopwright.generation import period
from shopwright.generation.answer_key.book import (
    AMOUNTS,
    COUNTS,
    LEVELS,
    SETTLED_AFTER_DAYS,
    Book,
    CancelledAfterSettling,
)
from shopwright.generation.answer_key.sums import divided, ten_thousandths
from shopwright.generation.deliveries import DatedRows

Row = dict[str, str]
PLACES = Decimal("0.0001")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> MarkedShop:
    return marked_shop(tmp_path_factory.mktemp("shop"), days=100)


def rows_of(shop: MarkedShop, table: str) -> list[Row]:
    rows: list[Row] = []
    for file in sorted(shop.deliveries.glob(f"*/{table}.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows += csv.DictReader(stream)
    return rows


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(PLACES, ROUND_HALF_UP)


@pytest.fixture(scope="module")
def by_hand(shop: MarkedShop) -> dict[str, dict[Any, dict[str, Decimal]]]:
    """Every level's figures, added up line by line."""
    heads: dict[str, Row] = {}
    for row in sorted(rows_of(shop, "transactions"), key=lambda row: row["updated_at"]):
        heads[row["transaction_id"]] = row
    costs: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for row in sorted(rows_of(shop, "products"), key=lambda row: row["updated_at"]):
        costs[row["product_id"]].append((row["updated_at"], Decimal(row["unit_cost"])))
    sums: dict[str, dict[Any, dict[str, Decimal]]] = {
        level: defaultdict(lambda: defaultdict(Decimal)) for level in LEVELS
    }
    counted = set()
    for line in rows_of(shop, "transaction_items"):
        head = heads[line["transaction_id"]]
        if head["status"] == "cancelled":
            continue
        figures = measures(line, head, costs[line["product_id"]])
        order: dict[str, Decimal] = {}
        if head["transaction_id"] not in counted:
            counted.add(head["transaction_id"])
            kind = "return_count" if head["transaction_type"] == "return" else "order_count"
            rate = Decimal(head["exchange_rate"])
            order = {
                kind: Decimal(1),
                "shipping_amount": rounded(Decimal(head["shipping_amount"]) * rate),
            }
        keys = {
            "by_day": head["transaction_at"][:10],
            "by_product": line["product_id"],
            "by_customer": head["customer_id"] or "(guest)",
            "by_country": head["shipping_country"],
            "by_payment_method": head["payment_method"],
        }
        for level, key in keys.items():
            for measure, value in (figures | order).items():
                sums[level][key][measure] += value
    return sums


def measures(line: Row, head: Row, costs: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    quantity, rate = Decimal(line["quantity"]), Decimal(head["exchange_rate"])
    original = quantity * Decimal(line["unit_price"])
    discount = rounded(original * Decimal(line["discount_percentage"]) / 100)
    gross, reduction = rounded(original * rate), rounded(discount * rate)
    sign = 1 if quantity > 0 else -1
    cost = [cost for began, cost in costs if began <= head["transaction_at"]] or [costs[0][1]]
    is_return = head["transaction_type"] == "return"
    net = gross - reduction
    return {
        "gross_amount": Decimal(0) if is_return else gross,
        "discount_amount": reduction,
        "net_amount": net,
        "tax_amount": rounded(sign * Decimal(line["tax_amount"]) * rate),
        "refund_amount": -net if is_return else Decimal(0),
        "cost_amount": quantity * cost[-1],
        "profit_amount": net - quantity * cost[-1],
        "item_count": Decimal(1),
        "unit_count": quantity,
    }


@pytest.mark.parametrize("level", LEVELS)
def test_figures_are_the_sums_of_the_lines(
    level: str, shop: MarkedShop, by_hand: dict[str, dict[Any, dict[str, Decimal]]]
) -> None:
    frame = shop.frame(f"true/{level}")
    assert len(frame) == len(by_hand[level]) > 5
    for row in frame.iter_rows(named=True):
        expected = by_hand[level][str(row.pop(LEVELS[level]))]
        assert {name: Decimal(value) for name, value in row.items()} == {
            name: expected.get(name, Decimal(0)) for name in row
        }


def test_totals_are_those_of_every_level(shop: MarkedShop) -> None:
    totals = dict(shop.frame("true/totals").iter_rows())
    for level in LEVELS:
        frame = shop.frame(f"true/{level}")
        for measure in (*AMOUNTS, *COUNTS):
            if measure in frame.columns:
                assert Decimal(frame[measure].sum()) == totals[measure], (level, measure)
    assert totals["refund_amount"] > 0
    assert totals["order_count"] < 3_000  # some were cancelled


def test_counts_of_customers_and_products(shop: MarkedShop) -> None:
    totals = dict(shop.frame("true/totals").iter_rows())
    for measure, table, key in (
        ("customer_count", "customers", "customer_id"),
        ("product_count", "products", "product_id"),
    ):
        assert totals[measure] == len({row[key] for row in rows_of(shop, table)})


def test_the_figures_do_not_depend_on_the_blocks(
    shop: MarkedShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block of a day changes the shop's draws; so the same rows go into two books."""
    rows = {table: rows_of(shop, table) for table in ("customers", "products")}
    heads, lines = rows_of(shop, "transactions"), rows_of(shop, "transaction_items")
    results = []
    for size in (1, 9, 100):
        book = Book(complete=True)
        for first in range(0, 100, size):
            book.add(
                first + size,
                {
                    "customers": dated(rows["customers"], first, size),
                    "products": dated(rows["products"], first, size),
                    "transactions": dated(heads, first, size),
                    "transaction_items": dated(lines, first, size),
                },
            )
        book.finish()
        results.append([book.sums[level].result() for level in LEVELS])
    for others in results[1:]:
        assert all(one.equals(other) for one, other in zip(results[0], others, strict=True))
    assert period.BLOCK_DAYS > 1


def dated(rows: list[Row], first: int, size: int) -> DatedRows:
    """The rows that begin within some days; texts as they stand in the files."""
    frame = pl.DataFrame(rows).with_columns(
        _day=(pl.col("updated_at").str.head(10).str.to_date() - pl.date(2024, 1, 1)).dt.total_days()
    )
    frame = frame.with_columns(pl.col("_day").clip(0))
    if "quantity" in frame.columns:
        frame = frame.with_columns(pl.col("quantity").cast(pl.Int64))
    if "customer_id" in frame.columns:
        frame = frame.with_columns(pl.col("customer_id").replace("", None))
    chosen = frame.filter(pl.col("_day").is_between(first, first + size - 1)).sort(
        "_day", maintain_order=True
    )
    return DatedRows(chosen["_day"].to_numpy(), chosen.drop("_day"))


def test_states_of_a_customer_follow_each_other_without_a_gap(shop: MarkedShop) -> None:
    states = shop.frame("true/customers")
    delivered = rows_of(shop, "customers")
    assert len(states) == len(delivered)
    assert states["is_current"].sum() == len({row["customer_id"] for row in delivered})
    for one, following in zip(states[:-1].iter_rows(named=True), states[1:].iter_rows(named=True),
                              strict=True):  # fmt: skip
        if one["customer_id"] == following["customer_id"]:
            assert one["valid_to"] == following["valid_from"] == following["updated_at"]
            assert not one["is_current"]
        else:
            assert one["valid_to"] == "9999-12-31 00:00:00"
            assert following["valid_from"] == "1900-01-01 00:00:00"
    assert states["customer_id"].is_duplicated().any()


def head(key: str, day: int, **more: object) -> Row:
    at = f"2024-01-{day + 1:02d} 10:00:00"
    given: dict[str, Any] = {
        "transaction_id": key, "transaction_at": at, "customer_id": None, "payment_method": "card",
        "transaction_type": "sale", "status": "completed", "exchange_rate": "1",
        "shipping_amount": "0", "shipping_country": "France", "updated_at": at,
    }  # fmt: skip
    return given | more


def line(order: str, product: str = "P1") -> Row:
    given: dict[str, Any] = {
        "item_id": f"{order}-1", "transaction_id": order, "product_id": product, "quantity": 2,
        "unit_price": "10.00", "discount_percentage": 0, "tax_amount": "4.00",
    }  # fmt: skip
    return given


def rows(day: int, **tables: list[Row]) -> dict[str, DatedRows]:
    product = {"product_id": "P1", "unit_cost": "6.00", "updated_at": "2024-01-01 00:00:00"}
    empty = {
        "customers": pl.DataFrame(schema={"customer_id": pl.String}),
        "products": pl.DataFrame([product]).clear(),
        "transactions": pl.DataFrame(
            [head("T", 0)], schema_overrides={"customer_id": pl.String}
        ).clear(),
        "transaction_items": pl.DataFrame([line("T")]).clear(),
    }
    given = {"products": [product] if day == 0 else [], **tables}
    frames = {
        name: pl.DataFrame(given.get(name) or [], schema=frame.schema)
        for name, frame in empty.items()
    }
    return {
        name: DatedRows(np.full(len(frame), day, dtype=np.int64), frame)
        for name, frame in frames.items()
    }


def booked(book: Book) -> int:
    result = book.sums["by_day"].result()
    return int(result["net_amount"].sum()) if len(result) else 0


def test_an_order_stays_open_as_long_as_it_can_be_cancelled() -> None:
    book = Book(complete=True)
    book.add(1, rows(0, transactions=[head("T1", 0)], transaction_items=[line("T1")]))
    assert booked(book) == 0
    book.add(SETTLED_AFTER_DAYS, rows(3))
    assert booked(book) == 0
    book.add(SETTLED_AFTER_DAYS + 1, rows(SETTLED_AFTER_DAYS))
    assert booked(book) == 20 * 10_000


def test_a_cancelled_order_is_no_sale() -> None:
    book = Book(complete=True)
    book.add(1, rows(0, transactions=[head("T1", 0)], transaction_items=[line("T1")]))
    later = head("T1", 0, status="cancelled", updated_at="2024-01-03 09:00:00")
    book.add(3, rows(2, transactions=[later]))
    book.finish()
    assert booked(book) == 0


def test_an_order_cancelled_after_it_was_booked_is_told() -> None:
    book = Book(complete=True)
    book.add(1, rows(0, transactions=[head("T1", 0)], transaction_items=[line("T1")]))
    book.add(20, rows(19))
    with pytest.raises(CancelledAfterSettling, match="T1"):
        book.add(21, rows(20, transactions=[head("T1", 0, status="cancelled")]))


def test_what_waits_for_ever_is_named_with_what_it_waits_for() -> None:
    book = Book(complete=False)
    book.add(
        1,
        rows(
            0,
            transactions=[head("T1", 0), head("T2", 0, customer_id="C9"), head("T3", 0)],
            transaction_items=[line("T1", "P9"), line("T2"), line("T3"), line("T8")],
        ),
    )
    book.add(30, rows(29))
    waiting = book.finish()

    assert list(waiting.iter_rows()) == [
        ("transaction_items", "T1-1", "product_is_unknown", "P9"),
        ("transaction_items", "T2-1", "transaction_is_unknown", "T2"),
        ("transaction_items", "T8-1", "transaction_is_unknown", "T8"),
        ("transactions", "T2", "customer_is_unknown", "C9"),
    ]
    assert booked(book) == 20 * 10_000


def test_what_waited_is_booked_when_its_customer_comes_years_later() -> None:
    book = Book(complete=False)
    sale = head("T1", 0, customer_id="C1")
    book.add(1, rows(0, transactions=[sale], transaction_items=[line("T1")]))
    book.add(900, rows(899))
    assert booked(book) == 0
    book.add(901, rows(900, customers=[{"customer_id": "C1"}]))
    assert booked(book) == 20 * 10_000
    assert not len(book.finish())


def test_an_earlier_state_counts_while_the_newest_waits() -> None:
    book = Book(complete=False)
    unknown = head("T1", 0, customer_id="CX1", updated_at="2024-01-02 09:00:00")
    book.add(2, rows(0, transactions=[head("T1", 0), unknown], transaction_items=[line("T1")]))
    waiting = book.finish()
    assert booked(book) == 20 * 10_000
    assert list(waiting.iter_rows()) == [("transactions", "T1", "customer_is_unknown", "CX1")]


@pytest.mark.parametrize(
    ("amount", "by", "expected"), [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-15, 10, -2), (0, 7, 0)]
)
def test_halves_are_rounded_away_from_zero(amount: int, by: int, expected: int) -> None:
    assert divided(np.array([amount]), by).tolist() == [expected]


@pytest.mark.parametrize(
    "amounts",
    [
        pl.Series([0.1 + 0.2, 1234567.0001, -8.99]),
        pl.Series(["0.3", "1234567.0001", "-8.99"]),
        pl.Series(["0.3", "1234567.0001", "-8.99"]).cast(pl.Decimal(20, 4)),
    ],
)
def test_amounts_become_whole_ten_thousandths(amounts: pl.Series) -> None:
    assert ten_thousandths(amounts).tolist() == [3_000, 12_345_670_001, -89_900]
