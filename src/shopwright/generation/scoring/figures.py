"""The warehouse's figures against the answer key's, to the last digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
from psycopg import Connection

from shopwright.generation.answer_key.book import AMOUNTS, COUNTS, GUEST, LEVELS, SHIPPING
from shopwright.generation.scoring.answers import Answers

_LINE_MEASURES = """
    coalesce(sum(sales.gross_amount) filter (where not sales.is_return), 0) as gross_amount,
    sum(sales.discount_amount) as discount_amount,
    sum(sales.net_amount) as net_amount,
    sum(sales.tax_amount) as tax_amount,
    coalesce(-sum(sales.net_amount) filter (where sales.is_return), 0) as refund_amount,
    coalesce(sum(sales.cost_amount), 0) as cost_amount,
    coalesce(sum(sales.profit_amount), 0) as profit_amount,
    cast(count(*) as numeric) as item_count,
    sum(sales.quantity) as unit_count
"""
_LINES = f"""
select {{key}} as key, {_LINE_MEASURES}
from warehouse.fact_sales as sales
inner join warehouse.dim_date as dates using (date_key)
inner join warehouse.dim_customer as customers using (customer_key)
inner join warehouse.dim_product as products using (product_key)
inner join warehouse.dim_payment_method as methods using (payment_method_key)
group by 1
"""
_ORDERS = """
select {key} as key,
    sum(orders.shipping_amount) as shipping_amount,
    cast(count(*) filter (where not orders.is_return) as numeric) as order_count,
    cast(count(*) filter (where orders.is_return) as numeric) as return_count
