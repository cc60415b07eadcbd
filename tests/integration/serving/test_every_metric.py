"""Every metric by every dimension on a generated shop, whatever the path."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from tests.every_metric import check_every_metric, check_the_dashboard, days
from tests.figures import DIMENSIONS
from tests.integration.serving.conftest import PublishedShop

from shopwright.serving.semantic import Filters, answer
from shopwright.serving.semantic.catalog import forms
from shopwright.visualization.columnar_copy import ColumnarCopy


@pytest.fixture(scope="module")
def copy(sold: PublishedShop) -> Iterator[ColumnarCopy]:
    """The dashboard's copy of the shop."""
    with closing(ColumnarCopy(sold.connection)) as made:
        yield made


FILTERS = {
    "all": Filters(),
    "whole months": Filters(days("2024-02-01"), days("2024-04-30")),
    "some days": Filters(days("2024-02-11"), days("2024-03-17")),
    "values": Filters(values={"payment_method": ["credit_card", "paypal"], "weekday": [1, 6, 7]}),
    "lines": Filters(days("2024-01-01"), None, {"category": ["Women", "Shoes"]}),
    "one category": Filters(values={"category": ["Women"], "payment_method": ["credit_card"]}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_every_path_gives_the_same_figure(sold: PublishedShop, name: str) -> None:
    compared, tables = check_every_metric(
        partial(answer, sold.connection), sold.lines, FILTERS[name]
    )
    assert compared > 1000
    if name in ("all", "whole months"):
        assert {"agg_daily_sales", "agg_category_month", "agg_payment_month",
                "agg_hour_of_week", "agg_product_performance"} <= tables  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
def test_the_copy_of_the_dashboard_gives_the_same_figure(
    sold: PublishedShop, copy: ColumnarCopy, name: str
) -> None:
    compared, _ = check_every_metric(copy.answer, sold.lines, FILTERS[name])
    assert compared > 1000


@pytest.mark.parametrize("name", FILTERS)
def test_the_dashboard_tells_the_same_figure(
    sold: PublishedShop, copy: ColumnarCopy, name: str
) -> None:
    given = FILTERS[name]
    days_sold = sold.lines["full_date"]
    where = replace(given, start=given.start or days_sold.min(), end=given.end or days_sold.max())
    compared = check_the_dashboard(copy, sold.lines, where)
    assert compared > 500


@pytest.mark.parametrize("axis", ["day", "week", "month", "quarter", "year"])
def test_the_copy_of_the_dashboard_gives_the_same_forms(
    sold: PublishedShop, copy: ColumnarCopy, axis: str
) -> None:
    names = [f"{base}_{form}" for base in ("net", "orders", "repeat_rate", "margin_rate",
             "new_customers") for form in forms()]  # fmt: skip
    for where in (FILTERS["some days"], Filters(days("2023-12-01"), days("2024-12-31"))):
        for by in ([axis], [axis, "payment_method"]):
            for continuous in (False, True):
                given = answer(sold.connection, names, by, where, continuous=continuous)
                found = copy.answer(names, by, where, continuous=continuous)
                assert found.columns == given.columns
                assert sorted(found.rows, key=str) == sorted(given.rows, key=str)
                assert len(found.rows) > len(by) - 1


def test_the_values_filtered_by_are_in_the_shop(sold: PublishedShop) -> None:
    for where in FILTERS.values():
        for name, values in where.values.items():
            kept = sold.lines.filter(DIMENSIONS[name][0].is_in(list(values)))
            assert 0 < kept.height < sold.lines.height, (name, values)
