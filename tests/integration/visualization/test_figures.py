"""The figures of every visual, against SQL of the tests' own on the facts."""

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.visualization.conftest import Shown

from shopwright.processing.watching import watches
from shopwright.serving.health import health_records
from shopwright.storage.roles import READER
from shopwright.visualization.definitions import pages, visuals

DAYS = "from=2024-03-01&to=2024-08-31"
LINES = """
    from warehouse.fact_sales as sales
    inner join warehouse.dim_date as dates on sales.date_key = dates.date_key
    inner join warehouse.dim_product as products on sales.product_key = products.product_key
    inner join warehouse.dim_customer as customers on sales.customer_key = customers.customer_key
    inner join warehouse.dim_payment_method as methods
        on sales.payment_method_key = methods.payment_method_key
"""
BETWEEN = "dates.full_date between '2024-03-01' and '2024-08-31'"
SQL = {
    "net": "sum(sales.net_amount)",
    "net_sales": "sum(sales.net_amount) filter (where not is_return)",
    "gross": "sum(sales.gross_amount) filter (where not is_return)",
    "discount": "sum(sales.discount_amount) filter (where not is_return)",
    "refunds": "-sum(sales.net_amount) filter (where is_return)",
    "profit": "sum(sales.profit_amount)",
    "orders": "count(distinct sales.transaction_id) filter (where not is_return)",
    "customers": "count(distinct customers.customer_id)"
    " filter (where not is_return and customers.customer_key <> 0)",
    "units": "sum(sales.quantity)",
    "units_sold": "sum(sales.quantity) filter (where not is_return)",
    "active_products": "count(distinct products.product_id) filter (where not is_return)",
}
SQL |= {
    "average_order_value": f"{SQL['net_sales']} / nullif({SQL['orders']}, 0)",
    "margin_rate": "sum(profit_amount) / nullif(sum(profit_amount + cost_amount), 0)",
    "discount_rate": f"{SQL['discount']} / nullif({SQL['gross']}, 0)",
    "refund_rate": f"{SQL['refunds']} / nullif({SQL['net_sales']}, 0)",
    "unit_return_rate": f"-sum(quantity) filter (where is_return) / nullif({SQL['units_sold']}, 0)",
    "return_rate": "cast(count(distinct sales.transaction_id) filter (where is_return) as numeric)"
    f" / nullif({SQL['orders']}, 0)",
    "items_per_order": "cast(count(*) filter (where not is_return) as numeric)"
    f" / nullif({SQL['orders']}, 0)",
    "revenue_per_product": f"sum(sales.net_amount) / nullif({SQL['active_products']}, 0)",
}
COLUMNS = {
    "category": "products.category",
    "sub_category": "products.sub_category",
    "shipping_country": "coalesce(sales.shipping_country, 'Unknown')",
    "channel": "coalesce(sales.channel, 'Unknown')",
    "payment_method": "methods.payment_method",
    "age_group": "customers.age_group",
    "month": "dates.month_start_date",
    "week": "dates.week_start_date",
    "weekday": "dates.day_of_week",
    "hour": "sales.hour_of_day",
    "product": "products.product_id",
}
FILTERS = {
    "": "true",
    "&category=Women": "products.category = 'Women'",
    "&payment_method=paypal&payment_method=credit_card":
    "methods.payment_method in ('paypal', 'credit_card')",
    "&category=Women&shipping_country=Germany":
    "products.category = 'Women' and sales.shipping_country = 'Germany'",
}  # fmt: skip


def near(found: Any, expected: Any) -> bool:
    """To eight places: a ratio's are no more, and PostgreSQL's own differ in scale."""
    if found is None or expected is None:
        return found is None and (expected is None or expected == 0)
    return abs(Decimal(str(found)) - Decimal(expected)) <= Decimal("0.00000001")