from warehouse.fact_orders as orders
inner join warehouse.dim_date as dates using (date_key)
inner join warehouse.dim_customer as customers using (customer_key)
inner join warehouse.dim_payment_method as methods using (payment_method_key)
group by 1
"""
_KEYS = {
    "by_day": "dates.full_date",
    "by_product": "products.product_id",
    "by_customer": "customers.customer_id",
    "by_country": "{fact}.shipping_country",
    "by_payment_method": "methods.payment_method",
}
_AGGREGATES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "agg_daily_sales": (
        "by_day", "business_date",
        ("order_count", "return_count", "item_count", "unit_count", *AMOUNTS),
    ),
    "agg_product_performance": (
        "by_product", "product_id",
        ("item_count", "unit_count", *(one for one in AMOUNTS if one != "tax_amount")),
    ),
    "agg_customer_orders": (
        "by_customer", "customer_id",
        (*COUNTS, "gross_amount", "refund_amount", "net_amount", "profit_amount"),
    ),
    "agg_payment_month": (
        "by_payment_method", "payment_method",
        ("order_count", "return_count", "item_count", "gross_amount", "refund_amount",
         "net_amount"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class FigureScore:
    """A total of the shop."""

    measure: str
    expected: Decimal
    found: Decimal

    @property
    def difference(self) -> Decimal:
        """Found less expected."""
        return self.found - self.expected

    @property
    def is_right(self) -> bool:
        """Whether they are equal to the last digit."""
        return self.found == self.expected


@dataclass(frozen=True)
class LevelScore:
    """All measures of a table by its keys. `worst` names the key and measure that is off most."""

    level: str
    table: str
    key_count: int
    differing_keys: int
    largest_difference: Decimal
    worst: str

    @property
    def is_right(self) -> bool:
        """Whether no key differs in any measure."""
        return self.differing_keys == 0


def score_figures(
    connection: Connection, answers: Answers
) -> tuple[list[FigureScore], list[LevelScore]]:
    """Totals, then every level in the facts and in the aggregates."""
    levels = []
    by_level: dict[str, pl.DataFrame] = {}
    for level, key in LEVELS.items():
        found = _facts(connection, level)
        by_level[level] = found
        expected = _expected(answers, level, key)
        levels.append(_compared(level, "fact_sales, fact_orders", expected, found))
    for table, (level, key, columns) in _AGGREGATES.items():
        expected = _expected(answers, level, key)
        if table == "agg_customer_orders" and expected.width:
            expected = expected.filter(expected["key"] != GUEST)
        found = _aggregate(connection, table, key, columns)
        if expected.width:
            expected = expected.select("key", *columns)
        levels.append(_compared(level, table, expected, found))
    return _totals(connection, answers, by_level), levels


def _totals(
    connection: Connection, answers: Answers, by_level: dict[str, pl.DataFrame]
) -> list[FigureScore]:
    days, customers = by_level["by_day"], by_level["by_customer"]
    found: dict[str, Any] = {
        measure: days[measure].sum() or Decimal(0) for measure in (*AMOUNTS, SHIPPING, *COUNTS)
    }
    bought = (customers["order_count"] > 0) & (customers["key"] != GUEST)
    found["buyer_count"] = Decimal(bought.sum())
    for table in ("customers", "products"):
        (number,) = connection.execute(  # type: ignore[misc]
            f"select count(*) from production.{table}"
        ).fetchone()
        found[f"{table[:-1]}_count"] = Decimal(number)
    return [
        FigureScore(measure, value, Decimal(found[measure]))
        for measure, value in answers.frame("totals").iter_rows()
    ]


def _facts(connection: Connection, level: str) -> pl.DataFrame:
    line_key, order_key = (_KEYS[level].format(fact=fact) for fact in ("sales", "orders"))
    measures = ["key", *AMOUNTS, "item_count", "unit_count"]
    lines = _fetched(connection, _LINES.format(key=line_key), measures)
    if level == "by_product":
        return lines
    orders = _fetched(
        connection,
        _ORDERS.format(key=order_key),
        ["key", SHIPPING, "order_count", "return_count"],
    )
    return lines.join(orders, on="key", how="full", coalesce=True, nulls_equal=True)


def _aggregate(
    connection: Connection, table: str, key: str, columns: Sequence[str]
) -> pl.DataFrame:
    sums = ", ".join(f"cast(sum({column}) as numeric) as {column}" for column in columns)
    query = f"select {key} as key, {sums} from warehouse.{table} group by 1"
    return _fetched(connection, query, ["key", *columns])


def _fetched(connection: Connection, query: str, columns: Sequence[str]) -> pl.DataFrame:
    """The key as text, then decimals of four places."""
    rows = connection.execute(query).fetchall()
    decimals = dict.fromkeys(columns[1:], pl.Decimal(38, 4))
    schema: dict[str, Any] = {columns[0]: pl.String, **decimals}
    return pl.DataFrame(
        [(None if row[0] is None else str(row[0]), *row[1:]) for row in rows],
        schema=schema,
        orient="row",
    )


def _expected(answers: Answers, level: str, key: str) -> pl.DataFrame:
    frame = answers.frame(level)
    if not frame.width:
        return frame
    return frame.rename({key: "key"}).with_columns(
        pl.col("key").cast(pl.String),
        *(
            pl.col(column).cast(pl.Decimal(38, 4))
            for column in frame.columns
            if column.endswith("_count")
        ),
    )


def _compared(level: str, table: str, expected: pl.DataFrame, found: pl.DataFrame) -> LevelScore:
    measures = [column for column in found.columns if column != "key"]
    if not expected.width:
        expected = found.clear()
    both = expected.join(
        found, on="key", how="full", coalesce=True, suffix="_found", nulls_equal=True
    )
    off = both.select(
        "key",
        *(
            (pl.col(f"{one}_found").fill_null(0) - pl.col(one).fill_null(0)).abs().alias(one)
            for one in measures
        ),
    ).unpivot(measures, index="key")
    wrong = off.filter(pl.col("value") != 0)
    worst = wrong.sort("value", "key", descending=[True, False]).head(1)
    key, measure, value = worst.row(0) if len(worst) else ("", "", Decimal(0))
    return LevelScore(
        level,
        table,
        len(both),
        wrong["key"].n_unique(),
        Decimal(value),
        f"{key}: {measure}" if len(worst) else "",
    )
