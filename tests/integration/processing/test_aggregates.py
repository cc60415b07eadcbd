"""The aggregates of a small random shop against an independent computation in Python."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from tests.shop import Shop, customer, item, product, refund, sale

Line = dict[str, Any]
CENTS = Decimal("0.0001")
ZERO = Decimal(0)


class RandomShop:
    """Deliveries of a shop, and its lines as they should be in `fact_sales`."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.customers = [f"C{n}" for n in range(12)]
        self.cost = {f"P{n}": chance.choice([None, Decimal(n + 1) / 4]) for n in range(8)}
        self.category = {p: chance.choice(["Toys", "Books", None]) for p in self.cost}
        self.lines: list[Line] = []
        self.orders: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        for number in range(150):
            self._order(chance, number)

    def _order(self, chance: random.Random, number: int) -> None:
        at = datetime(2023, 11, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(180 * 24 * 60))
        is_return, is_cancelled = chance.random() < 0.2, chance.random() < 0.1
        head = {
            "customer_id": chance.choice([None, *self.customers])
            if chance.random() < 0.9
            else None,
            "payment_method": chance.choice([None, "Card", "Cash"]),
            "status": "cancelled" if is_cancelled else "delivered",
        }
        given = {key: value or "" for key, value in head.items()}
        one = f"T{number}", f"{at:%Y-%m-%d %H:%M}"
        self.orders.append(dict((refund if is_return else sale)(*one, **given)))
        for place in range(chance.randint(1, 4)):
            self._line(chance, f"T{number}", f"I{number}-{place}", at, is_return, head)

    def _line(
        self, chance: random.Random, order: str, key: str, at: datetime, is_return: bool,
        head: dict[str, Any],
    ) -> None:  # fmt: skip
        bought = chance.choice(list(self.cost))
        sign = -1 if is_return else 1
        quantity = sign * chance.randint(1, 5)
        price = Decimal(chance.randint(0, 2000)) / 100
        percentage = Decimal(chance.choice([0, 0, 10, 25]))
        tax = Decimal(chance.randint(0, 99)) / 100
        self.items.append(
            dict(item(key, order, bought, quantity, price, discount_percentage=percentage,
                      tax_amount=tax))
        )  # fmt: skip
        if head["status"] == "cancelled":
            return
        gross = quantity * price
        discount = (gross * percentage / 100).quantize(CENTS, ROUND_HALF_UP)
        unit_cost = self.cost[bought]
        cost = None if unit_cost is None else quantity * unit_cost
        net = gross - discount
        self.lines.append(
            {
                "order": order, "at": at, "day": at.date(), "month": at.date().replace(day=1),
                "is_return": is_return, "customer": head["customer_id"],
                "method": head["payment_method"] or "Unknown", "product": bought,
                "category": self.category[bought] or "Unknown", "quantity": Decimal(quantity),
                "gross": gross, "discount": discount, "net": net, "tax": sign * tax,
                "cost": cost, "profit": None if cost is None else net - cost,
            }
        )  # fmt: skip

    def deliver(self, shop: Shop, chance: random.Random) -> None:
        """As a delivery of customers and products, and five of shuffled orders and lines."""
        shop.deliver(
            "2023-01-01",
            customers=[customer(key) for key in self.customers],
            products=[
                product(key, unit_cost="" if cost is None else cost,
                        category=self.category[key] or "")
                for key, cost in self.cost.items()
            ],
        )  # fmt: skip
        orders, items = self.orders[:], self.items[:]
        chance.shuffle(orders)
        chance.shuffle(items)
        for part in range(5):
            shop.deliver(
                f"2024-05-0{part + 1}",
                transactions=orders[part::5],
                transaction_items=items[part::5],
            )


def total(lines: list[Line], what: str) -> Decimal:
    return sum((line[what] for line in lines if line[what] is not None), ZERO)


def orders(lines: list[Line], *, returned: bool) -> int:
    return len({line["order"] for line in lines if line["is_return"] == returned})