@pytest.mark.parametrize("query", FILTERS)
def test_key_figures_are_those_of_the_facts(shown: Shown, query: str) -> None:
    compared = 0
    for page in pages().values():
        found = shown.page(page.name, DAYS + query)
        for visual in page.visuals:
            if visual.kind != "kpi" or not visual.is_of_metrics:
                continue
            if (name := visual.metrics[0]) in SQL:
                sql = f"select {SQL[name]} {LINES} where {BETWEEN} and {FILTERS[query]}"
                expected = shown.shop.value(sql)
                assert near(found[visual.name]["rows"][0][0], expected), (name, expected)
                compared += 1
    assert compared >= 12


def test_a_key_figure_stands_beside_the_period_and_the_year_before(shown: Shown) -> None:
    found = shown.page("executive", "from=2025-01-01&to=2025-01-31")["net"]

    def net(first: str, last: str) -> Decimal:
        days = f"dates.full_date between '{first}' and '{last}'"
        return Decimal(shown.shop.value(f"select sum(sales.net_amount) {LINES} where {days}"))

    now, before, year = (
        net("2025-01-01", "2025-01-31"), net("2024-12-01", "2024-12-31"),
        net("2024-01-01", "2024-01-31"),
    )  # fmt: skip
    assert near(found["rows"][0][0], now)
    period, last_year = found["comparison"]["prior_period"], found["comparison"]["prior_year"]
    assert (period["from"], period["to"]) == ("2024-12-01", "2024-12-31")
    assert (last_year["from"], last_year["to"]) == ("2024-01-01", "2024-01-31")
    assert near(period["value"], before)
    assert near(period["change"], now - before)
    assert near(period["growth"], (now - before) / before)
    assert near(last_year["value"], year)
    way = found["sparkline"]
    assert [one["format"] for one in way["columns"]] == ["day", "amount"]
    assert len(way["rows"]) == 31
    assert near(sum(Decimal(str(row[1])) for row in way["rows"]), now)


def test_before_the_first_day_there_is_nothing_to_compare_with(shown: Shown) -> None:
    found = shown.page("executive", "from=2023-12-01&to=2023-12-31")["net"]["comparison"]
    assert (found["prior_period"], found["prior_year"]) == (None, None)


def of_dimensions() -> list[str]:
    """The visuals of metrics and dimensions whose SQL is written above."""
    return [
        name
        for name, one in visuals().items()
        if one.is_of_metrics and one.dimensions and one.bridge is None
        and set(one.metrics) & SQL.keys() and set(one.dimensions) <= COLUMNS.keys()
    ]  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("name", of_dimensions())
def test_a_visual_shows_what_the_facts_say(shown: Shown, name: str, query: str) -> None:
    visual = visuals()[name]
    found = shown.visual(name, DAYS + query)
    assert found["rows"]
    columns = [one["name"] for one in found["columns"]]
    keys = [one["name"] for one in found["columns"] if one["role"] == "dimension"]
    by = [COLUMNS.get(key.removesuffix("_id"), "") for key in keys]
    metrics = [one for one in visual.metrics if one in SQL]
    rows = shown.shop.rows(
        f"select {', '.join([*by, *(SQL[one] for one in metrics)])} {LINES}"
        f" where {BETWEEN} and {FILTERS[query]} group by {', '.join(by)}"
    )
    expected = {tuple(str(one) for one in row[: len(by)]): row[len(by) :] for row in rows}
    for row in found["rows"]:
        shown_values = dict(zip(columns, row, strict=True))
        key = tuple(str(shown_values[one]) for one in keys)
        for metric, figure in zip(metrics, expected.get(key, [0] * len(metrics)), strict=True):
            assert near(shown_values[metric] or None, figure or None), (key, metric)
    if visual.limit is None and visual.kind not in ("line", "combo", "stacked_bar"):
        assert len(found["rows"]) == sum(any(row) for row in expected.values())
    if found["totals"]:
        sql = f"select {', '.join(SQL[one] for one in metrics)} {LINES}"
        whole = shown.shop.row(f"{sql} where {BETWEEN} and {FILTERS[query]}")
        totals = dict(zip(columns, found["totals"], strict=True))
        for metric, figure in zip(metrics, whole, strict=True):
            assert near(totals[metric], figure), metric


