"""The star in the model: the warehouse's tables as they are, and what DAX adds to them."""

from collections.abc import Mapping

import sqlalchemy
from sqlalchemy import Table as WarehouseTable

from shopwright.storage.tables import metadata
from shopwright.storage.tables.warehouse import SCHEMA
from shopwright.visualization.power_bi.fields import CALENDAR, CATALOGUE, GEOGRAPHY
from shopwright.visualization.power_bi.sources import (
    Source,
    distinct,
    query,
    with_newest,
    with_values,
    without_nulls,
)
from shopwright.visualization.power_bi.tmdl import Column, Hierarchy, Relationship, Table

FACTS = ("fact_sales", "fact_orders")
TABLES = (*FACTS, "dim_date", "dim_customer", "dim_product", "dim_payment_method")
LEFT_OUT = {
    "item_id": "a number per line, the costliest column to hold, that no figure needs",
    "transaction_at": "an instant, which Power BI has no type for; the business date is there",
    "valid_from": "begins in 1900, at the edge of the days that DAX knows",
    "valid_to": "ends in 9999, at the edge of the days that DAX knows",
}
"""Columns of the star that stay in the warehouse, and why."""
_KNOWN = ("channel", "shipping_country")
_SHOWN = {
    "dim_date": {"full_date", "year", "month_name", "year_month", "month_start_date",
                 "week_start_date", "day_name", "is_weekend"},
    "dim_customer": {"customer_id", "segment", "age_group", "gender", "city", "state", "country",
                     "registration_date"},
    "dim_product": {"category", "sub_category", "brand", "supplier", "is_active"},
    "dim_payment_method": {"payment_method"},
}  # fmt: skip
"""What a viewer sees of the dimensions; keys, facts and the order of names are hidden."""
_FORMATS = {"full_date": "yyyy-mm-dd", "week_start_date": "yyyy-mm-dd",
            "registration_date": "yyyy-mm-dd", "month_start_date": "mmm yyyy"}  # fmt: skip
_SORTED = {"month_name": "month", "day_name": "day_of_week"}
_PLACES = {"city": "City", "state": "StateOrProvince", "country": "Country",
           "shipping_country": "Country"}  # fmt: skip
_DEGENERATE = {
    "dim_channel": ("channel", "Where it was ordered, else Unknown"),
    "dim_shipping_country": ("shipping_country", "Country it was sent to, else Unknown"),
    "dim_hour": ("hour_of_day", "Hour in the shop's time zone, 0 to 23"),
}
"""Dimensions of one column that stands in the facts: one table of it filters both of them."""
_HIERARCHIES = {
    "dim_date": Hierarchy(CALENDAR, (("Year", "year"), ("Quarter", "year_quarter"),
                                     ("Month", "month_start_date"), ("Day", "full_date"))),
    "dim_product": Hierarchy(CATALOGUE, (("Category", "category"),
                                         ("Sub-category", "sub_category"),
                                         ("Product", "product"))),
    "dim_customer": Hierarchy(GEOGRAPHY, (("Country", "country"), ("State", "state"),
                                          ("City", "city"))),
}  # fmt: skip


def _fact_columns(fact: str) -> tuple[Column, ...]:
    return (
        Column(
            "is_guest", "boolean", expression=f"'{fact}'[customer_key] = 0", is_hidden=True,
            description="Whether nobody known bought",
        ),
        Column(
            "is_first_day", "boolean", is_hidden=True,
            expression="RELATED('dim_date'[full_date]) = RELATED('dim_customer'[first_order_date])",
            description="Whether it is the day of the customer's first order of all",
        ),
    )  # fmt: skip


_COMPUTED: dict[str, tuple[Column, ...]] = {
    "fact_sales": _fact_columns("fact_sales"),
    "fact_orders": _fact_columns("fact_orders"),
    "dim_date": (
        Column(
            "year_quarter", "string",
            expression="'dim_date'[year] & \" Q\" & 'dim_date'[quarter]",
            description="Year and quarter, 2024 Q1",
        ),
    ),
    "dim_product": (
        Column(
            "product", "string",
            expression=(
                "VAR _name = 'dim_product'[newest_product_name]\n"
                "RETURN IF(COUNTROWS(FILTER('dim_product', 'dim_product'[is_current] = TRUE() &&"
                " 'dim_product'[newest_product_name] = _name)) > 1,"
                " _name & \" (\" & 'dim_product'[product_id] & \")\", _name)"
            ),
            description="The product by its newest name, with its number where two share the name",
        ),
    ),
}  # fmt: skip
"""What DAX computes from the columns of a row and of the rows beside it."""


