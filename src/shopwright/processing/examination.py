"""The claims: what must be true before anything is published."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.processing.thresholds import nothing_published


class ClaimFailed(ShopwrightError):
    """What must be true of a warehouse was not: the batch was not published.

    `against` says for each claim that failed how many rows speak against it.
    """

    def __init__(self, against: Mapping[str, int], batch_number: int = 1) -> None:
        sentences = "; ".join(
            f"'{name.replace('_', ' ')}' is not true of {count} rows"
            for name, count in against.items()
        )
        super().__init__(
            f"{nothing_published(batch_number)}: {sentences}.",
            "The warehouse is as the last publication left it. `shopwright rebuild` derives it "
            "anew from production, and `shopwright run` publishes what is pending; if the claim "
            "still fails, please report it as an error of Shopwright.",
        )
        self.against = dict(against)

    @property
    def rows(self) -> int:
        """How many speak against any claim."""
        return sum(self.against.values())


@cache
def claims() -> dict[str, str]:
    """The claims by name: SELECTs of the rows that speak against them."""
    folder = files("shopwright.processing.claims")
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8").strip().removesuffix(";")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def examine(
    connection: Connection,
    run_id: int,
    batch_number: int,
    instead: dict[str, dict[str, str]],
    *,
    of_delivered_rows: bool = True,
) -> int:
    """Records every claim's result and gives their number. Raises ClaimFailed.

    `instead` says by claim which relations it may read in place of whole tables. Where no rows
    were delivered, claims about checked ones are left out.
    """
    against: dict[str, int] = {}
    examined = {
        name: select
        for name, select in claims().items()
        if of_delivered_rows or " checked." not in select
    }
    for name, select in examined.items():
        for table, relation in instead.get(name, {}).items():
            select = select.replace(f" {table} as", f" {relation} as")
        found = connection.execute(f"select count(*) from ({select}) as against").fetchone()
        assert found is not None
        against[name] = found[0]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.claim_results values (%s, %s, %s, %s, %s)",
            [(run_id, batch_number, name, rows == 0, rows) for name, rows in against.items()],
        )
    failed = {name: rows for name, rows in against.items() if rows}
    if failed:
        raise ClaimFailed(failed, batch_number)
    return len(against)


def narrowing(production: dict[str, str]) -> dict[str, dict[str, str]]:
    """For each claim, what it may read instead of whole tables, as only that has changed."""
    customers, products = (
        {
            f"warehouse.dim_{entity}": f"(select * from warehouse.dim_{entity} as versions where"
            f" {entity}_id in (select {entity}_id from {entity}s_with_changes))"
        }
        for entity in ("customer", "product")
    )
    sales = {
        "warehouse.fact_sales": "(select sales.* from warehouse.fact_sales as sales"
        " inner join touched_items using (item_id))"
    }
    orders = {
        "warehouse.fact_orders": "(select orders.* from warehouse.fact_orders as orders"
        " inner join touched_transaction_ids using (transaction_id))"
    }
    dates = {"warehouse.fact_orders": "date_orders_after"}
    months = {
        f"warehouse.{table}": f"(select * from warehouse.{table} as monthly where {day} in (select"
        f" cast(date_trunc('month', full_date) as date) from touched_dates))"
        for table, day in {
            "agg_product_performance": "month_start_date",
            "agg_category_month": "month_start_date",
            "agg_payment_month": "month_start_date",
            "agg_hour_of_week": "month_start_date",
            "agg_daily_sales": "cast(date_trunc('month', business_date) as date)",
        }.items()
    }
    placed = {
        table: f"(select placed.* from {table} as placed"
        " inner join placed_dates using (business_date))"
        for table in ("production.transactions", "warehouse.agg_daily_order_status")
    }
    touched_customers = {
        "warehouse.fact_orders": "customer_orders_after",
        "warehouse.agg_customer_orders": "(select * from warehouse.agg_customer_orders as customers"
        " where customer_id in (select customer_id from touched_customers))",
    }
    valued = "select customer_id from touched_customers"
    valued += " union select customer_id from touched_customer_orders"
    values = {
        f"warehouse.{table}": f"(select * from warehouse.{table} as customers"
        f" where customer_id in ({valued}))"
        for table in ("agg_customer_orders", "agg_customer_value")
    }
    baskets = {
        "warehouse.fact_sales": "sales_after",
        "warehouse.agg_product_pairs": "(select sum(order_count) as order_count"
        " from warehouse.agg_product_pairs"
        " union all select -pair_count from pairs_of_other_baskets)",
    }
    # the delivered states that production holds, and those that a newer one there has overtaken
    lines = {
        "production.transaction_items": "(select"
        " coalesce(published.quantity, items.quantity) as quantity,"
        " coalesce(published.unit_price, items.unit_price) as unit_price"
        " from checked.transaction_items as items"
        " left join production.transaction_items as published"
        " using (item_id, updated_at, delivery_key) where items.is_latest)"
    }
    deliveries = "select delivery_key from staging.files"
    accounts = {
        "ops.files": f"(select * from ops.files as files where delivery_key in ({deliveries}))",
        "ops.delivery_tables": "(select * from ops.delivery_tables as accounts"
        f" where delivery_key in ({deliveries}))",
    }
    return {
        "every_delivered_row_has_an_outcome": accounts,
        "every_row_set_aside_is_kept": accounts,
        "customer_orders_equal_orders": touched_customers,
        "customer_values_equal_customer_orders": values,
        "product_pairs_equal_baskets": baskets,
        "hours_of_the_week_equal_daily_sales": months,
        "every_customer_has_one_current_version": customers,
        "versions_of_a_customer_touch_without_gap_or_overlap": customers,
        "every_product_has_one_current_version": products,
        "versions_of_a_product_touch_without_gap_or_overlap": products,
        "every_fact_points_at_the_versions_valid_at_its_time": sales,
        "lines_delivered_are_published_or_set_aside": lines,
        "sales_equal_production": {**production, **sales},
        "orders_equal_sales": {**sales, **orders},
        "order_status_equals_production": placed,
        "daily_sales_equal_orders": dates,
        "monthly_aggregates_equal_daily_sales": months,
    }
