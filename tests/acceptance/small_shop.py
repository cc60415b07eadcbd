"""A random shop of some days, big enough that a run takes a moment, and a process that runs it."""

import os
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from tests.shop import Row, Shop, customer, item, product, refund, sale

import shopwright
from shopwright.storage.database import Database

ANOTHER_PROCESS = """
import sys
from pathlib import Path
from shopwright.storage.database import Database
from tests.shop import Shop
folder, url, batch_rows = sys.argv[1:]
with Database(url) as database:
    shop = Shop(Path(folder), database, batch_rows=int(batch_rows))
    print("ready", flush=True)
    print(shop.run().outcome, flush=True)
"""


def deliver_days(shop: Shop, days: range, *, orders: int, seed: int = 11) -> None:
    """A delivery a day: changing customers and products, sales and some returns of known lines."""
    for day in days:
        chance = random.Random(seed * 1000 + day)
        on = date(2024, 1, 1) + timedelta(days=day)
        transactions: list[Row] = []
        items: list[Row] = []
        for number in range(orders):
            order = f"T{day:03}-{number:04}"
            is_return = chance.random() < 0.1
            at = f"{on} {chance.randrange(24):02}:{chance.randrange(60):02}"
            buyer = f"C{chance.randrange(40)}" if chance.random() < 0.8 else ""
            make = refund if is_return else sale
            transactions.append(make(order, at, customer_id=buyer, payment_method="Card"))
            for line in range(chance.randint(1, 3)):
                quantity = chance.randint(1, 4) * (-1 if is_return else 1)
                items.append(
                    item(f"{order}-{line}", order, f"P{chance.randrange(30)}", quantity,
                         f"{chance.randrange(1, 5000) / 100:.2f}")
                )  # fmt: skip
        shop.deliver(
            str(on),
            customers=[
                customer(f"C{n}", segment=chance.choice(["new", "gold"]))
                for n in range(40) if day == days.start or chance.random() < 0.1
            ],
            products=[
                product(f"P{n}", unit_cost=chance.randrange(1, 9))
                for n in range(30) if day == days.start or chance.random() < 0.1
            ],
            transactions=transactions,
            transaction_items=items,
        )  # fmt: skip


def run_in_another_process(
    folder: Path, database: Database, *, batch_rows: int = 5_000_000
) -> subprocess.Popen[str]:
    """Starts a run in a process of its own and waits until it is about to begin."""
    root = Path(__file__).resolve().parents[2]
    package = Path(shopwright.__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER_PROCESS, str(folder), database.url, str(batch_rows)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{root}"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