def test_a_waterfall_reaches_its_end(shown: Shown) -> None:
    rows = shown.visual("executive.from_gross_to_net", DAYS)["rows"]
    sql = f"select {SQL['gross']}, {SQL['discount']}, {SQL['refunds']}, {SQL['net']} {LINES}"
    gross, discount, refunds, net = shown.shop.row(f"{sql} where {BETWEEN}")
    assert [row[2] for row in rows] == [1, 0, 0, 1]
    amounts = [Decimal(str(row[1])) for row in rows]
    assert amounts == [gross, -discount, -refunds, net]
    assert sum(amounts[:3]) == net


def test_price_volume_and_mix_explain_the_change(shown: Shown) -> None:
    rows = shown.visual("sales.price_volume_mix", DAYS)["rows"]
    start, volume, price, mix, end = (Decimal(str(row[1])) for row in rows)
    sold = f"select {SQL['net_sales']}, {SQL['units_sold']} {LINES} where dates.full_date between"
    before, units_before = shown.shop.row(f"{sold} '2023-09-01' and '2024-02-29'")
    now, units = shown.shop.row(f"{sold} '2024-03-01' and '2024-08-31'")
    assert (start, end) == (before, now)
    assert start + volume + price + mix == end
    assert volume == round((units - units_before) * before / units_before, 4)
    per_product = f"""
        select products.product_id, {SQL["net_sales"]} as money, {SQL["units_sold"]} as units
        {LINES} where dates.full_date between %s and %s group by products.product_id
    """
    new = shown.shop.rows(per_product, ["2024-03-01", "2024-08-31"])
    old = {row[0]: row[1:] for row in shown.shop.rows(per_product, ["2023-09-01", "2024-02-29"])}
    expected = sum(
        (money / count - old[product][0] / old[product][1]) * count
        for product, money, count in new
        if count and product in old and old[product][1]
    )
    assert price == round(expected, 4)
    assert price != 0


def test_pareto_says_how_many_make_most(shown: Shown) -> None:
    found = shown.visual("products.pareto", DAYS)
    amounts = [
        row[0]
        for row in shown.shop.rows(
            f"select {SQL['net']} {LINES} where {BETWEEN} group by products.product_id"
            f" having {SQL['net']} > 0 order by 1 desc"
        )
    ]
    running, needed = Decimal(0), 0
    for amount in amounts:
        needed += running < sum(amounts) * Decimal("0.8")
        running += amount
    assert f"{needed} of {len(amounts)} make 80% of net revenue." in found["notes"]
    assert [Decimal(str(row[2])) for row in found["rows"]] == amounts[:60]
    assert near(found["rows"][1][3], round((amounts[0] + amounts[1]) / sum(amounts), 8))


@pytest.mark.parametrize("name", [name for name, one in visuals().items() if one.analysis])
def test_an_analysis_is_what_postgresql_answers(shown: Shown, name: str) -> None:
    visual = visuals()[name]
    found = shown.visual(name, DAYS)
    given: dict[str, object] = dict(visual.parameters)
    if "date" in visual.filters:
        given |= {"first_day": "2024-03-01", "last_day": "2024-08-31"}
    statement, values = visual.select.bound(given)
    for place in range(len(values), 0, -1):
        statement = statement.replace(f"${place} ", f"%(value_{place})s ")
    parameters: Any = {f"value_{place}": value for place, value in enumerate(values, 1)}
    wanted = ", ".join([*visual.dimensions, *visual.metrics])
    rows = shown.shop.rows(f"select {wanted} from ({statement}) as answer", parameters)
    assert len(found["rows"]) == len(rows) > 3
    for row, expected in zip(found["rows"], rows, strict=True):
        for value, other in zip(row, expected, strict=True):
            assert near(value, other) if isinstance(other, Decimal) else str(value) == str(other)


