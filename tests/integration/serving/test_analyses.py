"""Each named analysis against an independent computation from the exported CSVs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import mean
from typing import Any

import polars as pl
import psycopg
import pytest
from tests.figures import KNOWN, SALE, between
from tests.integration.serving.conftest import PublishedShop

from shopwright.serving.analyses import analyses, analysis

Row = dict[str, Any]
ZERO = Decimal(0)
FIRST, LAST = date(2024, 2, 10), date(2024, 8, 20)


def asked(sold: PublishedShop, name: str, **given: object) -> list[Row]:
    statement, values = analysis(name).bound(given)
    cursor = psycopg.RawCursor(sold.connection)
    cursor.execute(statement, values or None)
    names = [one.name for one in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def near(found: Any, expected: Any, places: int = 6) -> bool:
    """Equal once rounded; null where the divisor is zero."""
    if found is None or expected is None:
        return bool(found is expected)
    step = Decimal(10) ** -places
    return abs(Decimal(found) - Decimal(expected)) <= step


def part(left: Any, right: Any) -> Decimal | None:
    return Decimal(left) / Decimal(right) if right else None


def total(rows: Iterable[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows if row[column] is not None), ZERO)


def by(frame: pl.DataFrame, *keys: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        groups[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return groups


def orders(rows: Iterable[Row], *, returned: bool = False) -> int:
    return len({row["transaction_id"] for row in rows if row["is_return"] == returned})


def sales(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row["is_return"]]


def refund(rows: Iterable[Row]) -> Decimal:
    return -total([row for row in rows if row["is_return"]], "net_amount")


def month(day: date, back: int = 0) -> date:
    count = 12 * day.year + day.month - 1 - back
    return date(count // 12, count % 12 + 1, 1)


def monthly_trend(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    months = by(lines.with_columns(pl.col("full_date").dt.truncate("1mo")), "full_date")
    net = {day: total(rows, "net_amount") for day, rows in months.items()}
    running = ZERO
    for row in found:
        day = row["month_start_date"]
        running += net[day]
        before, last_year = net.get(month(day, 1)), net.get(month(day, 12))
        assert row["order_count"] == orders(months[day])
        assert (row["net_amount"], row["refund_amount"]) == (net[day], refund(months[day]))
        assert (row["prior_month_net_amount"], row["running_net_amount"]) == (before, running)
        assert row["prior_year_net_amount"] == last_year
        assert near(row["growth_rate"], before and net[day] / before - 1, 4)
        assert near(row["year_growth_rate"], last_year and net[day] / last_year - 1, 4)
    assert [row["month_start_date"] for row in found] == sorted(net)


def ranked_products(*, best: bool) -> Callable[[PublishedShop, list[Row], pl.DataFrame], None]:
    def check(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
        products = {key: rows for key, rows in by(lines, "product_id").items() if sales(rows)}
        net = {key: total(rows, "net_amount") for key, rows in products.items()}
        sign = -1 if best else 1
        expected = sorted(net, key=lambda key: (sign * net[key], key))[:7]
        assert [row["product_id"] for row in found] == expected
        for row in found:
            rows = products[row["product_id"]]
            assert row["net_amount"] == net[row["product_id"]]
            assert row["order_count"] == orders(rows)
            assert row["unit_count"] == total(rows, "quantity")
            assert row["profit_amount"] == total(rows, "profit_amount")
            assert row["product_name"] == rows[0]["newest_name"]
            assert near(row["margin_rate"], part(row["profit_amount"], row["net_amount"]), 4)

    return check


def pareto_products(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    net = {key: total(rows, "net_amount") for key, rows in by(lines, "product_id").items()}
    net = {key: value for key, value in net.items() if value > 0}
    whole, so_far = sum(net.values(), ZERO), ZERO
    ranked = sorted(net, key=lambda key: (-net[key], key))
    assert [row["product_id"] for row in found] == ranked
    for place, row in enumerate(found, 1):
        before, so_far = so_far, so_far + net[row["product_id"]]
        limits = [("A", Decimal("0.7")), ("B", Decimal("0.85")), ("C", Decimal(2))]
        assert row["class"] == next(name for name, limit in limits if before < limit * whole)
        assert near(row["running_net_rate"], so_far / whole)
        assert near(row["product_rate"], Decimal(place) / len(net))
    assert {row["class"] for row in found} == {"A", "B", "C"}


def category_mix(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    shelves = by(lines, "category", "sub_category")
    net, profit = (total(lines.iter_rows(named=True), f"{one}_amount") for one in ("net", "profit"))
    assert {(row["category"], row["sub_category"]) for row in found} == set(shelves)
    for row in found:
        rows = shelves[row["category"], row["sub_category"]]
        own = total(rows, "profit_amount")
        assert (row["net_amount"], row["profit_amount"]) == (total(rows, "net_amount"), own)
        assert near(row["net_rate"], row["net_amount"] / net)
        assert near(row["profit_rate"], own / profit)
        assert near(row["margin_rate"], part(own, own + total(rows, "cost_amount")))


def cohort_retention(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    bought: dict[Any, set[int]] = defaultdict(set)
    cohorts = {}
    for row in lines.filter(SALE & KNOWN).iter_rows(named=True):
        first = cohorts[row["customer_id"]] = month(row["first_date"])
        day = row["full_date"]
        months = 12 * (day.year - first.year) + day.month - first.month
        bought[first, months].add(row["customer_id"])
    sizes = Counter(cohorts.values())
    for row in found:
        key = row["cohort_month_date"], row["months_since_first"]
        assert row["customer_count"] == len(bought.pop(key, ())), key
        assert row["cohort_size"] == sizes[key[0]]
        assert near(row["retention_rate"], Decimal(row["customer_count"]) / sizes[key[0]])
    assert all(months > 6 for _, months in bought)
    assert found[0]["retention_rate"] == 1


def rfm_segments(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    known = by(lines.filter(KNOWN & pl.col("value_segment").is_not_null()), "value_segment")
    newest = max(row["full_date"] for rows in known.values() for row in sales(rows))
    everyone = sum(len({row["customer_id"] for row in rows}) for rows in known.values())
    assert {row["value_segment"] for row in found} == set(known)
    for row in found:
        rows = known[row["value_segment"]]
        people = defaultdict(list)
        for line in rows:
            people[line["customer_id"]].append(line)
        assert row["customer_count"] == len(people)
        assert row["net_amount"] == total(rows, "net_amount")
        assert near(row["customer_rate"], Decimal(len(people)) / everyone)
        assert near(row["average_order_amount"], row["net_amount"] / orders(rows), 4)
        waits = [
            (newest - max(line["full_date"] for line in sales(own))).days for own in people.values()
        ]
        assert near(row["average_days_since_last_order"], Decimal(sum(waits)) / len(waits), 1)


def customer_lifetime_value(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    people = {key: rows for key, rows in by(lines.filter(KNOWN), "customer_id").items()
              if sales(rows)}  # fmt: skip
    worth = sorted(
        ((total(rows, "profit_amount"), total(rows, "net_amount"), key)
         for key, rows in people.items()),
        key=lambda one: (-one[0], -one[1], one[2]),
    )  # fmt: skip
    size, rest = divmod(len(worth), 4)
    at, everything = 0, sum((one[0] for one in worth), ZERO)
    assert [row["value_group"] for row in found] == [1, 2, 3, 4]
    for place, row in enumerate(found):
        group = worth[at : at + size + (place < rest)]
        at += len(group)
        profits = [one[0] for one in group]
        assert row["customer_count"] == len(group)
        assert row["profit_amount"] == sum(profits, ZERO)
        assert (row["least_profit_amount"], row["most_profit_amount"]) == (
            min(profits), max(profits)
        )  # fmt: skip
        assert near(row["profit_rate"], sum(profits, ZERO) / everything)


def basket_affinity(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    baskets = [{row["product_id"] for row in rows}
               for rows in by(lines.filter(SALE), "transaction_id").values()]  # fmt: skip
    single = Counter(one for basket in baskets for one in basket)
    pairs = Counter(
        pair for basket in baskets if 2 <= len(basket) <= 20
        for pair in combinations(sorted(basket), 2)
    )  # fmt: skip
    often = {pair: count for pair, count in pairs.items() if count >= 2}
    assert found
    assert len(found) == min(15, len(often))
    lifts = []
    for row in found:
        one, other = row["product_id"], row["other_product_id"]
        count = often[one, other]
        assert row["order_count"] == count
        assert near(row["support_rate"], Decimal(count) / len(baskets), 8)
        assert near(row["confidence_rate"], Decimal(count) / single[one])
        assert near(row["other_confidence_rate"], Decimal(count) / single[other])
        lifts.append(Decimal(count) * len(baskets) / (single[one] * single[other]))
        assert near(row["lift"], lifts[-1], 4)
    assert max(
        Decimal(count) * len(baskets) / (single[one] * single[other])
        for (one, other), count in often.items()
    ) == pytest.approx(lifts[0])  # fmt: skip


def hour_of_week(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    slots: dict[Any, list[Row]] = defaultdict(list)
    for row in lines.filter(SALE).iter_rows(named=True):
        slots[row["full_date"].isoweekday(), row["hour_of_day"]].append(row)
    average = Decimal(sum(orders(rows) for rows in slots.values())) / 168
    assert len(found) == 168
    for row in found:
        rows = slots[row["day_of_week"], row["hour_of_day"]]
        assert row["order_count"] == orders(rows)
        assert row["net_amount"] == total(rows, "net_amount")
        assert near(row["order_index"], 100 * orders(rows) / average, 1)


def payment_mix(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    cells = by(lines.with_columns(pl.col("full_date").dt.truncate("1mo")),
               "full_date", "payment_method")  # fmt: skip
    assert {(row["month_start_date"], row["payment_method"]) for row in found} == set(cells)
    for row in found:
        rows = cells[row["month_start_date"], row["payment_method"]]
        peers = [own for (day, _), own in cells.items() if day == row["month_start_date"]]
        assert row["order_count"] == orders(rows)
        assert near(row["order_rate"], part(orders(rows), sum(orders(own) for own in peers)))
        net = sum((total(own, "net_amount") for own in peers), ZERO)
        assert near(row["net_rate"], part(total(rows, "net_amount"), net))
        bought = total(sales(rows), "net_amount")
        assert near(row["average_order_amount"], part(bought, orders(rows)), 4)


def country_ranking(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    countries = by(lines.with_columns(pl.col("shipping_country").fill_null("Unknown")),
                   "shipping_country")  # fmt: skip
    net = {key: total(rows, "net_amount") for key, rows in countries.items()}
    assert [row["shipping_country"] for row in found] == sorted(net, key=lambda key: -net[key])
    assert len(found) > 2
    for place, row in enumerate(found, 1):
        rows = countries[row["shipping_country"]]
        people = {one["customer_id"] for one in sales(rows) if one["customer_key"]}
        assert (row["place"], row["net_amount"]) == (place, net[row["shipping_country"]])
        assert (row["order_count"], row["customer_count"]) == (orders(rows), len(people))
        assert near(row["net_rate"], row["net_amount"] / sum(net.values(), ZERO))


def price_changes(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    versions = pl.read_csv(sold.exports / "dim_product.csv", infer_schema=False)
    changes = {}
    for key, rows in by(versions.sort("valid_from"), "product_id").items():
        for old, new in pairwise(rows):
            if Decimal(old["unit_price"]) != Decimal(new["unit_price"]):
                changes[key, new["valid_from"][:19]] = (old["unit_price"], new["unit_price"])
    assert found
    bought = by(lines.filter(SALE), "product_id")
    for row in found:
        at = row["changed_at"]
        old, new = changes[row["product_id"], f"{at:%Y-%m-%d %H:%M:%S}"]
        assert (row["old_price"], row["new_price"]) == (Decimal(old), Decimal(new))
        spans: dict[str, list[Row]] = {"before": [], "after": []}
        for line in bought[row["product_id"]]:
            distance = instant(line["transaction_at"]) - at.replace(tzinfo=None)
            if timedelta(days=-30) <= distance < timedelta(days=30):
                spans["before" if distance < timedelta(0) else "after"].append(line)
        for name, span in spans.items():
            assert row[f"units_{name}"] == total(span, "quantity")
            assert row[f"net_amount_{name}"] == total(span, "net_amount")
        units = row["units_after"] / row["units_before"] - 1
        assert near(row["elasticity"], units / (Decimal(new) / Decimal(old) - 1), 3)


def instant(text: str) -> Any:
    return datetime.fromisoformat(text[:19])


def discount_and_margin(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    bands: dict[Decimal, list[Row]] = defaultdict(list)
    for row in lines.filter(SALE & (pl.col("gross_amount") != 0)).iter_rows(named=True):
        bands[row["discount_amount"] / row["gross_amount"] // Decimal("0.1")].append(row)
    assert len(found) == len(bands) > 1
    for row, (step, rows) in zip(found, sorted(bands.items()), strict=True):
        assert row["band_from_rate"] == step * Decimal("0.1")
        assert row["item_count"] == len(rows)
        assert row["discount_amount"] == total(rows, "discount_amount")
        profit = total(rows, "profit_amount")
        assert near(row["margin_rate"], part(profit, profit + total(rows, "cost_amount")))


def return_rate_by_category(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    shelves = by(lines, "category", "sub_category")
    assert len(found) == len(shelves)
    bought = total(lines.filter(SALE).iter_rows(named=True), "quantity")
    back = -total(lines.filter(~SALE).iter_rows(named=True), "quantity")
    for row in found:
        rows = shelves[row["category"], row["sub_category"]]
        own = -total([one for one in rows if one["is_return"]], "quantity")
        rate = part(own, total(sales(rows), "quantity"))
        assert (row["returned_unit_count"], row["refund_amount"]) == (own, refund(rows))
        assert near(row["return_rate"], rate)
        assert near(row["return_index"], rate and 100 * rate / (back / bought), 1) or rate == 0
    rates = [row["return_rate"] for row in found if row["return_rate"] is not None]
    assert rates == sorted(rates, reverse=True)


def days_between_orders(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    waits = defaultdict(list)
    for rows in by(lines.filter(SALE & KNOWN), "customer_id").values():
        dates = sorted({row["transaction_id"]: row["full_date"] for row in rows}.values())
        for number, (one, other) in enumerate(pairwise(dates), 2):
            waits[number].append((other - one).days)
    assert [row["order_number"] for row in found] == [n for n in sorted(waits) if n <= 5]
    for row in found:
        days = sorted(waits[row["order_number"]])
        assert row["customer_count"] == len(days)
        assert near(row["average_days"], Decimal(mean(map(Decimal, days))), 1)
        for rate, name in ((25, "quarter"), (50, "half"), (75, "three_quarters")):
            assert row[f"{name}_within_days"] == days[-(-rate * len(days) // 100) - 1]


def new_and_returning_customers(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    months = by(lines.filter(SALE & KNOWN).with_columns(
        month=pl.col("full_date").dt.truncate("1mo")), "month")  # fmt: skip
    assert [row["month_start_date"] for row in found] == sorted(months)
    for row in found:
        rows = months[row["month_start_date"]]
        fresh = [one for one in rows if month(one["first_date"]) == row["month_start_date"]]
        people = {one["customer_id"] for one in rows}
        new = {one["customer_id"] for one in fresh}
        assert row["new_customer_count"] == len(new)
        assert row["returning_customer_count"] == len(people - new)
        assert row["new_net_amount"] == total(fresh, "net_amount")
        assert near(row["returning_customer_rate"], Decimal(len(people - new)) / len(people))


def statuses_now(sold: PublishedShop, first: date, last: date) -> Counter[tuple[date, str]]:
    """Month and status of each sale placed on those days, by its newest delivered row."""
    files = sorted(sold.shop.workspace.deliveries.glob("*/transactions*.csv"))
    rows = pl.concat([pl.read_csv(file, infer_schema=False) for file in files])
    newest = rows.sort("updated_at", maintain_order=True).unique("transaction_id", keep="last")
    placed = (
        (date.fromisoformat(row["transaction_at"][:10]), row["status"])
        for row in newest.filter(pl.col("transaction_type") == "sale").iter_rows(named=True)
    )
    return Counter((day.replace(day=1), one) for day, one in placed if first <= day <= last)


def order_status(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    expected = statuses_now(sold, FIRST, LAST)
    assert {(row["period_start_date"], row["status"]): row["order_count"] for row in found} == (
        expected
    )
    assert {"cancelled", "completed", "delivered"} <= {row["status"] for row in found}
    for row in found:
        month = sum(n for (start, _), n in expected.items() if start == row["period_start_date"])
        assert near(row["order_rate"], part(row["order_count"], month))


def order_stages(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    by_status: Counter[str] = Counter()
    for (_, status), count in statuses_now(sold, FIRST, LAST).items():
        by_status[status] += count
    delivered = by_status["delivered"] + by_status["completed"] + by_status["refunded"]
    shipped = delivered + by_status["shipped"]
    everything = by_status.total()
    assert [(row["stage"], row["order_count"]) for row in found] == [
        ("Placed", everything),
        ("Paid", everything - by_status["cancelled"] - by_status["pending"]),
        ("Shipped", shipped),
        ("Delivered", delivered),
    ]
    assert everything > found[1]["order_count"]
    assert [near(row["order_rate"], part(row["order_count"], everything)) for row in found] == (
        [True] * 4
    )


def order_values(sold: PublishedShop, found: list[Row], lines: pl.DataFrame) -> None:
    values = [total(rows, "net_amount")
              for rows in by(lines.filter(SALE), "transaction_id").values()]  # fmt: skip
    bands = Counter(value // 40 * 40 for value in values)
    so_far = 0
    assert [row["band_from_amount"] for row in found] == sorted(bands)
    for row in found:
        so_far += bands[row["band_from_amount"]]
        assert row["order_count"] == bands[row["band_from_amount"]]
        assert near(row["running_order_rate"], Decimal(so_far) / len(values))


DAYS = {"first_day": FIRST, "last_day": LAST}
CHECKS: dict[str, tuple[Callable[[PublishedShop, list[Row], pl.DataFrame], None], Row]] = {
    "monthly_trend": (monthly_trend, {}),
    "top_products": (ranked_products(best=True), {"top": 7, **DAYS}),
    "bottom_products": (ranked_products(best=False), {"top": 7, **DAYS}),
    "pareto_products": (pareto_products, {"threshold": "0.7"}),
    "category_mix": (category_mix, DAYS),
    "cohort_retention": (cohort_retention, {"months": 6}),
    "rfm_segments": (rfm_segments, {}),
    "customer_lifetime_value": (customer_lifetime_value, {"groups": 4}),
    "basket_affinity": (basket_affinity, {"top": 15, "least_orders": 2}),
    "hour_of_week": (hour_of_week, {}),
    "payment_mix": (payment_mix, {}),
    "country_ranking": (country_ranking, DAYS),
    "price_changes": (price_changes, {"days": 30}),
    "discount_and_margin": (discount_and_margin, {"width": "0.1"}),
    "return_rate_by_category": (return_rate_by_category, {}),
    "days_between_orders": (days_between_orders, {"orders": 5}),
    "new_and_returning_customers": (new_and_returning_customers, {}),
    "order_stages": (order_stages, DAYS),
    "order_status": (order_status, DAYS),
    "order_values": (order_values, {"width": 40, **DAYS}),
}


def test_every_analysis_is_checked() -> None:
    assert CHECKS.keys() == analyses().keys()


@pytest.mark.parametrize("name", CHECKS)
def test_an_analysis_equals_its_independent_computation(sold: PublishedShop, name: str) -> None:
    check, given = CHECKS[name]
    lines = between(sold.lines, given.get("first_day"), given.get("last_day"))
    found = asked(sold, name, **given)
    assert found
    check(sold, found, lines)


def test_an_analysis_agrees_with_the_metrics(sold: PublishedShop) -> None:
    """The one truth by both roads: months of monthly_trend, countries of country_ranking."""
    from shopwright.serving.semantic import answer

    names = ["orders", "net", "refunds", "net_running_total"]
    trend = asked(sold, "monthly_trend")
    keys = ["order_count", "net_amount", "refund_amount", "running_net_amount"]
    assert answer(sold.connection, names, ["month"]).rows == [
        (row["month_start_date"], *(row[key] for key in keys)) for row in trend
    ]
    ranking = {row["shipping_country"]: (row["order_count"], row["customer_count"],
                                         row["net_amount"])
               for row in asked(sold, "country_ranking")}  # fmt: skip
    found = answer(sold.connection, ["orders", "customers", "net"], ["shipping_country"])
    assert {row[0]: row[1:] for row in found.rows} == ranking
