"""The data source of all metrics: one row per line of a sale or return, with all that tells it.

Its SELECT is that of the semantic layer.
"""

from shopwright.serving.semantic.catalog import metric, metrics
from shopwright.serving.semantic.dimensions import DIMENSIONS, Dimension
from shopwright.serving.semantic.expressions import SUMMABLE
from shopwright.serving.semantic.lines import line_columns, lines_select
from shopwright.serving.semantic.sources import CONDITIONS
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
_PLACES = {
    "shipping_country": "[Country].[ISO3166_2]", "customer_country": "[Country].[ISO3166_2]",
    "customer_state": "[State].[Name]", "customer_city": "[City].[Name]",
}  # fmt: skip
"""Tableau's geographic roles, by which it draws maps; a country's takes names and codes."""
_SENTENCES = {"product_id": "The product's number.", "product_name": "The product's newest name."}
_FOLDERS = {"currency": "Money", "count": "Counts", "units": "Units", "rate": "Rates",
            "per_order": "Per order"}  # fmt: skip
_HIERARCHIES = (
    ("Category, sub-category, product", ("category", "sub_category", "product")),
    ("Customer's country, state, city", ("customer_country", "customer_state", "customer_city")),
)


def sales_lines(source_id: str, forms: dict[str, str], currency: str) -> DataSource:
    """The source; `forms` are metrics in a form of time by the period they are shown by."""
    calculations = (
        _product(),
        *(_calculated(name, None, currency) for name in metrics()),
        *(_calculated(name, axis, currency) for name, axis in forms.items()),
        _running_share(),
    )
    return DataSource(
        NAME, "Sales", source_id, lines_select(), _columns(), calculations, _HIERARCHIES
    )


def dimension_field(name: str) -> str:
    """The field that shows a dimension; all periods are cut from the day."""
    one = DIMENSIONS[name]
    if one.kind == "time":
        return "day"
    return {"customer": "customer_id"}.get(name, name)


def _columns() -> tuple[Field, ...]:
    """A field for each column of the lines, in their order."""
    fields = [
        Field("item_id", "Line", "string", is_hidden=True),
        Field("transaction_id", "Order", "string", description="Number of order or return."),
        Field("day", "Day", "date", description=DIMENSIONS["day"].sentence),
    ]
    for one in DIMENSIONS.values():
        if one.kind != "time":
            fields += [_dimension(one, column) for column in one.shown]
    fields += [Field(name, f"{_words(name[3:])}?", "boolean", is_hidden=True)
               for name in CONDITIONS]  # fmt: skip
    fields += [Field(name, _words(name), "real", True, is_hidden=True, derivation="Sum")
               for name in SUMMABLE]  # fmt: skip
    assert [one.name for one in fields] == list(line_columns())
    return tuple(fields)


def _dimension(one: Dimension, column: str) -> Field:
    caption = one.label if len(one.shown) == 1 else _words(column)
    aliases = tuple(
        (str(number), text) for number, text in enumerate(_ALIASES.get(one.name, ()), 1)
    )
    datatype = _DATATYPES[one.kind]
    return Field(
        column, caption, datatype, description=_SENTENCES.get(column, one.sentence),
        aliases=aliases, place=_PLACES.get(column),
    )  # fmt: skip


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
