"""The star in the model: the warehouse's tables as they are, and what DAX adds to them."""

from collections.abc import Mapping

import sqlalchemy
from sqlalchemy import Table as WarehouseTable

from shopwright.storage.tables import metadata
from shopwright.storage.tables.warehouse import SCHEMA
from shopwright.visualization.power_bi.dax import DATE
from shopwright.visualization.power_bi.fields import (
    CALENDAR,
    CATALOGUE,
    CHANNELS,
    CUSTOMERS,
    DATES,
    FIELDS,
    GEOGRAPHY,
    HOURS,
    ORDERS,
    PAYMENT_METHODS,
    PRODUCTS,
    SALES,
    SHIPPING_COUNTRIES,
    WAREHOUSE,
)
from shopwright.visualization.power_bi.sources import (
    Source,
    distinct,
    query,
    with_newest,
    with_values,
    without_nulls,
)
from shopwright.visualization.power_bi.tmdl import Column, Hierarchy, Relationship, Table

FACTS = (SALES, ORDERS)
LEFT_OUT = {
    "item_id": "a number per line, the costliest column to hold, that no figure needs",
    "transaction_at": "an instant, which Power BI has no type for; the business date is there",
    "valid_from": "begins in 1900, at the edge of the days that DAX knows",
    "valid_to": "ends in 9999, at the edge of the days that DAX knows",
}
"""Columns of the star that stay in the warehouse, and why."""
_KNOWN = ("channel", "shipping_country")
_SHOWN = {
    DATES: {"full_date": "Day", "year": "Year", "month_name": "Month of the year",
            "month_start_date": "Month", "week_start_date": "Week", "day_name": "Weekday",
            "is_weekend": "Weekend"},
    CUSTOMERS: {"customer_id": "Customer", "segment": "Segment", "age_group": "Age group",
                "gender": "Gender", "city": "City", "state": "State", "country": "Country",
                "registration_date": "Registered on"},
    PRODUCTS: {"category": "Category", "sub_category": "Sub-category", "brand": "Brand",
               "supplier": "Supplier", "is_active": "On sale"},
    PAYMENT_METHODS: {"payment_method": "Payment method"},
}  # fmt: skip
"""What a viewer sees of the dimensions, and what it is called; keys, facts and the order of names
are hidden, and called as in the warehouse."""
_RENAMED = {"quarter": "quarter_number", "month": "month_number"}
"""Hidden columns that Power BI could not tell from Quarter and Month."""
_FORMATS = {"full_date": "yyyy-mm-dd", "week_start_date": "yyyy-mm-dd",
            "registration_date": "yyyy-mm-dd", "month_start_date": "mmm yyyy"}  # fmt: skip
_SORTED = {"month_name": "month_number", "day_name": "day_of_week"}
_PLACES = {"city": "City", "state": "StateOrProvince", "country": "Country",
           "shipping_country": "Country"}  # fmt: skip
_DEGENERATE = {
    CHANNELS: ("channel", "Where it was ordered, else Unknown"),
    SHIPPING_COUNTRIES: ("shipping_country", "Country it was sent to, else Unknown"),
    HOURS: ("hour_of_day", "Hour in the shop's time zone, 0 to 23"),
}
"""Dimensions of one column that stands in the facts: one table of it filters both of them."""


def _hierarchy(name: str, *dimensions: str) -> Hierarchy:
    columns = [FIELDS[one].column for one in dimensions]
    return Hierarchy(name, tuple((one, one) for one in columns))


_HIERARCHIES = {
    DATES: _hierarchy(CALENDAR, "year", "quarter", "month", "day"),
    PRODUCTS: _hierarchy(CATALOGUE, "category", "sub_category", "product"),
    CUSTOMERS: _hierarchy(GEOGRAPHY, "customer_country", "customer_state", "customer_city"),
}


def _fact_columns(fact: str) -> tuple[Column, ...]:
    return (
        Column(
            "is_guest", "boolean", expression=f"'{fact}'[customer_key] = 0", is_hidden=True,
            description="Whether nobody known bought",
        ),
        Column(
            "is_first_day", "boolean", is_hidden=True,
            expression=f"RELATED({DATE}) = RELATED('{CUSTOMERS}'[first_order_date])",
            description="Whether it is the day of the customer's first order of all",
        ),
    )  # fmt: skip


_COMPUTED: dict[str, tuple[Column, ...]] = {
    SALES: _fact_columns(SALES),
    ORDERS: _fact_columns(ORDERS),
    DATES: (
        Column(
            "Quarter", "string",
            expression=f"'{DATES}'[Year] & \" Q\" & '{DATES}'[quarter_number]",
            description="Year and quarter, 2024 Q1",
        ),
    ),
}  # fmt: skip
"""What DAX computes from the columns of a row and of the rows that it leads to."""


