"""The star and its metrics as an Apache Ossie document (Open Semantic Interchange), version 0.1.1.

Datasets are tables of the warehouse, relationships its keys, metrics SQL over them.
"""

from typing import Any

from sqlalchemy import Boolean, Date, Numeric, Table
from sqlalchemy.dialects.postgresql import TIMESTAMP

from shopwright.serving.interchange.expressions import (
    AT_LEAST,
    FORM_REASONS,
    CannotSay,
    Conditions,
    NotExpressed,
    measured,
)
from shopwright.serving.semantic.catalog import Metric, forms, metrics
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Filter,
    Negative,
    Ratio,
    Sum,
)
from shopwright.storage.tables import metadata

FORMAT, VERSION = "Ossie", "0.1.1"
FILE = "shopwright.osi.json"
_DATASETS = ("fact_sales", "fact_orders", "dim_date", "dim_customer", "dim_product",
             "dim_payment_method", "agg_customer_orders", "agg_customer_value")  # fmt: skip
_BY_BUSINESS_KEY = (
    ("fact_sales", "fact_orders", "transaction_id"),
    ("dim_customer", "agg_customer_orders", "customer_id"),
    ("dim_customer", "agg_customer_value", "customer_id"),
)
"""References that no foreign key enforces: the aggregates are of a customer, not of a version."""

_KEYS = {"transaction_id": "fact_sales.transaction_id", "customer_id": "dim_customer.customer_id",
         "product_id": "dim_product.product_id"}  # fmt: skip
_CONDITIONS = {
    ("is_return", True): "fact_sales.is_return",
    ("is_return", False): "NOT fact_sales.is_return",
    ("is_guest", True): "fact_sales.customer_key = 0",
    ("is_guest", False): "fact_sales.customer_key <> 0",
    ("is_first_day", True): "dim_date.full_date = agg_customer_orders.first_order_date",
    ("is_first_day", False): "dim_date.full_date <> agg_customer_orders.first_order_date",
}


def ossie_document(database: str) -> tuple[dict[str, Any], list[NotExpressed]]:
    """The document of a database's warehouse, and what it does not say."""
    written, left = [], []
    for one in metrics().values():
        try:
            written.append(_metric(one))
        except CannotSay as error:
            left.append(NotExpressed(FORMAT, one.name, str(error)))
    left += [NotExpressed(FORMAT, f"*_{name}", FORM_REASONS[name]) for name in forms()]
    tables = [metadata.tables[f"warehouse.{name}"] for name in _DATASETS]
    model = {
        "name": "shopwright",
        "description": "An online shop's sales: a star schema and its metrics.",
        "datasets": [_dataset(table, database) for table in tables],
        "relationships": _relationships(tables),
        "metrics": written,
    }
    return {"version": VERSION, "semantic_model": [model]}, left


def _sql(expression: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": expression}]}


def _dataset(table: Table, database: str) -> dict[str, Any]:
    return {
        "name": table.name,
        "source": f"{database}.{table.schema}.{table.name}",
        "primary_key": [column.name for column in table.primary_key],
        "description": f"{table.comment}.",
        "fields": [_field(table, column.name) for column in table.columns],
    }


def _field(table: Table, name: str) -> dict[str, Any]:
    """Amounts are no dimensions."""
    column = table.columns[name]
    field = {"name": name, "expression": _sql(name), "description": f"{column.comment}."}
    if not isinstance(column.type, Numeric):
        is_time = isinstance(column.type, Date | TIMESTAMP) and not isinstance(column.type, Boolean)
        field["dimension"] = {"is_time": is_time}
    return field


def _relationships(tables: list[Table]) -> list[dict[str, Any]]:
    names = {table.name for table in tables}
    found = [
        _relationship(table.name, key.column.table.name, key.parent.name, key.column.name)
        for table in tables
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name)
        if key.column.table.name in names
    ]
    return found + [_relationship(one, other, key, key) for one, other, key in _BY_BUSINESS_KEY]


def _relationship(one: str, other: str, key: str, other_key: str) -> dict[str, Any]:
    return {"name": f"{one}_to_{other}", "from": one, "to": other, "from_columns": [key],
            "to_columns": [other_key]}  # fmt: skip


def _metric(one: Metric) -> dict[str, Any]:
    return {
        "name": one.name,
        "expression": _sql(_expression(one.expanded, frozenset())),
        "description": f"{one.sentence} {one.why}",
        "ai_context": {"synonyms": [one.label]},
    }


def _expression(expression: Expression, conditions: Conditions) -> str:
    if found := measured(expression):
        return _aggregate(found[0], conditions | found[1])
    match expression:
        case Filter(of, where):
            return _expression(of, conditions | where)
        case Negative(of):
            return f"-({_expression(of, conditions)})"
        case Add(left, right) | Difference(left, right):
            sign = "+" if isinstance(expression, Add) else "-"
            parts = [_expression(part, conditions) for part in (left, right)]
            return f"({f' {sign} '.join(parts)})"
        case Ratio(left, right):
            one, other = (_expression(part, conditions) for part in (left, right))
            return f"CAST({one} AS NUMERIC) / NULLIF({other}, 0)"
    raise CannotSay(f"there is no word for {type(expression).__name__}")


def _aggregate(measure: Sum | Count | CountDistinct, conditions: Conditions) -> str:
    """A sum of nothing is 0, so what is left out counts as 0 and not as null."""
    met = " AND ".join(_CONDITIONS[one] for one in sorted(conditions, reverse=True))
    match measure:
        case Sum(column):
            value = _value(column)
            return f"SUM(CASE WHEN {met} THEN {value} ELSE 0 END)" if met else f"SUM({value})"
        case Count():
            value, word = "fact_sales.item_id", ""
        case CountDistinct(column, at_least):
            if at_least > 1:
                raise CannotSay(AT_LEAST)
            value, word = _KEYS[column], "DISTINCT "
    return f"COUNT({word}{f'CASE WHEN {met} THEN {value} END' if met else value})"


def _value(column: str) -> str:
    """A summed column: shipping belongs to an order, costs may be unknown."""
    table = "fact_orders" if column == "shipping_amount" else "fact_sales"
    name = f"{table}.{column}"
    is_nullable = metadata.tables[f"warehouse.{table}"].columns[column].nullable
    return f"COALESCE({name}, 0)" if is_nullable else name
