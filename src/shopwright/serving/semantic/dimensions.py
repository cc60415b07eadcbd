"""The dimensions: what metrics are grouped and filtered by, and where each stands in the star."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["time", "integer", "text"]


@dataclass(frozen=True)
class Dimension:
    """A dimension. `columns` are those of an answer; values of the first are what filters name.

    `table` and `column` say where it stands in the warehouse.
    """

    name: str
    label: str
    sentence: str
    kind: Kind
    table: str
    column: str
    columns: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of an answer."""
        return self.columns or (self.name,)


_ALL = (
    Dimension("day", "Day", "The business date.", "time", "dim_date", "full_date"),
    Dimension("week", "Week", "Monday of the ISO week.", "time", "dim_date", "week_start_date"),
    Dimension("month", "Month", "First day of the month.", "time", "dim_date", "month_start_date"),
    Dimension("quarter", "Quarter", "First day of the quarter.", "time", "dim_date", "quarter"),
    Dimension("year", "Year", "First day of the calendar year.", "time", "dim_date", "year"),
    Dimension("month_of_year", "Month of the year", "1 January to 12 December.", "integer",
              "dim_date", "month"),
    Dimension("weekday", "Weekday", "1 Monday to 7 Sunday.", "integer", "dim_date", "day_of_week"),
    Dimension("hour", "Hour", "Hour in the shop's time zone, 0 to 23.", "integer", "fact_orders",
              "hour_of_day"),
    Dimension("category", "Category", "Category at the time of the sale.", "text", "dim_product",
              "category"),
    Dimension("sub_category", "Sub-category", "Sub-category at the time of the sale.", "text",
              "dim_product", "sub_category"),
    Dimension("brand", "Brand", "Brand at the time of the sale.", "text", "dim_product", "brand"),
    Dimension("supplier", "Supplier", "Supplier at the time of the sale.", "text", "dim_product",
              "supplier"),
    Dimension("product", "Product", "The product, with its newest name.", "text", "dim_product",
              "product_id", ("product_id", "product_name")),
    Dimension("shipping_country", "Country shipped to", "Country it was sent to, else Unknown.",
              "text", "fact_orders", "shipping_country"),
    Dimension("channel", "Channel", "Where it was ordered, else Unknown.", "text", "fact_orders",
              "channel"),
    Dimension("payment_method", "Payment method", "How it was paid.", "text",
              "dim_payment_method", "payment_method"),
    Dimension("customer_country", "Customer's country", "Country of the customer at the time.",
              "text", "dim_customer", "country"),
    Dimension("customer_state", "Customer's state", "State of the customer at the time.", "text",
              "dim_customer", "state"),
    Dimension("customer_city", "Customer's city", "City of the customer at the time.", "text",
              "dim_customer", "city"),
    Dimension("segment", "Segment", "The shop's own segment of the customer at the time.", "text",
              "dim_customer", "segment"),
    Dimension("age_group", "Age group", "Age group of the customer at the time.", "text",
              "dim_customer", "age_group"),
    Dimension("gender", "Gender", "Gender of the customer at the time.", "text", "dim_customer",
              "gender"),
    Dimension("value_segment", "Value segment", "The customer's RFM segment today, else None.",
              "text", "agg_customer_value", "value_segment"),
    Dimension("customer", "Customer", "The customer's number; (guest) for all guests.", "text",
              "dim_customer", "customer_id", ("customer_id",)),
)  # fmt: skip

DIMENSIONS = {one.name: one for one in _ALL}
PRODUCT_DIMENSIONS = frozenset({"category", "sub_category", "brand", "supplier", "product"})
"""These belong to a line and not to a whole order."""
