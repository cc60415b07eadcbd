"""Realistic shop data, day by day: the same seed gives the same bytes."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from shopwright.config.errors import ShopwrightError
from shopwright.generation.deliveries import Written
from shopwright.generation.exam import Exam
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.mess.rates import MessRates
from shopwright.generation.period import Block, blocks
from shopwright.generation.profile import (
    FIRST_DAY,
    LAST_DAY,
    MOST_TRANSACTIONS,
    Profile,
    Size,
)
from shopwright.generation.profile_files import ProfileInvalid, ProfileNotFound, load_profile
from shopwright.generation.shop import Shop

__all__ = [
    "FolderHoldsDeliveries",
    "GenerationSummary",
    "ImpossibleArgument",
    "Profile",
    "ProfileInvalid",
    "ProfileNotFound",
    "generate",
    "load_profile",
    "resized",
]

WRITERS = 2  # making a file costs up to 1 ms in the kernel; another block is made meanwhile


class ImpossibleArgument(ShopwrightError):
    """An argument of `generate` that no shop can have."""

    exit_code = 2


class FolderHoldsDeliveries(ShopwrightError):
    """The folder is not free: two shops' deliveries would mix."""

    exit_code = 2


@dataclass(frozen=True)
class GenerationSummary:
    """What was written: deliveries, of how many days, sales and returns, rows by table, bytes, and
    the seconds it took."""

    folder: Path
    days: int
    deliveries: int
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
    profile: Profile | None = None,
    days: int | None = None,
    transactions: int | None = None,
    seed: int | None = None,
    start: date | None = None,
    faults: FaultRates | None = None,
    mess: MessRates | None = None,
    answer_key: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> GenerationSummary:
    """Writes `folder/<YYYY-MM-DD>/{customers,products,transactions,transaction_items}.csv`.

    What the shop is like stands in the profile (see `load_profile`), the fashion shop's where
    none is given; days, transactions, seed and start replace what it says.

    The first day is the full catalogue, the customers registered up to then and that day's sales;
    later days hold new and changed rows; a table without any has no file, and a day without any
    no folder. `transactions` is the exact number of sales over all days; returns and repeated
    deliveries of orders whose status changed come on top. What would happen after the last day (a
    return, a cancellation) is not written.

    `faults` damages rows and `mess` lets deliveries come late, twice, in parts and so on; both
    draw from streams of their own, so that the shop stays the same; where they are not given, the
    profile's count. `answer_key` is a folder, written anew, for what is true of the shop and every
    fault planted.

    `progress` is called after each block of days with the days written and the days in all.

    Raises ImpossibleArgument, or FolderHoldsDeliveries where the folder is not free.
    """
    profile = resized(
        profile or load_profile(), days=days, transactions=transactions, seed=seed, start=start
    )
    _refuse_taken(folder)
    began = time.perf_counter()
    faults = FaultRates.from_table(profile.faults) if faults is None else faults
    mess = MessRates.from_table(profile.mess) if mess is None else mess
    size, days = profile.size, profile.size.days
    shop = Shop(profile)
    exam = Exam(folder, profile.seed, size.start, days, size.transactions, faults, mess, answer_key)
    written, width = Written(), exam.writers(WRITERS)
    with ThreadPoolExecutor(width) as writers, ThreadPoolExecutor(1) as notes:
        writing: deque[tuple[Block, Future[Written], Future[None]]] = deque()

        def finish_oldest() -> None:
            block, future, noted = writing.popleft()
            written.add(future.result())
            noted.result()
            if progress is not None:
                progress(block.end_day, days)

        for block in blocks(shop.start, shop.sales_per_day):
            news = shop.live(block)  # while the blocks before it are being written
            if len(writing) == width:
                finish_oldest()
            rows = writers.submit(shop.rows.tables, news)
            delivered = writers.submit(exam.deliver, block, rows)
            writing.append((block, delivered, notes.submit(exam.note, block, rows)))
        while writing:
            finish_oldest()
    exam.finish()
    return GenerationSummary(
        folder=folder,
        days=days,
        deliveries=written.deliveries,
        sales=shop.sales,
        returns=shop.returns,
        rows=written.rows,
        bytes=written.bytes,
        seconds=time.perf_counter() - began,
    )


def resized(
    profile: Profile,
    *,
    days: int | None = None,
    transactions: int | None = None,
    seed: int | None = None,
    start: date | None = None,
) -> Profile:
    """The profile with what is given instead. Raises ImpossibleArgument."""
    size = profile.size
    first = size.start if start is None else start
    length = size.days if days is None else days
    _refuse_impossible(length, transactions or 0, seed or 0, first)
    changed = Size(
        start=first,
        end=first + timedelta(days=length - 1),
        transactions=size.transactions if transactions is None else transactions,
        products=size.products,
    )
    return profile.model_copy(
        update={"size": changed, "seed": profile.seed if seed is None else seed}
    )


def _refuse_impossible(days: int, transactions: int, seed: int, start: date) -> None:
    if days < 1:
        raise ImpossibleArgument(f"days is {days}.", "Ask for at least 1 day.")
    if not 0 <= transactions <= MOST_TRANSACTIONS:
        raise ImpossibleArgument(
            f"transactions is {transactions:,}.",
            f"Ask for 0 or more transactions, and {MOST_TRANSACTIONS:,} at most.",
        )
    if seed < 0:
        raise ImpossibleArgument(f"seed is {seed}.", "Give a seed of 0 or more.")
    if not FIRST_DAY <= start <= LAST_DAY:
        raise ImpossibleArgument(f"start is {start}.", f"Start between {FIRST_DAY} and {LAST_DAY}.")
    if days > (LAST_DAY - start).days + 1:
        last = LAST_DAY - timedelta(days=days - 1)
        raise ImpossibleArgument(
            f"start is {start}, and {days:,} days from there end after {LAST_DAY}.",
            f"Start on {last} or earlier, or ask for fewer days."
            if days <= (LAST_DAY - FIRST_DAY).days + 1
            else "Ask for fewer days.",
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