def test_a_filter_that_does_not_apply_is_named(shown: Shown) -> None:
    page = shown.page("products", "category=Women")
    assert "Not filtered by category: it shows all." in page["affinity"]["notes"]
    assert not any("Not filtered" in note for note in page["top"]["notes"])
    shipping = shown.page("payments", "category=Women")["shipping"]
    assert shipping["notes"] == ["Not filtered by category: it shows all."]
    assert shipping["rows"] == shown.page("payments")["shipping"]["rows"]


def test_drilling_goes_down_the_path(shown: Shown) -> None:
    found = shown.visual("executive.categories", f"{DAYS}&drill=category:Women")
    rows = shown.shop.rows(
        f"select products.sub_category, {SQL['net']} {LINES}"
        f" where {BETWEEN} and products.category = 'Women' group by 1 order by 2 desc"
    )
    assert [(row[0], Decimal(str(row[1]))) for row in found["rows"]] == rows
    shelf = rows[0][0]
    deeper = shown.visual(
        "executive.categories", f"{DAYS}&drill=category:Women&drill=sub_category:{shelf}"
    )
    assert [one["name"] for one in deeper["columns"]] == ["product_id", "product_name", "net"]
    products = shown.shop.rows(
        f"select products.product_id, {SQL['net']} {LINES} where {BETWEEN}"
        " and products.sub_category = %s group by 1 order by 2 desc, 1",
        [shelf],
    )
    assert [(row[0], Decimal(str(row[2]))) for row in deeper["rows"]] == products[:20]
    assert ("Only the first 20 are shown." in deeper["notes"]) == (len(products) > 20)


def test_health_tells_of_runs_and_rows(shown: Shown) -> None:
    page = shown.page("pipeline", "from=2023-12-01&to=2025-12-31")
    count = "select sum(row_count), sum(accepted_count) from ops.delivery_tables"
    rows, accepted = shown.shop.row(count)
    assert sum(sum(row[1:]) for row in page["rows_in"]["rows"]) == rows
    assert sum(row[1] for row in page["rows_in"]["rows"]) == accepted
    assert [row[1:3] for row in page["runs"]["rows"]] == [["run", "published"]]
    broken = "select sum(row_count) from quality.rule_results"
    assert sum(row[-1] for row in page["broken_rules"]["rows"]) == shown.shop.value(broken)
    is_open = "select count(*) from quality.rejected_rows, unnest(broken_rules)"
    is_open += " where status in ('rejected', 'waiting')"
    assert sum(row[3] for row in page["open_rejections"]["rows"]) == shown.shop.value(is_open)
    assert {row[0] for row in page["quality_scores"]["rows"]} == {
        "customers", "products", "transactions", "transaction_items",
    }  # fmt: skip


def test_it_reads_as_the_reader(shown: Shown) -> None:
    with shown.dashboard.warehouse._pool.connection() as connection:
        assert connection.execute("select current_user").fetchone() == (READER,)
        refused = ("select * from production.customers", "delete from warehouse.fact_sales")
        for statement in refused:
            with pytest.raises(Exception, match=r"permission denied|read-only"):
                connection.execute(statement)
            connection.rollback()


def test_a_period_of_an_analysis_is_told_as_what_it_is(shown: Shown) -> None:
    for days, period in (
        ("from=2023-12-01&to=2024-11-30", "month"), ("from=2024-01-01&to=2024-02-29", "week"),
    ):  # fmt: skip
        first = shown.page("payments", days)["order_status"]["columns"][0]
        assert (first["name"], first["format"]) == ("period_start_date", period)


def test_broken_rules_say_what_they_count() -> None:
    (units,) = (one for one in health_records()["broken_rules"].parameters if one.name == "units")
    told = json.loads(str(units.default))
    assert set(told) == {one.name for one in watches() if one.unit != "row"}
    assert {"day", "order"} <= set(told.values())