_NEWEST = "Number of the newest version: the same for all versions"
_ADDED: dict[str, tuple[Column, ...]] = {
    PRODUCTS: (
        Column("newest_key", "int64", source="newest_key", format="0", is_hidden=True,
               is_inner=True, description=_NEWEST),
        Column("Product", "string", source="product", description="The product by its newest name,"
               " with its number where two share the name"),
    ),
    CUSTOMERS: (
        Column("newest_key", "int64", source="newest_key", format="0", is_hidden=True,
               is_inner=True, description=_NEWEST),
        Column("Value segment", "string", source="value_segment",
               description="The customer's RFM segment today, else None"),
        Column("first_order_date", "dateTime", source="first_order_date", format="yyyy-mm-dd",
               is_hidden=True, is_date=True, description="Day of the first sale of all"),
    ),
}  # fmt: skip
"""What the query of a table adds to the columns of the warehouse's."""
ADDED_NAMES = frozenset(one.source for columns in _ADDED.values() for one in columns)


def _steps(name: str, types: Mapping[str, str], source: Source) -> list[str]:
    steps = source.table(WAREHOUSE[name], types)
    if name in FACTS:
        return without_nulls(steps, _KNOWN)
    if name == PRODUCTS:
        return with_newest(steps, "product_id", "product_key", "product_name")
    if name == CUSTOMERS:
        steps = with_newest(steps, "customer_id", "customer_key")
        names = {"customer_id": "string", "value_segment": "string", "first_order_date": "date"}
        values = source.table("agg_customer_value", names)
        found = with_values(steps, "customer_id", values, ["value_segment", "first_order_date"])
        return without_nulls(found, ["value_segment"], "None")
    return steps


def star_tables(source: Source) -> list[Table]:
    """The facts and all dimensions."""
    return [_table(name, source) for name in WAREHOUSE] + [
        _degenerate(name, source) for name in _DEGENERATE
    ]


def star_relationships() -> list[Relationship]:
    """From each fact to its dimensions, as the warehouse's foreign keys; and those of DAX."""
    names = {warehouse: name for name, warehouse in WAREHOUSE.items()}
    found = []
    for fact in FACTS:
        for key in sorted(_warehouse_table(fact).foreign_keys, key=lambda one: one.parent.name):
            to = names[key.column.table.name]
            found.append(Relationship(fact, key.parent.name, to, key.column.name))
        for name, (column, _) in _DEGENERATE.items():
            found.append(Relationship(fact, column, name, _shown_column(name).name))
    return found


def _warehouse_table(name: str) -> WarehouseTable:
    return metadata.tables[f"{SCHEMA}.{WAREHOUSE[name]}"]


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


def _table(name: str, source: Source) -> Table:
    table = _warehouse_table(name)
    types = types_of(table)
    columns = tuple(_column(name, column, kind) for column, kind in types.items())
    hierarchy = _HIERARCHIES.get(name)
    return Table(
        name,
        (*columns, *_ADDED.get(name, ()), *_COMPUTED.get(name, ())),
        query(_steps(name, types, source)),
        f"{table.comment}",
        hierarchies=(hierarchy,) if hierarchy else (),
        is_dates=name == DATES,
        is_hidden=name not in _SHOWN,
    )


def _column(table: str, source: str, kind: str) -> Column:
    shown = _SHOWN.get(table, {}).get(source)
    column = _warehouse_table(table).columns[source]
    # The key of a marked date table is its date, and not the number that the facts hold.
    is_key = source == "full_date" if table == DATES else column.primary_key
    name = shown or _RENAMED.get(source, source)
    return Column(
        name,
        model_type(kind),
        source=source,
        format=_FORMATS.get(source) or ("0" if kind == "int64" else None),
        sort_by=_SORTED.get(source) if table == DATES else None,
        description=column.comment or "",
        data_category=_PLACES.get(source) if shown else None,
        is_hidden=not shown,
        is_inner=not shown and name not in _SORTED.values(),
        is_key=is_key and table not in FACTS,
        is_date=kind == "date",
    )


def _shown_column(name: str) -> Column:
    source, sentence = _DEGENERATE[name]
    kind = types_of(_warehouse_table(ORDERS))[source]
    return Column(
        name, kind, source=source, format="0" if kind == "int64" else None, description=sentence,
        data_category=_PLACES.get(source),
    )  # fmt: skip


def _degenerate(name: str, source: Source) -> Table:
    """The values are made different twice: by the database, and by what DAX takes for the same."""
    shown = _shown_column(name)
    column = _DEGENERATE[name][0]
    steps = source.table(WAREHOUSE[ORDERS], {column: shown.data_type})
    steps.append("Different = Table.Distinct(Rows)")
    if column in _KNOWN:
        steps = without_nulls(steps, [column])
        steps = distinct(steps, column)
    return Table(name, (shown,), query(steps), f"One row per value. {shown.description}")
