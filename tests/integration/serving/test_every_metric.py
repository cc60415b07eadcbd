"""Every metric by every dimension on a generated shop, whatever the path."""

import pytest
from tests.every_metric import check_every_metric, days
from tests.figures import DIMENSIONS
from tests.integration.serving.conftest import PublishedShop

from shopwright.serving.semantic import Filters

FILTERS = {
    "all": Filters(),
    "whole months": Filters(days("2024-02-01"), days("2024-04-30")),
    "some days": Filters(days("2024-02-11"), days("2024-03-17")),
    "values": Filters(values={"payment_method": ["credit_card", "paypal"], "weekday": [1, 6, 7]}),
    "lines": Filters(days("2024-01-01"), None, {"category": ["Women", "Shoes"]}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_every_path_gives_the_same_figure(sold: PublishedShop, name: str) -> None:
    compared, tables = check_every_metric(sold.connection, sold.lines, FILTERS[name])
    assert compared > 1000
    if name in ("all", "whole months"):
        assert {"agg_daily_sales", "agg_category_month", "agg_payment_month",
                "agg_hour_of_week", "agg_product_performance"} <= tables  # fmt: skip


def test_the_values_filtered_by_are_in_the_shop(sold: PublishedShop) -> None:
    for where in FILTERS.values():
        for name, values in where.values.items():
            kept = sold.lines.filter(DIMENSIONS[name][0].is_in(list(values)))
            assert 0 < kept.height < sold.lines.height, (name, values)
