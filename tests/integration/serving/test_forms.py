"""Prior periods, running totals and shares against figures of Polars, moved and cut by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.every_metric import filtered
from tests.figures import between, figures, ratio
from tests.integration.serving.conftest import PublishedShop

from shopwright.serving.semantic import Filters, answer

NAMES = ["net", "orders", "customers", "repeat_customers", "margin_rate", "new_customers"]
SPRING = Filters(date(2024, 3, 1), date(2024, 5, 31))
NOTHING = {"net": Decimal(0), "orders": 0, "customers": 0, "margin_rate": None}


def found(
    sold: PublishedShop, form: str, by: list[str], where: Filters, **more: Any
) -> dict[Any, Any]:
    """Of each group the metrics in a form."""
    names = [f"{name}_{form}" for name in NAMES]
    both = []
    for star_only in (False, True):
        result = answer(sold.connection, names, by, where, star_only=star_only, **more)
        width = len(result.columns) - len(names)
        both.append(
            {row[:width]: dict(zip(NAMES, row[width:], strict=True)) for row in result.rows}
        )
    assert both[0] == both[1]
    return both[0]


def month(day: date, months: int) -> date:
    count = 12 * day.year + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@pytest.mark.parametrize(
    ("form", "axis", "move"),
    [
        ("prior_period", "month", lambda day: month(day, -1)),
        ("prior_year", "month", lambda day: month(day, -12)),
        ("prior_period", "quarter", lambda day: month(day, -3)),
        ("prior_year", "quarter", lambda day: month(day, -12)),
        ("prior_period", "week", lambda day: day - timedelta(days=7)),
        ("prior_year", "week", lambda day: day - timedelta(days=364)),
        ("prior_period", "day", lambda day: day - timedelta(days=1)),
    ],
)
def test_a_prior_figure_is_that_of_the_period_before(
    sold: PublishedShop, form: str, axis: str, move: Any
) -> None:
    """Of all dates, so that no period is cut."""
    everything = figures(sold.lines, [axis, "channel"])
    answers = found(sold, form, [axis, "channel"], Filters())
    assert len(answers) > len({key[0] for key in everything}) > 3
    compared = 0
    for (day, channel), row in answers.items():
        before = everything.get((move(day), channel))
        compared += before is not None
        for name in NAMES:
            expected = before and before[name]
            # what a prior figure is made of may be nothing at all: then it is null
            assert row[name] == (expected or (row[name] and None)), (day, channel, name)
    assert compared > 1
    assert {key[0] for key in answers} >= {key[0] for key in everything}


def test_by_day_a_prior_year_knows_leap_days(sold: PublishedShop) -> None:
    lines = figures(sold.lines, ["day"])
    answers = found(sold, "prior_year", ["day"], Filters(date(2025, 1, 1), date(2025, 2, 2)))
    assert len(answers) > 20
    for (day,), row in answers.items():
        before = lines.get((day.replace(year=2024),))
        assert row["net"] == ((before and before["net"]) or None), day


def test_without_a_period_the_days_of_the_filter_move(sold: PublishedShop) -> None:
    where = Filters(date(2025, 1, 1), date(2025, 1, 31), {"channel": ["web"]})
    for form, start, end in (
        ("prior_period", date(2024, 12, 1), date(2024, 12, 31)),
        ("prior_year", date(2024, 1, 1), date(2024, 1, 31)),
    ):
        (row,) = found(sold, form, [], where).values()
        lines = filtered(sold.lines, Filters(start, end, where.values))
        expected = figures(lines, [])[()]
        assert expected["net"] > 0
        assert row == {name: expected[name] for name in NAMES}, form


def test_changes_and_growth(sold: PublishedShop) -> None:
    months = figures(sold.lines, ["month"])
    names = ["net", "net_prior_period_change", "net_prior_period_growth",
             "margin_rate_prior_year_change", "net_prior_year_growth"]  # fmt: skip
    where = Filters(date(2024, 12, 1), date(2025, 1, 31))
    rows = answer(sold.connection, names, ["month"], where).rows
    assert [row[0] for row in rows] == [date(2024, 12, 1), date(2025, 1, 1)]
    for day, net, change, growth, margin_change, year_growth in rows:
        now, before, last_year = (months[month(day, n),] for n in (0, -1, -12))
        assert (net, change) == (now["net"], now["net"] - before["net"])
        assert growth == ratio(now["net"] - before["net"], before["net"])
        assert year_growth == ratio(now["net"] - last_year["net"], last_year["net"])
        assert margin_change == now["margin_rate"] - last_year["margin_rate"]


@pytest.mark.parametrize("others", [[], ["channel"], ["category"]])
def test_a_running_total_is_of_all_since_the_first_day(
    sold: PublishedShop, others: list[str]
) -> None:
    """Customers are those who bought up to then, each once: not the sum of months."""
    answers = found(sold, "running_total", ["month", *others], SPRING, continuous=True)
    assert {key[0] for key in answers} == {date(2024, month, 1) for month in (3, 4, 5)}
    for (day, *key), row in answers.items():
        lines = between(sold.lines, SPRING.start, month(day, 1) - timedelta(days=1))
        expected = figures(lines, others).get(tuple(key))
        for name in set(NAMES) - {"new_customers"}:
            assert row[name] == (expected[name] if expected else NOTHING.get(name, 0)), (day, name)


def test_a_running_total_of_new_customers_counts_each_once(sold: PublishedShop) -> None:
    answers = found(sold, "running_total", ["week"], SPRING)
    assert answers
    for (day,), row in answers.items():
        end = min(day + timedelta(days=6), date(2024, 5, 31))
        expected = figures(between(sold.lines, SPRING.start, end), [])[()]
        assert row["new_customers"] == expected["new_customers"]


@pytest.mark.parametrize(
    ("by", "of"), [(["category"], []), (["month", "category"], ["month"]), (["month"], [])]
)
def test_a_share_is_of_the_rows_of_its_period(
    sold: PublishedShop, by: list[str], of: list[str]
) -> None:
    lines = between(sold.lines, SPRING.start, SPRING.end)
    cells, wholes = figures(lines, by), figures(lines, of)
    answers = found(sold, "share", by, SPRING)
    assert answers.keys() == cells.keys()
    for key, row in answers.items():
        whole = wholes[key[: len(of)]]
        for name in ("net", "orders", "customers"):
            assert row[name] == ratio(cells[key][name], whole[name]), (key, name)
    if not of:
        assert abs(sum(row["net"] for row in answers.values()) - 1) < Decimal("0.0001")


def test_a_continuous_axis_shows_days_without_a_sale(sold: PublishedShop) -> None:
    where = Filters(date(2024, 4, 1), date(2024, 4, 30), {"payment_method": ["twint", "blik"]})
    gaps = answer(sold.connection, ["net", "margin_rate"], ["day", "payment_method"], where)
    filled = answer(
        sold.connection, ["net", "margin_rate"], ["day", "payment_method"], where, continuous=True
    )
    methods = {row[1] for row in gaps.rows}
    assert len(filled.rows) == 30 * len(methods) > len(gaps.rows) > 0
    assert [row for row in filled.rows if row[2]] == [row for row in gaps.rows if row[2]]
    assert {row[2:] for row in filled.rows} - {row[2:] for row in gaps.rows} == {(Decimal(0), None)}


def test_order_and_limit(sold: PublishedShop) -> None:
    everything = figures(sold.lines, ["product"])
    best = sorted(everything, key=lambda key: (-everything[key]["net"], key))[:5]
    result = answer(sold.connection, ["net"], ["product"], order=["-net"], limit=5)
    assert [row[:2] for row in result.rows] == best
    assert result.columns == ("product_id", "product_name", "net")
    assert result.dicts()[0]["net"] == everything[best[0]]["net"]
    days = answer(sold.connection, ["net"], ["day"], order=["-day"], limit=2).rows
    assert [row[0] for row in days] == sorted({key[0] for key in figures(sold.lines, ["day"])})[
        :-3:-1
    ]


def test_hostile_values_find_nothing_and_do_no_harm(sold: PublishedShop) -> None:
    hostile = ["'; drop table warehouse.fact_sales; --", "%(value_1)s", "%s", "$1", "\\"]
    result = answer(sold.connection, ["orders"], [], Filters(values={"category": hostile}))
    assert result.rows == [(0,)]
    assert answer(sold.connection, ["orders"]).rows[0][0] > 0


def test_questions_are_asked_as_the_reader(sold: PublishedShop) -> None:
    assert sold.connection.execute("select current_user").fetchone() == ("shopwright_reader",)
