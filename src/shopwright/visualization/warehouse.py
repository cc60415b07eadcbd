"""What the dashboard asks: the published warehouse, and a copy of it in columns once it is made."""

import logging
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Protocol

import duckdb
import psycopg

from shopwright.config.errors import ShopwrightError
from shopwright.serving.analyses import Analysis
from shopwright.serving.semantic import Filters, Result, answer
from shopwright.storage.database import Database
from shopwright.visualization.columnar_copy import ColumnarCopy
from shopwright.visualization.reader_connections import reader_connections

LARGEST_COPY = 20_000_000
"""Lines. A copy of more takes memory that a shop's machine may not have: PostgreSQL answers."""
_LOOK_SECONDS = 1.0
_CHECK_SECONDS = 5.0
_log = logging.getLogger(__name__)


class NothingPublished(ShopwrightError):
    """There is no warehouse yet to show."""


class Asked(Protocol):
    """Whatever can answer for the warehouse."""

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
    ) -> Result:  # fmt: skip
        """The figures of metrics by dimensions."""
        ...

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        """The rows of a named SELECT."""
        ...


@dataclass(frozen=True)
class State:
    """One state of the warehouse: its days, when it was published, and what changes with it."""

    first: date
    last: date
    published_at: datetime
    stamp: tuple[object, ...]

    @property
    def version(self) -> str:
        """The stamp as a word."""
        return "-".join("".join(filter(str.isalnum, str(one))) for one in self.stamp)


class Warehouse:
    """Answers from the copy where there is one, else from PostgreSQL. Close it.

    Once it follows, a thread looks every second whether something was published, and then makes
    the copy anew; until it is done the former state is shown.
    """

    def __init__(self, database: Database, *, largest_copy: int = LARGEST_COPY) -> None:
        """Connects. Raises ReaderRefused, or NothingPublished before the first run."""
        self._pool = reader_connections(database)
        self._largest_copy = largest_copy
        self._copy: ColumnarCopy | None = None
        self._closing = threading.Event()
        self._is_ready = threading.Event()
        try:
            with self._pool.connection() as connection:
                self._state = _state(connection)
        except BaseException:
            self._pool.close()
            raise
        self._threads: list[threading.Thread] = []
        self._on_change: Callable[[], None] = lambda: None

    def follow(self, on_change: Callable[[], None]) -> None:
        """From now on makes the copy anew after each publication, and calls `on_change` then."""
        self._on_change = on_change
        self.go_on_beside("warehouse", self._watch)

    def go_on_beside(self, name: str, task: Callable[[], None]) -> None:
        """Does a task in a thread of its own; it ends once `pause` says that this is closed."""
        thread = threading.Thread(target=task, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Ends the threads and the connections."""
        self._closing.set()
        for thread in self._threads:  # one that DuckDB is at work for would abort the process
            thread.join()
        self._pool.close()
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    @property
    def state(self) -> State:
        """What is shown now."""
        return self._state

    def wait(self, seconds: float | None) -> bool:
        """Waits until the copy is made, or there will be none; False where it takes longer."""
        return self._is_ready.wait(seconds)

    def pause(self, seconds: float) -> bool:
        """Waits so long; False where the warehouse is closed meanwhile."""
        return not self._closing.wait(seconds)

    @property
    def has_copy(self) -> bool:
        """Whether the copy answers, and not PostgreSQL."""
        return self._copy is not None

    def wait_for_another(self, version: str, seconds: float) -> bool:
        """Waits until a state other than `version` is shown; False where it takes longer."""
        deadline = monotonic() + seconds
        while self._state.version == version:
            if monotonic() > deadline:
                return False
            self._closing.wait(0.05)
        return True

    def check(self) -> None:
        """Whether the database answers within seconds. Raises psycopg's errors, or PoolTimeout."""
        with self._pool.connection(timeout=_CHECK_SECONDS) as connection:
            connection.execute("select")

    @contextmanager
    def reading(self) -> Iterator[psycopg.Connection]:
        """A connection that reads as the reader."""
        with self._pool.connection() as connection:
            yield connection

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
    ) -> Result:  # fmt: skip
        """The figures of metrics by dimensions."""
        copy = self._copy
        if copy is not None:
            return copy.answer(metrics, by, where, order=order, limit=limit, continuous=continuous)
        with self._pool.connection() as connection:
            return answer(
                connection, metrics, by, where, order=order, limit=limit, continuous=continuous
            )

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        """The rows of a named SELECT. The records of runs are PostgreSQL's alone."""
        copy = self._copy
        if copy is not None and analysis.schemas == {"warehouse"}:
            return copy.select(analysis, given)
        statement, values = analysis.bound(given)
        with self._pool.connection() as connection:
            cursor = psycopg.RawCursor(connection)
            rows = cursor.execute(statement, values or None).fetchall()
            names = tuple(one.name for one in cursor.description or ())
        return Result(names, rows, analysis.tables)

    def _watch(self) -> None:
        copied: Hashable = None
        while not self._closing.is_set():
            try:
                found = self._look(copied)
                if found != copied:
                    copied = found
                    self._on_change()
            except (
                psycopg.Error,
                duckdb.Error,
                OSError,
                ShopwrightError,
            ) as error:
                _log.warning("The warehouse could not be read anew: %s", type(error).__name__)
            self._is_ready.set()
            self._closing.wait(_LOOK_SECONDS)

    def _look(self, copied: Hashable) -> Hashable:
        """Shows the newest state, from a copy where it is small enough. Gives its stamp."""
        with self._pool.connection() as connection:
            found = _state(connection)
            if found.stamp == copied:
                return copied
            copy = None
            if _lines(connection) <= self._largest_copy:
                connection.execute("set local statement_timeout = 0")
                copy = ColumnarCopy(connection, is_unwanted=self._closing.is_set)
        self._copy, self._state = copy, found
        return found.stamp


def _state(connection: psycopg.Connection) -> State:
    """Raises NothingPublished."""
    try:
        found = connection.execute(
            "select min(business_date), max(business_date),"
            " (select max(finished_at) from ops.runs where outcome = 'published'),"
            " (select max(run_id) from ops.runs where finished_at is not null),"
            " (select max(published_at) from ops.deliveries),"
            " (select count(*) from ops.deliveries)"
            " from warehouse.agg_daily_sales"
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        found = None
    if found is None or found[0] is None:
        raise NothingPublished(
            "Nothing was sold in this warehouse yet.", "Publish it with `shopwright run`."
        )
    first, last, finished_at, *stamp, published_at, count = found
    return State(first, last, finished_at or published_at, (*stamp, published_at, count))


def _lines(connection: psycopg.Connection) -> int:
    found = connection.execute(
        "select sum(item_count)::bigint from warehouse.agg_daily_sales"
    ).fetchone()
    assert found is not None
    return int(found[0])
