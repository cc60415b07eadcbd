"""The data source of all metrics: one row per line of a sale or return, with all that tells it.

Its SELECT is put together from what the semantic layer says of facts and dimensions.
"""

from shopwright.serving.semantic.catalog import metric, metrics
from shopwright.serving.semantic.dialects import POSTGRES
from shopwright.serving.semantic.dimensions import DIMENSIONS, Dimension
from shopwright.serving.semantic.expressions import SUMMABLE
from shopwright.serving.semantic.sources import CONDITIONS, FACT_DIMENSIONS, FACT_JOINS
from shopwright.visualization.tableau.calculation import (
    PREFIX,
    calculation,
    is_table_calculation,
)
from shopwright.visualization.tableau.fields import DataSource, DataType, Field, number_format

NAME = "sales"
RUNNING_SHARE = "running_share"
_DATATYPES: dict[str, DataType] = {"text": "string", "integer": "integer"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_ALIASES = {"weekday": _WEEKDAYS, "month_of_year": _MONTHS}
_FOLDERS = {"currency": "Money", "count": "Counts", "units": "Units", "rate": "Rates",
            "per_order": "Per order"}  # fmt: skip
_HIERARCHIES = (
    ("Category, sub-category, product", ("category", "sub_category", "product")),
    ("Customer's country, state, city", ("customer_country", "customer_state", "customer_city")),
)
_JOINS = ("dates", "products", "current_products", "methods", "customers", "customer_values",
          "firsts")  # fmt: skip


def sales_lines(source_id: str, forms: dict[str, str], currency: str) -> DataSource:
    """The source; `forms` are metrics in a form of time by the period they are shown by."""
    written = _written()
    columns = tuple(field for field, _ in written)
    calculations = (
        _product(),
        *(_calculated(name, None, currency) for name in metrics()),
        *(_calculated(name, axis, currency) for name, axis in forms.items()),
        _running_share(),
    )
    return DataSource(
        NAME, "Sales", source_id, _select(written), columns, calculations, _HIERARCHIES
    )


def dimension_field(name: str) -> str:
    """The field that shows a dimension; all periods are cut from the day."""
    one = DIMENSIONS[name]
    if one.kind == "time":
        return "day"
    return {"customer": "customer_id"}.get(name, name)


def _written() -> list[tuple[Field, str]]:
    """Each column with its SQL."""
    found = [
        (Field("item_id", "Line", "string", is_hidden=True), "facts.item_id"),
        (
            Field("transaction_id", "Order", "string", description="Number of order or return."),
            "facts.transaction_id",
        ),
        (Field("day", "Day", "date", description=DIMENSIONS["day"].sentence), "dates.full_date"),
    ]
    for one in DIMENSIONS.values():
        if one.kind != "time":
            found += [_dimension(one, *pair)
                      for pair in zip(one.shown, FACT_DIMENSIONS[one.name], strict=True)]  # fmt: skip
    found += [
        (Field(name, f"{_words(name[3:])}?", "boolean", is_hidden=True), sql)
        for name, sql in CONDITIONS.items()
    ]
    found += [
        (Field(name, _words(name), "real", True, is_hidden=True, derivation="Sum"), _sum(name))
        for name in SUMMABLE
    ]
    return found


def _dimension(one: Dimension, column: str, sql: str) -> tuple[Field, str]:
    caption = one.label if len(one.shown) == 1 else _words(column)
    aliases = tuple(
        (str(number), text) for number, text in enumerate(_ALIASES.get(one.name, ()), 1)
    )
    datatype = _DATATYPES[one.kind]
    return Field(column, caption, datatype, description=one.sentence, aliases=aliases), sql


def _sum(column: str) -> str:
    """An order's shipping stands on its first line alone, so that it adds up."""
    if column != "shipping_amount":
        return f"facts.{column}"
    first = "row_number() over (partition by facts.transaction_id order by facts.item_id) = 1"
    return f"case when {first} then orders.shipping_amount else 0 end"


def _select(written: list[tuple[Field, str]]) -> str:
    shown = ",\n    ".join(f"{sql} as {field.name}" for field, sql in written)
    joins = "\n".join(FACT_JOINS[name].format(customer=POSTGRES.customer_join) for name in _JOINS)
    return (
        f"select\n    {shown}\nfrom warehouse.fact_sales as facts\n"
        "inner join warehouse.fact_orders as orders"
        f" on facts.transaction_id = orders.transaction_id\n{joins}"
    )


def _product() -> Field:
    """Two products may share a name."""
    formula = '[product_name] + " (" + [product_id] + ")"'
    sentence = "The product's newest name, and its number."
    return Field("product", "Product", "string", description=sentence, formula=formula)


def _calculated(name: str, axis: str | None, currency: str) -> Field:
    one = metric(name)
    is_whole = one.format == "integer" and one.unit == "count"
    return Field(
        f"{PREFIX}{name}",
        one.label,
        "integer" if is_whole else "real",
        is_measure=True,
        description=f"{one.sentence} {one.why}",
        format=number_format(one.format, currency),
        derivation="User",
        folder="Forms" if one.form else _FOLDERS[one.unit],
        formula=calculation(one.formula, axis),
        is_table_calculation=is_table_calculation(one.formula),
    )


def _running_share() -> Field:
    """For the Pareto chart: what part of all positive revenue is reached, largest first."""
    positive = f"IF [{PREFIX}net] > 0 THEN [{PREFIX}net] END"
    return Field(
        f"{PREFIX}{RUNNING_SHARE}",
        "Running share",
        "real",
        is_measure=True,
        description="What part of all positive net revenue is reached here, the largest first.",
        format=number_format("percent", ""),
        derivation="User",
        folder="Forms",
        formula=f"RUNNING_SUM({positive}) / WINDOW_SUM({positive})",
        is_table_calculation=True,
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
