"""Realistic shop data, day by day: the same seed gives the same bytes."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from shopwright.config import ShopwrightError
from shopwright.generation.deliveries import Written
from shopwright.generation.exam import Exam
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.mess.rates import MessRates
from shopwright.generation.period import Block, blocks
from shopwright.generation.randomness import stream
from shopwright.generation.seasonality import sales_per_day
from shopwright.generation.shop import Shop

__all__ = ["FolderHoldsDeliveries", "GenerationSummary", "ImpossibleArgument", "generate"]

WRITERS = 2  # making a file costs up to 1 ms in the kernel; another block is made meanwhile


class ImpossibleArgument(ShopwrightError):
    """An argument of `generate` that no shop can have."""

    exit_code = 2


class FolderHoldsDeliveries(ShopwrightError):
    """The folder is not free: two shops' deliveries would mix."""

    exit_code = 2


@dataclass(frozen=True)
class GenerationSummary:
    """What was written: days, sales and returns, rows by table, bytes, and the seconds it took."""

    folder: Path
    days: int
    sales: int
    returns: int
    rows: dict[str, int]
    bytes: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """CSV rows over the four tables, per second."""
        return sum(self.rows.values()) / self.seconds


def generate(
    folder: Path,
    *,
    days: int = 90,
    transactions: int = 10_000,
    seed: int = 1,
    start: date = date(2024, 1, 1),
    faults: FaultRates | None = None,
    mess: MessRates | None = None,
    answer_key: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> GenerationSummary:
    """Writes `folder/<YYYY-MM-DD>/{customers,products,transactions,transaction_items}.csv`.

    The first day is the full catalogue, the customers registered up to then and that day's sales;
    later days hold new and changed rows, and no file where there are none. `transactions` is the
    exact number of sales over all days; returns (4 to 6 in 100 sales over a long period) and
    repeated deliveries of orders whose status changed come on top. What would happen after the
    last day (a return, a cancellation) is not written.

    `faults` damages rows and `mess` lets deliveries come late, twice, in parts and so on; both
    draw from streams of their own, so that the shop stays the same. `answer_key` is a folder,
    written anew, for what is true of the shop and every fault planted.

    `progress` is called after each block of days with the days written and the days in all.

    Raises ImpossibleArgument, or FolderHoldsDeliveries where the folder is not free.
    """
    _refuse_impossible(days, transactions, seed, start)
    _refuse_taken(folder)
    began = time.perf_counter()
    per_day = sales_per_day(stream(seed, "demand"), start, days, transactions)
    shop = Shop(seed, start, per_day)
    exam = Exam(folder, seed, start, days, transactions, faults, mess, answer_key)
    written, width = Written(), exam.writers(WRITERS)
    with ThreadPoolExecutor(width) as writers, ThreadPoolExecutor(1) as notes:
        writing: deque[tuple[Block, Future[Written], Future[None]]] = deque()

        def finish_oldest() -> None:
            block, future, noted = writing.popleft()
            written.add(future.result())
            noted.result()
            if progress is not None:
                progress(block.end_day, days)

        for block in blocks(start, per_day):
            tables = shop.live(block)  # while the blocks before it are being written
            if len(writing) == width:
                finish_oldest()
            delivered = writers.submit(exam.deliver, block, tables)
            writing.append((block, delivered, notes.submit(exam.note, block, tables)))
        while writing:
            finish_oldest()
    exam.finish()
    return GenerationSummary(
        folder=folder,
        days=days,
        sales=shop.sales,
        returns=shop.returns,
        rows=written.rows,
        bytes=written.bytes,
        seconds=time.perf_counter() - began,
    )


def _refuse_impossible(days: int, transactions: int, seed: int, start: date) -> None:
    if days < 1:
        raise ImpossibleArgument(f"days is {days}.", "Ask for at least 1 day.")
    if transactions < 0:
        raise ImpossibleArgument(
            f"transactions is {transactions:,}.", "Ask for 0 or more transactions."
        )
    if seed < 0:
        raise ImpossibleArgument(f"seed is {seed}.", "Give a seed of 0 or more.")
    if days > (date.max - start).days + 1:
        last = date.max - timedelta(days=days - 1)
        raise ImpossibleArgument(
            f"start is {start}, and {days:,} days from there end after {date.max}.",
            f"Start on {last} or earlier, or ask for fewer days.",
        )


def _refuse_taken(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderHoldsDeliveries(
            f"folder is {folder}, which is a file.", "Name a folder that is new or empty."
        )
    taken = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    deliveries = [name for name in taken if _is_day(name)]
    if deliveries:
        raise FolderHoldsDeliveries(
            f"folder is {folder}, which already holds {len(deliveries):,} deliveries "
            f"({deliveries[0]} to {deliveries[-1]}).",
            "Name another folder, or remove these deliveries first.",
        )


def _is_day(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True