def sales_and_refunds(lines: list[Line]) -> tuple[Decimal, Decimal, Decimal]:
    """Gross of sales alone, net of returns as a positive amount, net of both."""
    sold = [line for line in lines if not line["is_return"]]
    returned = [line for line in lines if line["is_return"]]
    return total(sold, "gross"), -total(returned, "net"), total(lines, "net")


def grouped(lines: list[Line], key: Callable[[Line], Any]) -> dict[Any, list[Line]]:
    groups = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


@pytest.fixture(params=[1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=["at once", "one by one"])
def sold(request: pytest.FixtureRequest, shop: Shop, seed: int) -> tuple[Shop, RandomShop]:
    random_shop = RandomShop(seed)
    random_shop.deliver(shop, random.Random(seed))
    shop.run(one_by_one=request.param == "one by one")
    return shop, random_shop


def test_every_aggregate_equals_its_independent_computation(
    sold: tuple[Shop, RandomShop],
) -> None:
    shop, random_shop = sold
    lines = random_shop.lines
    assert shop.account("transaction_items") == (len(random_shop.items),) * 2 + (0, 0, 0)
    assert shop.row("select count(*), sum(net_amount) from warehouse.fact_sales") == (
        len(lines), total(lines, "net")
    )  # fmt: skip
    daily_sales(shop, lines)
    product_performance(shop, lines)
    category_month(shop, lines)
    payment_month(shop, lines)
    hour_of_week(shop, lines)
    daily_order_status(shop, random_shop.orders)
    customer_orders_and_value(shop, lines)
    cohort_retention(shop, lines)
    product_pairs(shop, lines)
    assert shop.rebuild() == {}


def daily_sales(shop: Shop, lines: list[Line]) -> None:
    expected = {
        day: (
            orders(group, returned=False), orders(group, returned=True), len(group),
            len({line["customer"] for line in group} - {None}), total(group, "quantity"),
            total(group, "discount"), *sales_and_refunds(group), total(group, "tax"),
            total(group, "cost"), total(group, "profit"),
        )
        for day, group in grouped(lines, lambda line: line["day"]).items()
    }  # fmt: skip
    assert expected == {
        day: tuple(rest)
        for day, *rest in shop.rows(
            "select business_date, order_count, return_count, item_count, customer_count,"
            " unit_count, discount_amount, gross_amount, refund_amount, net_amount, tax_amount,"
            " cost_amount, profit_amount from warehouse.agg_daily_sales"
        )
    }


def product_performance(shop: Shop, lines: list[Line]) -> None:
    expected = {
        key: (
            orders(group, returned=False), orders(group, returned=True), len(group),
            total(group, "quantity"),
            -total([line for line in group if line["is_return"]], "quantity"),
            *sales_and_refunds(group), total(group, "cost"), total(group, "profit"),
        )
        for key, group in grouped(lines, lambda line: (line["month"], line["product"])).items()
    }  # fmt: skip
    assert expected == {
        (month, key): tuple(rest)
        for month, key, *rest in shop.rows(
            "select month_start_date, product_id, order_count, return_count, item_count,"
            " unit_count, returned_unit_count, gross_amount, refund_amount, net_amount,"
            " cost_amount, profit_amount from warehouse.agg_product_performance"
        )
    }


def category_month(shop: Shop, lines: list[Line]) -> None:
    """By Polars, whose decimals and grouping are nobody's here."""
    frame = pl.DataFrame(
        [{key: line[key] for key in ("month", "category", "order", "is_return", "net", "profit")}
         for line in lines],
        schema_overrides={"net": pl.Decimal(18, 4), "profit": pl.Decimal(18, 4)},
    )  # fmt: skip
    expected = frame.group_by("month", "category").agg(
        pl.col("order").filter(~pl.col("is_return")).n_unique(),
        pl.col("order").filter(pl.col("is_return")).n_unique().alias("returns"),
        pl.col("net").sum(),
        pl.col("profit").sum(),
    )
    assert sorted(expected.rows()) == sorted(
        shop.rows(
            "select month_start_date, category, order_count, return_count, net_amount,"
            " profit_amount from warehouse.agg_category_month where category = sub_category"
        )
    )


def payment_month(shop: Shop, lines: list[Line]) -> None:
    expected = {
        key: (orders(group, returned=False), orders(group, returned=True), len(group),
              *sales_and_refunds(group))
        for key, group in grouped(lines, lambda line: (line["month"], line["method"])).items()
    }  # fmt: skip
    assert expected == {
        (month, method): tuple(rest)
        for month, method, *rest in shop.rows(
            "select month_start_date, payment_method, order_count, return_count, item_count,"
            " gross_amount, refund_amount, net_amount from warehouse.agg_payment_month"
        )
    }


def daily_order_status(shop: Shop, placed: list[dict[str, Any]]) -> None:
    expected = Counter(
        (one["transaction_at"][:10], one["payment_method"] or "Unknown", one["status"])
        for one in placed
        if one.get("transaction_type", "sale") == "sale"
    )
    assert expected == order_statuses(shop)


def order_statuses(shop: Shop) -> dict[tuple[str, str, str], int]:
    return {
        (str(day), method, status): count
        for day, method, status, count in shop.rows(
            "select business_date, payment_method, status, order_count"
            " from warehouse.agg_daily_order_status"
        )
    }


def test_an_order_is_counted_where_it_stands_now(shop: Shop) -> None:
    """Also one that was never more than cancelled, and then is found to be of another day."""
    shop.deliver(
        "2024-05-01",
        transactions=[
            sale("T1", "2024-05-01 10:00", status="pending", payment_method="Card"),
            sale("T2", "2024-05-01 11:00", status="cancelled", payment_method="Card"),
            sale("T3", "2024-05-01 12:00", status="paid", payment_method="Cash"),
        ],
    )
    shop.run()
    assert order_statuses(shop) == {
        ("2024-05-01", "Card", "pending"): 1,
        ("2024-05-01", "Card", "cancelled"): 1,
        ("2024-05-01", "Cash", "paid"): 1,
    }
    shop.deliver(
        "2024-05-02",
        transactions=[
            sale("T1", "2024-05-01 10:00", status="shipped", payment_method="Card"),
            sale("T2", "2024-04-30 11:00", status="cancelled", payment_method="Card"),
            sale("T4", "2024-05-02 09:00", status="paid", payment_method="Cash"),
        ],
    )
    shop.run()

    assert order_statuses(shop) == {
        ("2024-05-01", "Card", "shipped"): 1,
        ("2024-04-30", "Card", "cancelled"): 1,
        ("2024-05-01", "Cash", "paid"): 1,
        ("2024-05-02", "Cash", "paid"): 1,
    }
    assert shop.rebuild() == {}


def hour_of_week(shop: Shop, lines: list[Line]) -> None:
    bought = [line for line in lines if not line["is_return"]]
    expected = {
        key: (orders(group, returned=False), len(group), total(group, "net"))
        for key, group in grouped(
            bought, lambda line: (line["month"], line["at"].isoweekday(), line["at"].hour)
        ).items()
    }
    assert expected == {
        (month, day, hour): tuple(rest)
        for month, day, hour, *rest in shop.rows(
            "select month_start_date, day_of_week, hour_of_day, order_count, item_count,"
            " net_amount from warehouse.agg_hour_of_week"
        )
    }


def customer_orders_and_value(shop: Shop, lines: list[Line]) -> None:
    known = grouped([line for line in lines if line["customer"]], lambda line: line["customer"])
    expected = {}
    for key, group in known.items():
        days = [line["day"] for line in group if not line["is_return"]]
        expected[key] = (
            min(days, default=None), max(days, default=None), orders(group, returned=False),
            orders(group, returned=True), *sales_and_refunds(group), total(group, "profit"),
        )  # fmt: skip
    assert expected == {
        key: tuple(rest)
        for key, *rest in shop.rows(
            "select customer_id, first_order_date, last_order_date, order_count, return_count,"
            " gross_amount, refund_amount, net_amount, profit_amount"
            " from warehouse.agg_customer_orders"
        )
    }
    buyers = {key: values for key, values in expected.items() if values[2]}
    scores = {
        key: tuple(rest)
        for key, *rest in shop.rows(
            "select customer_id, average_order_amount, recency_score, frequency_score,"
            " monetary_score from warehouse.agg_customer_value"
        )
    }
    assert scores.keys() == buyers.keys()
    assert shop.rows(
        "select last_order_date, order_count, net_amount from warehouse.agg_value_fifths"
        " order by score"
    ) == list(zip(*(ends([v[place] for v in buyers.values()]) for place in (1, 2, 6)), strict=True))
    for key, values in buyers.items():
        assert scores[key][0] == (values[6] / values[2]).quantize(CENTS, ROUND_HALF_UP)
        for score, place in zip(scores[key][1:], (1, 2, 6), strict=True):
            assert score == fifth([other[place] for other in buyers.values()], values[place])


def fifth(values: list[Any], value: Any) -> int:
    """1 to 5: one more than the number of fifths of the values that end below the value."""
    return 1 + sum(bool(value > end) for end in ends(values))


def ends(values: list[Any]) -> list[Any]:
    """The greatest value of each fifth but the last."""
    ordered = sorted(values)
    return [ordered[-(-len(ordered) * part // 5) - 1] for part in (1, 2, 3, 4)]


def cohort_retention(shop: Shop, lines: list[Line]) -> None:
    first: dict[str, Any] = {}
    for line in lines:
        if line["customer"] and not line["is_return"]:
            first[line["customer"]] = min(line["month"], first.get(line["customer"], line["month"]))
    groups: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        if line["customer"] in first:
            cohort = first[line["customer"]]
            months = 12 * (line["month"].year - cohort.year) + line["month"].month - cohort.month
            groups[cohort, months].append(line)
    expected = {
        key: (
            len({line["customer"] for line in group if not line["is_return"]}),
            orders(group, returned=False),
            total(group, "net"),
        )
        for key, group in groups.items()
    }
    assert {key: values for key, values in expected.items() if any(values)} == {
        (cohort, months): tuple(rest)
        for cohort, months, *rest in shop.rows(
            "select cohort_month_date, months_since_first, customer_count, order_count,"
            " net_amount from warehouse.agg_cohort_retention"
        )
    }


def product_pairs(shop: Shop, lines: list[Line]) -> None:
    pairs: Counter[tuple[str, ...]] = Counter()
    for group in grouped(
        [line for line in lines if not line["is_return"]], lambda line: line["order"]
    ).values():
        pairs.update(combinations(sorted({line["product"] for line in group}), 2))
    assert pairs == {
        (one, other): count
        for one, other, count in shop.rows(
            "select product_id, other_product_id, order_count from warehouse.agg_product_pairs"
        )
    }


def test_a_free_line_given_back_leaves_no_trace_of_zeros(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer()],
        products=[product()],
        transactions=[sale(customer_id="C1")],
        transaction_items=[item()],
    )
    shop.run()
    shop.deliver(
        "2024-06-02",
        transactions=[refund("R1", "2024-06-01 10:00", customer_id="C1")],
        transaction_items=[item("I2", "R1", "P1", -1, 0)],
    )
    shop.run()
    assert shop.value("select count(*) from warehouse.agg_cohort_retention") == 1
    assert shop.rebuild() == {}


def test_an_order_of_more_than_twenty_products_makes_no_pairs(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        products=[product(f"P{n:02}") for n in range(21)],
        transactions=[sale("T1"), sale("T2")],
        transaction_items=[
            *(item(f"I{n}", "T1", f"P{n:02}") for n in range(21)),
            *(item(f"J{n}", "T2", f"P{n:02}") for n in range(20)),
        ],
    )
    shop.run()
    assert shop.row("select count(*), max(order_count) from warehouse.agg_product_pairs") == (
        20 * 19 // 2, 1
    )  # fmt: skip
    shop.deliver("2024-05-02", transaction_items=[item("J20", "T2", "P20")])
    shop.run()
    assert shop.value("select count(*) from warehouse.agg_product_pairs") == 0
