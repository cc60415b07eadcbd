"""The model's tables, and where each dimension of the semantic layer stands in them."""

from dataclasses import dataclass

from shopwright.serving.semantic.dimensions import DIMENSIONS

SALES, ORDERS = "Sales", "Orders"
DATES, CUSTOMERS, PRODUCTS, PAYMENT_METHODS = "Date", "Customer", "Product", "Payment method"
CHANNELS, SHIPPING_COUNTRIES, HOURS = "Channel", "Country shipped to", "Hour"
"""What tables are called in Power BI: in words, as what its viewers read; the warehouse's names
are in their queries."""
WAREHOUSE = {
    SALES: "fact_sales", ORDERS: "fact_orders", DATES: "dim_date", CUSTOMERS: "dim_customer",
    PRODUCTS: "dim_product", PAYMENT_METHODS: "dim_payment_method",
}  # fmt: skip
"""The warehouse's table behind each of the model's; the other three are columns of the facts."""


@dataclass(frozen=True)
class Field:
    """A column of the model; `hierarchy` names the one that it is a level of."""

    table: str
    column: str
    hierarchy: str | None = None


CALENDAR, CATALOGUE, GEOGRAPHY = "Calendar", "Catalogue", "Geography"
FIELDS = {
    "day": Field(DATES, "Day", CALENDAR),
    "week": Field(DATES, "Week"),
    "month": Field(DATES, "Month", CALENDAR),
    "quarter": Field(DATES, "Quarter", CALENDAR),
    "year": Field(DATES, "Year", CALENDAR),
    "month_of_year": Field(DATES, "Month of the year"),
    "weekday": Field(DATES, "Weekday"),
    "hour": Field(HOURS, "Hour"),
    "category": Field(PRODUCTS, "Category", CATALOGUE),
    "sub_category": Field(PRODUCTS, "Sub-category", CATALOGUE),
    "brand": Field(PRODUCTS, "Brand"),
    "supplier": Field(PRODUCTS, "Supplier"),
    "product": Field(PRODUCTS, "Product", CATALOGUE),
    "shipping_country": Field(SHIPPING_COUNTRIES, "Country shipped to"),
    "channel": Field(CHANNELS, "Channel"),
    "payment_method": Field(PAYMENT_METHODS, "Payment method"),
    "customer_country": Field(CUSTOMERS, "Country", GEOGRAPHY),
    "customer_state": Field(CUSTOMERS, "State", GEOGRAPHY),
    "customer_city": Field(CUSTOMERS, "City", GEOGRAPHY),
    "segment": Field(CUSTOMERS, "Segment"),
    "age_group": Field(CUSTOMERS, "Age group"),
    "gender": Field(CUSTOMERS, "Gender"),
    "value_segment": Field(CUSTOMERS, "Value segment"),
    "customer": Field(CUSTOMERS, "Customer"),
}
FINER = {
    "year": ("year", "quarter", "month", "day"),
    "quarter": ("quarter", "month", "day"),
    "month": ("month", "day"),
    "week": ("week", "day"),
    "customer_country": ("customer_country", "customer_state", "customer_city"),
}
"""The way down from a dimension where the page's file names none."""

assert FIELDS.keys() == DIMENSIONS.keys()
