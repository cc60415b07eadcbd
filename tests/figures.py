"""Every metric by any dimension computed with Polars from exported CSVs: nobody's SQL."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl

Figures = dict[str, Any]
MONEY = pl.Decimal(38, 4)
SALE, KNOWN = ~pl.col("is_return"), pl.col("customer_key") != 0
MONDAY = pl.col("full_date").dt.truncate("1w")
DIMENSIONS: dict[str, list[pl.Expr]] = {
    "day": [pl.col("full_date")],
    "week": [MONDAY],
    "month": [pl.col("full_date").dt.truncate("1mo")],
    "quarter": [pl.col("full_date").dt.truncate("1q")],
    "year": [pl.col("full_date").dt.truncate("1y")],
    "month_of_year": [pl.col("full_date").dt.month().cast(pl.Int64)],
    "weekday": [pl.col("full_date").dt.weekday().cast(pl.Int64)],
    "hour": [pl.col("hour_of_day")],
    "category": [pl.col("category")],
    "sub_category": [pl.col("sub_category")],
    "brand": [pl.col("brand")],
    "supplier": [pl.col("supplier")],
    "product": [pl.col("product_id"), pl.col("newest_name")],
    "shipping_country": [pl.col("shipping_country").fill_null("Unknown")],
    "channel": [pl.col("channel").fill_null("Unknown")],
    "payment_method": [pl.col("payment_method")],
    "customer_country": [pl.col("country")],
    "customer_state": [pl.col("state")],
    "customer_city": [pl.col("city")],
    "segment": [pl.col("segment")],
    "age_group": [pl.col("age_group")],
    "gender": [pl.col("gender")],
    "value_segment": [pl.col("value_segment").fill_null("None")],
    "customer": [pl.col("customer_id")],
}


def exported_lines(folder: Path) -> pl.DataFrame:
    """Every line of the fact with all that describes it, from the CSVs of an export."""
    table = lambda name: _table(folder, name)  # noqa: E731
    versions = table("dim_product")
    newest = versions.filter("is_current").select("product_id", newest_name="product_name")
    firsts = (
        table("fact_sales").filter(SALE & KNOWN)
        .join(table("dim_customer"), on="customer_key").join(table("dim_date"), on="date_key")
        .group_by("customer_id").agg(first_date=pl.col("full_date").min())
    )  # fmt: skip
    shipping = table("fact_orders").select("transaction_id", "shipping_amount")
    lines = (
        table("fact_sales")
        .join(table("dim_date").select("date_key", "full_date"), on="date_key")
        .join(versions.drop("valid_from", "valid_to", "is_current", "unit_price", "unit_cost"),
              on="product_key")
        .join(newest, on="product_id")
        .join(table("dim_payment_method"), on="payment_method_key")
        .join(table("dim_customer").drop("valid_from", "valid_to", "is_current"),
              on="customer_key")
        .join(table("agg_customer_value").select("customer_id", "value_segment"),
              on="customer_id", how="left")
        .join(firsts, on="customer_id", how="left")
        .join(shipping, on="transaction_id")
    )  # fmt: skip
    assert lines.height == table("fact_sales").height
    return lines


def _table(folder: Path, name: str) -> pl.DataFrame:
    file = folder / f"{name}.csv"
    header = file.read_text().split("\n", 1)[0].split(",")
    kinds: dict[str, Any] = {
        one: MONEY if one.endswith("_amount") or one in ("quantity", "unit_count")
        else pl.Boolean if one.startswith("is_")
        else pl.Date if one.endswith("_date")
        else pl.Int64 if one.endswith("_key") or one == "hour_of_day"
        else pl.String
        for one in header
    }  # fmt: skip
    return pl.read_csv(file, schema_overrides=kinds)


def figures(lines: pl.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], Figures]:
    """All metrics of each group that has any line."""
    keys = [
        expression.alias(f"key_{place}_{part}")
        for place, name in enumerate(by)
        for part, expression in enumerate(DIMENSIONS[name])
    ]
    grouped = lines.with_columns(keys, everything=pl.lit(0))
    names = [f"key_{place}_{part}" for place, name in enumerate(by)
             for part, _ in enumerate(DIMENSIONS[name])]  # fmt: skip
    on = names or ["everything"]
    found = grouped.group_by(on).agg(**_sums(), **_counts())
    repeated = (
        grouped.filter(SALE & KNOWN).group_by([*on, "customer_id"])
        .agg(orders=pl.col("transaction_id").n_unique()).filter(pl.col("orders") >= 2)
        .group_by(on).agg(repeat_customers=pl.len())
    )  # fmt: skip
    shipping = (
        grouped.unique([*on, "transaction_id"]).group_by(on)
        .agg(shipping=pl.col("shipping_amount").sum())
    )  # fmt: skip
    found = found.join(repeated, on=on, how="left").join(shipping, on=on, how="left")
    return {
        tuple(row[name] for name in names): _with_ratios(row) for row in found.iter_rows(named=True)
    }


def _sums() -> dict[str, pl.Expr]:
    def total(column: str, condition: pl.Expr | None = None) -> pl.Expr:
        found = pl.col(column) if condition is None else pl.col(column).filter(condition)
        return found.sum()

    return {
        "gross": total("gross_amount", SALE),
        "discount": total("discount_amount", SALE),
        "net_sales": total("net_amount", SALE),
        "returned_net": total("net_amount", ~SALE),
        "net": total("net_amount"),
        "tax": total("tax_amount"),
        "cost": total("cost_amount"),
        "profit": total("profit_amount"),
        "units": total("quantity"),
        "units_sold": total("quantity", SALE),
        "returned_units": total("quantity", ~SALE),
        "known_net": total("net_amount", KNOWN),
        "known_profit": total("profit_amount", KNOWN),
    }


def _counts() -> dict[str, pl.Expr]:
    order, customer = pl.col("transaction_id"), pl.col("customer_id")
    return {
        "orders": order.filter(SALE).n_unique(),
        "returns": order.filter(~SALE).n_unique(),
        "known_orders": order.filter(SALE & KNOWN).n_unique(),
        "guest_orders": order.filter(SALE & ~KNOWN).n_unique(),
        "lines": SALE.sum(),
        "customers": customer.filter(SALE & KNOWN).n_unique(),
        "new_customers": customer.filter(
            SALE & KNOWN & (pl.col("full_date") == pl.col("first_date"))
        ).n_unique(),
        "active_products": pl.col("product_id").filter(SALE).n_unique(),
    }


RATIOS: dict[str, Callable[[Figures], tuple[Any, Any]]] = {
    "discount_rate": lambda row: (row["discount"], row["gross"]),
    "refund_rate": lambda row: (row["refunds"], row["net_sales"]),
    "margin_rate": lambda row: (row["profit"], row["profit"] + row["cost"]),
    "profit_per_order": lambda row: (row["profit"], row["orders"]),
    "return_rate": lambda row: (row["returns"], row["orders"]),
    "items_per_order": lambda row: (row["lines"], row["orders"]),
    "unit_return_rate": lambda row: (row["units_returned"], row["units_sold"]),
    "units_per_order": lambda row: (row["units_sold"], row["orders"]),
    "average_order_value": lambda row: (row["net_sales"], row["orders"]),
    "average_unit_price": lambda row: (row["net_sales"], row["units_sold"]),
    "repeat_rate": lambda row: (row["repeat_customers"], row["customers"]),
    "orders_per_customer": lambda row: (row["known_orders"], row["customers"]),
    "revenue_per_customer": lambda row: (row["known_net"], row["customers"]),
    "lifetime_value": lambda row: (row["known_profit"], row["customers"]),
    "guest_order_rate": lambda row: (row["guest_orders"], row["orders"]),
    "revenue_per_product": lambda row: (row["net"], row["active_products"]),
}


def _with_ratios(row: Figures) -> Figures:
    row["refunds"] = -row.pop("returned_net")
    row["units_returned"] = -row.pop("returned_units")
    row["repeat_customers"] = row["repeat_customers"] or 0
    row["returning_customers"] = row["customers"] - row["new_customers"]
    return row | {name: ratio(*parts(row)) for name, parts in RATIOS.items()}


def ratio(left: Any, right: Any) -> Decimal | None:
    """A division to eight places; null by zero."""
    if not right:
        return None
    return (Decimal(left) / Decimal(right)).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def between(lines: pl.DataFrame, start: date | None, end: date | None) -> pl.DataFrame:
    """The lines of some days, both ends included."""
    if start is not None:
        lines = lines.filter(pl.col("full_date") >= start)
    return lines if end is None else lines.filter(pl.col("full_date") <= end)
