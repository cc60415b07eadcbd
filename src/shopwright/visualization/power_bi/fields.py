"""Where each dimension of the semantic layer stands in the model, and its way down."""

from dataclasses import dataclass

from shopwright.serving.semantic.dimensions import DIMENSIONS


@dataclass(frozen=True)
class Field:
    """A column of the model; `hierarchy` names the one that it is a level of."""

    table: str
    column: str
    hierarchy: str | None = None


CALENDAR, CATALOGUE, GEOGRAPHY = "Calendar", "Catalogue", "Geography"
FIELDS = {
    "day": Field("dim_date", "full_date", CALENDAR),
    "week": Field("dim_date", "week_start_date"),
    "month": Field("dim_date", "month_start_date", CALENDAR),
    "quarter": Field("dim_date", "year_quarter", CALENDAR),
    "year": Field("dim_date", "year", CALENDAR),
    "month_of_year": Field("dim_date", "month_name"),
    "weekday": Field("dim_date", "day_name"),
    "hour": Field("dim_hour", "hour_of_day"),
    "category": Field("dim_product", "category", CATALOGUE),
    "sub_category": Field("dim_product", "sub_category", CATALOGUE),
    "brand": Field("dim_product", "brand"),
    "supplier": Field("dim_product", "supplier"),
    "product": Field("dim_product", "product", CATALOGUE),
    "shipping_country": Field("dim_shipping_country", "shipping_country"),
    "channel": Field("dim_channel", "channel"),
    "payment_method": Field("dim_payment_method", "payment_method"),
    "customer_country": Field("dim_customer", "country", GEOGRAPHY),
    "customer_state": Field("dim_customer", "state", GEOGRAPHY),
    "customer_city": Field("dim_customer", "city", GEOGRAPHY),
    "segment": Field("dim_customer", "segment"),
    "age_group": Field("dim_customer", "age_group"),
    "gender": Field("dim_customer", "gender"),
    "value_segment": Field("dim_customer", "value_segment"),
    "customer": Field("dim_customer", "customer_id"),
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
