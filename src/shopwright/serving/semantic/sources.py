"""The tables that can answer: what each holds, by which dimensions, down to which period."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shopwright.serving.semantic.atoms import Atom
from shopwright.serving.semantic.dimensions import DIMENSIONS, PRODUCT_DIMENSIONS
from shopwright.serving.semantic.expressions import Count, CountDistinct, Sum

Grain = Literal["day", "month", "none"]
_SALES = frozenset({("is_return", False)})
_RETURNS = frozenset({("is_return", True)})
_KNOWN = frozenset({("is_guest", False)})
TIMES = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Source:
    """An aggregate. Its rows are added up; `whole` figures are exact for a row of its key alone.

    `dimensions` hold SQL for each column of a dimension, and `joins` what that SQL needs.
    `period` is the column of its day or month.
    """

    table: str
    grain: Grain
    period: str
    additive: Mapping[Atom, str]
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joins: Mapping[str, str] = field(default_factory=dict)
    whole: Mapping[Atom, str] = field(default_factory=dict)
    key: frozenset[str] = frozenset()


def _sum(column: str, conditions: frozenset[tuple[str, bool]] = frozenset()) -> Atom:
    return Atom(Sum(column), conditions)


_ORDERS = Atom(CountDistinct("transaction_id"), _SALES)
_RETURNED = Atom(CountDistinct("transaction_id"), _RETURNS)
_MONEY = {
    _sum("gross_amount", _SALES): "facts.gross_amount",
    _sum("net_amount"): "facts.net_amount",
    _sum("net_amount", _RETURNS): "-facts.refund_amount",
    _sum("net_amount", _SALES): "facts.net_amount + facts.refund_amount",
    # what gross loses on its way to the net of sales
    _sum("discount_amount", _SALES): "facts.gross_amount - facts.net_amount - facts.refund_amount",
}
_COSTS = {
    _sum("cost_amount"): "facts.cost_amount",
    _sum("profit_amount"): "facts.profit_amount",
}
_COUNTS = {_ORDERS: "facts.order_count", _RETURNED: "facts.return_count"}
_WEEKDAY = "cast(extract(isodow from facts.business_date) as smallint)"
_MONTH = "cast(extract(month from facts.month_start_date) as smallint)"

AGGREGATES = (
    Source(
        "agg_payment_month",
        "month",
        "facts.month_start_date",
        _MONEY | _COUNTS,
        {"payment_method": ("facts.payment_method",), "month_of_year": (_MONTH,)},
    ),
    Source(
        "agg_category_month",
        "month",
        "facts.month_start_date",
        _MONEY | _COSTS | {_sum("quantity"): "facts.unit_count"},
        {
            "category": ("facts.category",),
            "sub_category": ("facts.sub_category",),
            "month_of_year": (_MONTH,),
        },
        whole=_COUNTS,
        key=frozenset({"month", "category", "sub_category"}),
    ),
    Source(
        "agg_daily_sales",
        "day",
        "facts.business_date",
        {
            **_MONEY, **_COSTS, **_COUNTS,
            _sum("quantity"): "facts.unit_count", _sum("tax_amount"): "facts.tax_amount",
        },
        {
            "weekday": (_WEEKDAY,),
            "month_of_year": ("cast(extract(month from facts.business_date) as smallint)",),
        },
    ),
    Source(
        "agg_hour_of_week",
        "month",
        "facts.month_start_date",
        {
            _ORDERS: "facts.order_count", Atom(Count(), _SALES): "facts.item_count",
            _sum("net_amount", _SALES): "facts.net_amount",
        },
        {
            "weekday": ("facts.day_of_week",),
            "hour": ("facts.hour_of_day",),
            "month_of_year": (_MONTH,),
        },
    ),
    Source(
        "agg_product_performance",
        "month",
        "facts.month_start_date",
        {
            **_MONEY, **_COSTS,
            _sum("quantity"): "facts.unit_count",
            _sum("quantity", _SALES): "facts.unit_count + facts.returned_unit_count",
            _sum("quantity", _RETURNS): "-facts.returned_unit_count",
        },
        {
            "product": ("facts.product_id", "current_products.product_name"),
            "month_of_year": (_MONTH,),
        },
        {
            "current_products":
            "inner join warehouse.dim_product as current_products"
            " on facts.product_id = current_products.product_id and current_products.is_current",
        },
        whole=_COUNTS,
        key=frozenset({"month", "product"}),
    ),
    Source(
        "agg_customer_orders",
        "none",
        "",
        {
            _sum("net_amount", _KNOWN): "facts.net_amount",
            _sum("profit_amount", _KNOWN): "facts.profit_amount",
            Atom(CountDistinct("transaction_id"), _SALES | _KNOWN): "facts.order_count",
            Atom(CountDistinct("customer_id"), _SALES | _KNOWN):
            "cast(facts.order_count > 0 as integer)",
            Atom(CountDistinct("customer_id", 2), _SALES | _KNOWN):
            "cast(facts.order_count > 1 as integer)",
        },
        {"customer": ("facts.customer_id",)},
    ),
)  # fmt: skip
"""Smallest first, as shops have few ways to pay, more categories, days, and most products."""


@dataclass(frozen=True)
class Fact:
    """A fact table. `table_of` sums says where a column of a line stands in it."""

    table: str
    sums: Mapping[str, str]
    lines: str
    is_of_orders: bool
    dimensions: frozenset[str]


_AMOUNTS = ("gross_amount", "discount_amount", "net_amount", "tax_amount", "cost_amount",
            "profit_amount")  # fmt: skip
FACTS = (
    Fact(
        "fact_orders",
        {one: one for one in (*_AMOUNTS, "shipping_amount")} | {"quantity": "unit_count"},
        "sum(facts.item_count)",
        True,
        frozenset(DIMENSIONS) - PRODUCT_DIMENSIONS,
    ),
    Fact(
        "fact_sales",
        {one: one for one in (*_AMOUNTS, "quantity")},
        "count(*)",
        False,
        frozenset(DIMENSIONS),
    ),
)

FACT_TIMES = {
    "day": "dates.full_date",
    "week": "dates.week_start_date",
    "month": "dates.month_start_date",
    "quarter": "make_date(dates.year, dates.quarter * 3 - 2, 1)",
    "year": "make_date(dates.year, 1, 1)",
}
FACT_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "month_of_year": ("dates.month",),
    "weekday": ("dates.day_of_week",),
    "hour": ("facts.hour_of_day",),
    "category": ("products.category",),
    "sub_category": ("products.sub_category",),
    "brand": ("products.brand",),
    "supplier": ("products.supplier",),
    "product": ("products.product_id", "current_products.product_name"),
    "shipping_country": ("coalesce(facts.shipping_country, 'Unknown')",),
    "channel": ("coalesce(facts.channel, 'Unknown')",),
    "payment_method": ("methods.payment_method",),
    "customer_country": ("customers.country",),
    "customer_state": ("customers.state",),
    "customer_city": ("customers.city",),
    "segment": ("customers.segment",),
    "age_group": ("customers.age_group",),
    "gender": ("customers.gender",),
    "value_segment": ("coalesce(customer_values.value_segment, 'None')",),
    "customer": ("customers.customer_id",),
}
FACT_JOINS = {
    "dates": "inner join warehouse.dim_date as dates on facts.date_key = dates.date_key",
    "products": "inner join warehouse.dim_product as products"
    " on facts.product_key = products.product_key",
    "current_products": "inner join warehouse.dim_product as current_products"
    " on products.product_id = current_products.product_id and current_products.is_current",
    "methods": "inner join warehouse.dim_payment_method as methods"
    " on facts.payment_method_key = methods.payment_method_key",
    "customers": "inner join warehouse.dim_customer as customers"
    " on facts.customer_key = customers.customer_key",
    "customer_values": "left join warehouse.agg_customer_value as customer_values"
    " on customers.customer_id = customer_values.customer_id",
    "firsts": "left join warehouse.agg_customer_orders as firsts"
    " on customers.customer_id = firsts.customer_id",
}
"""In the order in which they must stand."""

CONDITIONS = {
    "is_return": "facts.is_return",
    "is_guest": "facts.customer_key = 0",
    "is_first_day": "coalesce(dates.full_date = firsts.first_order_date, false)",
}