_NEWEST = "Number of the newest version: the same for all versions"
_ADDED: dict[str, tuple[Column, ...]] = {
    "dim_product": (
        Column("newest_key", "int64", source="newest_key", format="0", is_hidden=True,
               description=_NEWEST),
        Column("newest_product_name", "string", source="newest_product_name", is_hidden=True,
               description="What the product is called today"),
    ),
    "dim_customer": (
        Column("newest_key", "int64", source="newest_key", format="0", is_hidden=True,
               description=_NEWEST),
        Column("value_segment", "string", source="value_segment",
               description="The customer's RFM segment today, else None"),
        Column("first_order_date", "dateTime", source="first_order_date", format="yyyy-mm-dd",
               is_hidden=True, is_date=True, description="Day of the first sale of all"),
    ),
}  # fmt: skip
"""What the query of a table adds to the columns of the warehouse's."""
ADDED_NAMES = frozenset(one.name for columns in _ADDED.values() for one in columns)


def _steps(table: WarehouseTable, types: Mapping[str, str], source: Source) -> list[str]:
    steps = source.table(table.name, types)
    if table.name in FACTS:
        return without_nulls(steps, _KNOWN)
    if table.name == "dim_product":
        return with_newest(steps, "product_id", "product_key", ["product_name"])
    if table.name == "dim_customer":
        steps = with_newest(steps, "customer_id", "customer_key", [])
        names = {"customer_id": "string", "value_segment": "string", "first_order_date": "date"}
        values = source.table("agg_customer_value", names)
        found = with_values(steps, "customer_id", values, ["value_segment", "first_order_date"])
        return without_nulls(found, ["value_segment"], "None")
    return steps


def star_tables(source: Source) -> list[Table]:
    """The facts and all dimensions."""
    return [_table(metadata.tables[f"{SCHEMA}.{name}"], source) for name in TABLES] + [
        _degenerate(name, source) for name in _DEGENERATE
    ]


def star_relationships() -> list[Relationship]:
    """From each fact to its dimensions, as the warehouse's foreign keys; and those of DAX."""
    found = []
    for fact in FACTS:
        table = metadata.tables[f"{SCHEMA}.{fact}"]
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            found.append(
                Relationship(fact, key.parent.name, key.column.table.name, key.column.name)
            )
        for name, (column, _) in _DEGENERATE.items():
            found.append(Relationship(fact, column, name, column))
    return found


def types_of(table: WarehouseTable) -> dict[str, str]:
    """The type of each column that the model reads, `date` told from `dateTime`."""
    return {one.name: _type(one) for one in table.columns if one.name not in LEFT_OUT}


def _type(column: "sqlalchemy.Column[object]") -> str:
    kind = column.type
    if isinstance(kind, sqlalchemy.Boolean):
        return "boolean"
    if isinstance(kind, sqlalchemy.Integer):
        return "int64"
    if isinstance(kind, sqlalchemy.Numeric):
        return "decimal" if (kind.scale or 0) <= 4 else "double"  # fixed: four places
    return "date" if isinstance(kind, sqlalchemy.Date) else "string"


def model_type(kind: str) -> str:
    """A type as TMDL names it."""
    return "dateTime" if kind == "date" else kind


def _table(table: WarehouseTable, source: Source) -> Table:
    types = types_of(table)
    columns = tuple(_column(table, name, kind) for name, kind in types.items())
    hierarchy = _HIERARCHIES.get(table.name)
    return Table(
        table.name,
        (*columns, *_ADDED.get(table.name, ()), *_COMPUTED.get(table.name, ())),
        query(_steps(table, types, source)),
        f"{table.comment}",
        hierarchies=(hierarchy,) if hierarchy else (),
        is_dates=table.name == "dim_date",
        is_hidden=table.name not in _SHOWN,
    )


def _column(table: WarehouseTable, name: str, kind: str) -> Column:
    is_hidden = name not in _SHOWN.get(table.name, set())
    return Column(
        name,
        model_type(kind),
        source=name,
        format=_FORMATS.get(name) or ("0" if kind == "int64" else None),
        sort_by=_SORTED.get(name) if table.name == "dim_date" else None,
        description=table.columns[name].comment or "",
        data_category=None if is_hidden else _PLACES.get(name),
        is_hidden=is_hidden,
        is_key=name == "full_date",
        is_date=kind == "date",
    )


def _degenerate(name: str, source: Source) -> Table:
    column, sentence = _DEGENERATE[name]
    kind = types_of(metadata.tables[f"{SCHEMA}.fact_orders"])[column]
    types: Mapping[str, str] = {column: kind}
    steps = source.table("fact_orders", types)
    if column in _KNOWN:
        steps = without_nulls(steps, [column])
    form = "0" if kind == "int64" else None
    shown = Column(
        column, kind, source=column, format=form, description=sentence,
        data_category=_PLACES.get(column),
    )  # fmt: skip
    return Table(
        name,
        (shown,),
        query(distinct(steps, column, is_text=kind == "string")),
        f"One row per value. {sentence}",
    )
