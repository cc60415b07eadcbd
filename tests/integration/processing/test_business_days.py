"""Where the clocks change, every sale keeps its day: none is missing, none is doubled."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.shop import Row, Shop, item, product, sale

from shopwright.storage.database import Database

CHANGES = [
    ("Europe/Berlin", "2024-03-31"),  # 02:00 is 03:00: a day of 23 hours
    ("Europe/Berlin", "2024-10-27"),  # 03:00 is 02:00 once more: one of 25
    ("America/Sao_Paulo", "2018-11-04"),  # 00:00 is 01:00: the day has no midnight
    ("America/Sao_Paulo", "2018-02-17"),  # at its end it is 23:00 once more
]


def sold(shop: Shop, moments: list[str]) -> dict[str, int]:
    """Publishes a sale at each moment, and gives the orders of each day in the warehouse."""
    transactions: list[Row] = [sale(f"T{n}", at) for n, at in enumerate(moments)]
    lines: list[Row] = [item(f"I{n}", f"T{n}") for n in range(len(moments))]
    shop.deliver(
        "2024-12-01", products=[product()], transactions=transactions, transaction_items=lines
    )
    shop.run()
    assert shop.value("select count(*) from warehouse.fact_orders") == len(moments)
    assert shop.value("select sum(order_count)::int from warehouse.agg_daily_sales") == len(moments)
    days = shop.rows(
        "select business_date::text, sum(order_count)::int from warehouse.agg_daily_sales"
        " group by business_date order by business_date"
    )
    assert shop.value("select count(*) from warehouse.dim_date") == shop.value(
        "select count(distinct full_date) from warehouse.dim_date"
    )
    return dict(days)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_every_half_hour_of_the_clock_is_of_the_day_it_shows(
    database: Database, tmp_path: Path, zone: str, change: str
) -> None:
    """The till writes what its clock shows, also a time that is left out or comes twice."""
    shop = Shop(tmp_path, database, timezone=zone)
    days = [date.fromisoformat(change) + timedelta(days=n) for n in (-1, 0, 1)]
    moments = [
        f"{day} {hour:02}:{minute}" for day in days for hour in range(24) for minute in ("00", "30")
    ]
    assert sold(shop, moments) == {str(day): 48 for day in days}


@pytest.mark.parametrize(
    ("zone", "change", "half_hours"),
    [(*CHANGES[0], 46), (*CHANGES[1], 50), (*CHANGES[2], 46), (*CHANGES[3], 50)],
)
def test_every_half_hour_of_the_world_is_of_the_day_of_the_shop(
    database: Database, tmp_path: Path, zone: str, change: str, half_hours: int
) -> None:
    """The web shop writes moments in UTC: the day of the change is an hour shorter or longer."""
    shop = Shop(tmp_path, database, timezone=zone)
    day = date.fromisoformat(change)
    start = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1)
    moments = [f"{start + timedelta(minutes=30 * n):%Y-%m-%d %H:%M}+00:00" for n in range(48 * 4)]
    assert sold(shop, moments)[change] == half_hours
