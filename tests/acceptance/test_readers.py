"""Who reads while a run publishes: the old totals or the new ones, never a mixture, and no wait."""

import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from tests.acceptance.small_shop import deliver_days
from tests.shop import Shop

from shopwright.storage.database import Database

POLL = """
    select facts.net_amount, facts.item_count, daily.net_amount, daily.item_count
    from (select sum(net_amount) as net_amount, count(*) as item_count from warehouse.fact_sales)
        as facts
    cross join (
        select sum(net_amount) as net_amount, sum(item_count) as item_count
        from warehouse.agg_daily_sales
    ) as daily
"""
LONGEST_WAIT = 0.5
"""Seconds."""

Totals = tuple[Decimal, int, Decimal, Decimal]


class Reader(threading.Thread):
    """Polls in a loop; keeps what it saw, when it changed, and the longest that a poll took."""

    def __init__(self, database: Database) -> None:
        super().__init__(daemon=True)
        self.database = database
        self.ends = threading.Event()
        self.seen: list[Totals] = []
        self.longest = 0.0
        self.count = 0

    def run(self) -> None:
        with self.database.connect(autocommit=True) as connection:
            while not self.ends.is_set():
                started = time.perf_counter()
                row = connection.execute(POLL).fetchone()
                self.longest = max(self.longest, time.perf_counter() - started)
                self.count += 1
                assert row is not None
                if not self.seen or self.seen[-1] != row:
                    self.seen.append(row)


@pytest.fixture
def half(database: Database, tmp_path: Path) -> Shop:
    """A shop whose first twelve days are published and whose next twelve are pending."""
    shop = Shop(tmp_path, database)
    deliver_days(shop, range(12), orders=400)
    shop.run()
    deliver_days(shop, range(12, 24), orders=400)
    return shop


def totals(shop: Shop) -> Totals:
    return shop.row(POLL)


@pytest.mark.parametrize("command", ["run", "rebuild"])
def test_a_reader_sees_the_old_totals_or_the_new_ones(half: Shop, command: str) -> None:
    old = totals(half)
    assert old[0] == old[2]
    assert old[1] == old[3]
    if command == "rebuild":
        half.execute("update warehouse.fact_sales set net_amount = net_amount + 1")
        half.execute("update warehouse.agg_daily_sales set net_amount = net_amount + item_count")
        wrong = totals(half)
    reader = Reader(half.database)
    reader.start()
    while not reader.count:
        time.sleep(0.01)
    started = time.perf_counter()
    if command == "run":
        half.run()
    else:
        assert half.rebuild()
    seconds = time.perf_counter() - started
    time.sleep(0.1)
    reader.ends.set()
    reader.join()

    new = totals(half)
    assert reader.seen == ([old, new] if command == "run" else [wrong, old])
    assert new[0] == new[2]
    assert (new[1] > old[1]) == (command == "run")
    print(
        f"{reader.count} polls in {seconds:.1f} s of {command}, the longest {reader.longest:.3f} s"
    )
    assert reader.count > 20
    assert reader.longest < LONGEST_WAIT


def test_one_by_one_a_reader_sees_every_day_whole(half: Shop) -> None:
    old = totals(half)
    reader = Reader(half.database)
    reader.start()
    half.run(one_by_one=True)
    reader.ends.set()
    reader.join()
    assert all(seen[0] == seen[2] and seen[1] == seen[3] for seen in reader.seen)
    assert reader.seen[0] == old
    assert 2 <= len(reader.seen) <= 13
    assert reader.longest < LONGEST_WAIT
