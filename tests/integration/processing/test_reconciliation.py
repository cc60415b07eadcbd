"""What is reconciled within a run: a figure that goes wrong on its way stops it, and all of it."""

import pytest
from tests.shop import Shop, customer, item, product, refund, sale

from shopwright.processing.examination import ClaimFailed

WRONG: list[tuple[str, str, str]] = [
    ("production.transaction_items", "unit_price = new.unit_price + 1", "lines_delivered_are"),
    ("warehouse.fact_sales", "net_amount = new.net_amount + 0.0001", "sales_equal_production"),
    ("warehouse.fact_sales", "original_net_amount = 1", "sales_equal_production"),
    ("warehouse.fact_orders", "net_amount = new.net_amount + 0.0001", "orders_equal_sales"),
    ("warehouse.agg_daily_sales", "order_count = new.order_count + 1", "daily_sales_equal_orders"),
    ("warehouse.agg_daily_sales", "net_amount = 0", "monthly_aggregates_equal_daily_sales"),
    ("warehouse.agg_product_performance", "net_amount = 0", "monthly_aggregates"),
    ("warehouse.agg_category_month", "item_count = new.item_count + 1", "monthly_aggregates"),
    ("warehouse.agg_payment_month", "net_amount = 0", "monthly_aggregates_equal_daily_sales"),
    ("warehouse.agg_hour_of_week", "order_count = new.order_count + 1", "hours_of_the_week"),
    ("warehouse.agg_daily_order_status", "order_count = new.order_count + 1", "order_status"),
    ("warehouse.agg_customer_orders", "net_amount = 0", "customer_orders_equal_orders"),
    ("warehouse.agg_customer_value", "net_amount = 0", "customer_values_equal_customer_orders"),
    ("warehouse.agg_cohort_retention", "net_amount = 0", "cohorts_equal_customer_orders"),
    ("warehouse.agg_value_fifths", "net_amount = 0.5", "scores_split_the_customers_in_five"),
    ("warehouse.agg_product_pairs", "order_count = new.order_count + 1", "product_pairs"),
    ("ops.files", "row_count = new.row_count + 1", "every_delivered_row_has_an_outcome"),
    ("quality.rejected_rows", "status = 'published'", "every_row_set_aside_is_kept"),
]  # fmt: skip


def deliver(shop: Shop, day: str, number: int) -> None:
    """Two sales and a return of a customer, and a rejected line."""
    shop.deliver(
        f"2024-05-{day}",
        customers=[customer(f"C{number}")],
        products=[product("P1", category="Toys"), product("P2", category="Games")],
        transactions=[
            sale(f"T{number}", f"2024-05-{day} 10:00", customer_id=f"C{number}"),
            refund(f"R{number}", f"2024-05-{day} 11:00", customer_id=f"C{number}"),
        ],
        transaction_items=[
            item(f"I{number}1", f"T{number}", "P1", 3, 10 + number),
            item(f"I{number}2", f"T{number}", "P2", 1, 5),
            item(f"I{number}3", f"R{number}", "P1", -1, 10 + number),
            item(f"I{number}4", f"T{number}", "P1", 0, 10),
        ],
    )


def sabotage(shop: Shop, table: str, change: str) -> None:
    """Whatever is written into the table says something else from now on."""
    target, value = change.split(" = ")
    shop.execute(
        "create function public.sabotage() returns trigger language plpgsql as $$ begin"
        f" new.{target} := {value}; return new; end $$;"
        f"create trigger sabotage before insert or update on {table}"
        " for each row execute function public.sabotage()"
    )


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("table", "change", "claim"), WRONG, ids=[f"{table}.{change[:4]}" for table, change, _ in WRONG]
)
def test_a_wrong_figure_stops_the_run_and_leaves_what_was(
    shop: Shop, table: str, change: str, claim: str, is_first: bool
) -> None:
    if not is_first:
        deliver(shop, "01", 1)
        deliver(shop, "02", 2)
        shop.run()
    before = shop.fingerprint(), shop.rows("table ops.delivery_tables")
    sabotage(shop, table, change)
    deliver(shop, "03", 3)

    with pytest.raises(ClaimFailed, match=claim.replace("_", " ")):
        shop.run()
    assert (shop.fingerprint(), shop.rows("table ops.delivery_tables")) == before
    assert shop.value("select outcome from ops.runs order by run_id desc limit 1") == "failed"

    shop.execute(f"drop trigger sabotage on {table}")
    assert shop.run().deliveries == ["2024-05-03"]
    assert shop.rebuild() == {}


def test_what_changes_nothing_passes_every_claim(shop: Shop) -> None:
    deliver(shop, "01", 1)
    shop.run()
    shop.deliver("2024-05-04", customers=[customer("C1", segment="vip")])
    shop.deliver("2024-05-05", transactions=[sale("T1", "2024-06-01 10:00", customer_id="C1")])
    shop.run(one_by_one=True)
    assert shop.value("select count(*) from quality.claim_results where not holds") == 0
    assert shop.rows(
        "select business_date::text, net_amount from warehouse.agg_daily_sales order by 1"
    ) == [("2024-05-01", -11), ("2024-06-01", 38)]
