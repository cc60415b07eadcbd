"""The one transaction: staged rows become a published warehouse, whole or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from psycopg import Connection, sql

from shopwright.config import QualitySettings
from shopwright.ingestion.contract import contract
from shopwright.processing import (
    checking,
    declared,
    examination,
    outcomes,
    rejections,
    repetitions,
    scores,
    thresholds,
    touched,
    watching,
    writing,
)
from shopwright.processing.checking import Checked
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.temporary import make_temporary
from shopwright.processing.transforms import Transform, transforms
from shopwright.processing.versions import find_changed_histories, write_versions
from shopwright.processing.writing import Target
from shopwright.storage import bulk


@dataclass(frozen=True)
class Step:
    """A step of a run: what was written or found, and how long it took."""

    name: str
    rows: int
    seconds: float


@contextmanager
def timed(steps: list[Step], name: str) -> Iterator[list[int]]:
    """Adds a step to the others when the block is done; the block appends the rows it wrote."""
    started = time.perf_counter()
    rows: list[int] = []
    yield rows
    steps.append(Step(name, sum(rows), time.perf_counter() - started))


@dataclass
class Publication:
    """One batch on its way through the one transaction. `report` is told of every finished step;
    `retried_rows` are rejected ones to be judged again."""

    connection: Connection
    run_id: int
    batch_number: int = 1
    staged_rows: int = 0
    report: Callable[[Step], None] = lambda _: None
    quality: QualitySettings = field(default_factory=QualitySettings)
    rulebook: Rulebook = field(default_factory=Rulebook.of_package)
    retried_rows: list[int] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checked: dict[str, Checked] = field(default_factory=dict, init=False)

    @contextmanager
    def step(self, name: str) -> Iterator[list[int]]:
        """Times a step and tells of it; the block appends the rows it wrote."""
        with timed(self.steps, name) as rows:
            yield rows
        self.report(self.steps[-1])

    def publish(self) -> None:
        """From the staged rows to the claims, within the connection's transaction.

        The caller has written the ledger's deliveries and files, and commits. Raises
        TooManyRejected or ClaimFailed.
        """
        connection = self.connection
        prepare(connection, for_many_rows=self.staged_rows >= MANY_ROWS)
        if self.retried_rows:
            rejections.wait_again(connection, self.retried_rows)
        with self.step("waiting rows") as rows:
            rows.append(outcomes.stage_waiting_rows(connection))
        self._check()
        is_first = all(
            Target.of(transform).is_empty(connection)
            for transform in (*transforms("production"), *transforms("warehouse"))
            if transform.write != "append"
        )
        if is_first:
            with self.step("constraints set aside"):
                constraints = bulk.set_aside_constraints(connection)
            self._fill()
            with self.step("overtaken states"):
                for transform in transforms("production"):
                    found = self.checked.get(transform.table)
                    if found and found.has_repeated_keys:
                        repetitions.remember_first(connection, transform)
            with self.step("constraints and indexes"):
                bulk.restore_constraints(connection, constraints)
            narrowing = {}
        else:
            self._write_production()
            self._update_dimensions()
            narrowing = self._update_facts()
        with self.step("outcomes"):
            outcomes.record_outcomes(
                connection, self.run_id, self.batch_number, self.rulebook, self._breaking_rules()
            )
        with self.step("watch") as rows:
            rows.append(
                watching.watch(connection, self.run_id, self.batch_number, self.rulebook.watches)
            )
        self._examine_claims(narrowing)
        with self.step("quality.scores") as rows:
            rows.append(
                scores.record_scores(
                    connection,
                    self.run_id,
                    self.batch_number,
                    self.rulebook,
                    self._breaking_rules(),
                )
            )
            outcomes.keep_warning_samples(connection, self.run_id, self.batch_number)
        for table in contract():
            connection.execute(sql.SQL("drop table checked.{}").format(sql.Identifier(table)))

    def rebuild(self) -> None:
        """Derives the warehouse anew from production; only rows that were wrong are written."""
        connection = self.connection
        prepare(connection, for_many_rows=True)
        everything = sql.SQL("true")
        _defer_version_keys(connection)
        for transform in transforms("warehouse"):
            target = Target.of(transform)
            with self.step(transform.name) as rows:
                if transform.write == "versions":
                    assert transform.by
                    rows.append(
                        write_versions(
                            connection, target, transform.by, transform.select, everything
                        )
                    )
                elif transform.write == "append":
                    rows.append(writing.append(connection, target, transform.select))
                else:
                    rows.append(writing.replace(connection, target, transform.select))
        connection.execute("set constraints all immediate")
        self._examine_claims({}, of_delivered_rows=False)

    def _check(self) -> None:
        instead = declared.instead_of_staging(self.connection)
        for transform in sorted(
            transforms("checked"), key=lambda t: list(contract()).index(t.table)
        ):
            with self.step(transform.name) as rows:
                read = replace(transform, select=transform.narrowed(instead))
                rules = self.rulebook.in_force(transform.table)
                found = checking.check(self.connection, read, rules)
                rows.append(found.rows)
            with self.step(f"states.{transform.table}"):
                self.checked[transform.table] = checking.find_states(
                    self.connection, transform.table, found
                )
        flawed = [table for table in contract() if self.checked[table].is_flawed]
        with self.step("quality.rejected_rows"):
            for table in flawed:
                thresholds.hold(
                    self.connection, table, self.quality.largest_share(table), self.batch_number
                )
            for table in flawed:
                outcomes.set_aside(self.connection, table, self.run_id)

    def _breaking_rules(self) -> list[str]:
        return [table for table, found in self.checked.items() if found.breaks_rules]

    def _fill(self) -> None:
        """The first load: every table from its whole SELECT."""
        for transform in (*transforms("production"), *transforms("warehouse")):
            target = Target.of(transform)
            write = writing.append_in_parallel if transform.write == "append" else writing.fill
            with self.step(transform.name) as rows:
                rows.append(write(self.connection, target, transform.select))
                self.connection.execute(sql.SQL("analyze {}").format(target.name))

    def _write_production(self) -> None:
        connection = self.connection
        touched.keep_transactions(connection, "transactions_before")
        for transform in transforms("production"):
            target = Target.of(transform)
            is_delivered = transform.table in contract()
            with self.step(transform.name) as rows:
                has_known_keys = is_delivered and repetitions.mark(connection, transform)
                write = writing.append if transform.write == "append" else writing.upsert
                rows.append(write(connection, target, transform.select))
                if has_known_keys:
                    repetitions.remember(connection, transform)

    def _update_dimensions(self) -> None:
        connection = self.connection
        _defer_version_keys(connection)
        for transform in transforms("warehouse"):
            if not transform.table.startswith("dim_"):
                continue
            target = Target.of(transform)
            with self.step(transform.name) as rows:
                if transform.write == "versions":
                    rows.append(self._update_versions(transform, target))
                else:  # what a `replace` takes away, facts still point at: see _update_facts
                    rows.append(writing.append(connection, target, transform.select))

    def _update_versions(self, transform: Transform, target: Target) -> int:
        connection, entity, business_key = (
            self.connection,
            transform.table.removeprefix("dim_"),
            transform.by,
        )
        assert business_key
        find_changed_histories(connection, entity)
        return write_versions(
            connection,
            target,
            business_key,
            transform.narrowed({f"production.{entity}_history": f"changed_{entity}_histories"}),
            sql.SQL("existing.{key} in (select {key} from {changed})").format(
                key=sql.Identifier(business_key),
                changed=sql.Identifier(f"{entity}s_with_changes"),
            ),
        )

    def _update_facts(self) -> dict[str, dict[str, str]]:
        """Facts and aggregates of what was touched. Gives what the claims may read instead."""
        connection = self.connection
        with self.step("touched transactions") as rows:
            rows.append(touched.find_transactions(connection))
            touched.keep_transactions_after(connection)
            touched.keep_before(connection)
        production = {
            "production.transactions": "touched_transactions",
            "production.transaction_items": "touched_items",
        }
        by_name = {transform.table: transform for transform in transforms("warehouse")}
        sales, orders = by_name["fact_sales"], by_name["fact_orders"]
        with self.step("touched facts"):
            make_temporary(
                connection, "sales_after", sales.narrowed(production), ["item_id", "product_key"]
            )
            make_temporary(
                connection,
                "orders_after",
                orders.narrowed({"warehouse.fact_sales": "sales_after"}),
                ["transaction_id", "customer_key", "date_key"],
            )
            touched.find_customers_and_dates(connection)
        for fact, name, key in ((sales, "sales", "item_id"), (orders, "orders", "transaction_id")):
            with self.step(fact.name) as rows:
                scope = f"existing.{key} in (select {key} from {name}_before)"
                rows.append(
                    writing.replace(
                        connection, Target.of(fact), f"select * from {name}_after", sql.SQL(scope)
                    )
                )
        connection.execute("set constraints all immediate")
        touched.keep_after(connection)
        for transform in transforms("warehouse"):
            if transform.table.startswith("agg_"):
                with self.step(transform.name) as rows:
                    rows.append(self._update_aggregate(transform))
        if touched.has_changed_transactions(connection):  # a year may be gone with its only sale
            for transform in transforms("warehouse"):
                if transform.table.startswith("dim_") and transform.write == "replace":
                    with self.step(transform.name) as rows:
                        rows.append(
                            writing.replace(connection, Target.of(transform), transform.select)
                        )
        return examination.narrowing(production)

    def _update_aggregate(self, transform: Transform) -> int:
        target = Target.of(transform)
        if transform.by is None:
            return writing.replace(self.connection, target, transform.select)
        if transform.by == "score":
            touched.find_scores(self.connection)
        narrowing = touched.NARROWED_BY[transform.by]
        after = transform.narrowed(narrowing["after"])
        if transform.write == "accumulate":
            before = transform.narrowed({**narrowing["before"], **touched.BEFORE})
            return writing.accumulate(self.connection, target, before, after)
        scopes = {
            "date_key": "existing.business_date in (select full_date from touched_dates)",
            "customer_id": "existing.customer_id in (select customer_id from touched_customers)",
            "score": "existing.customer_id in (select customer_id from touched_customers"
            " union select customer_id from touched_customer_orders)",
        }
        return writing.replace(self.connection, target, after, sql.SQL(scopes[transform.by]))

    def _examine_claims(
        self, narrowing: dict[str, dict[str, str]], *, of_delivered_rows: bool = True
    ) -> None:
        with self.step("claims") as rows:
            rows.append(
                examination.examine(
                    self.connection,
                    self.run_id,
                    self.batch_number,
                    narrowing,
                    of_delivered_rows=of_delivered_rows,
                )
            )


MANY_ROWS = 100_000
"""Staged rows from which on the planner should think of bulk work."""


def prepare(connection: Connection, *, for_many_rows: bool) -> None:
    """Settings of the transaction. Many rows: all cores, whatever it costs to start them. Few: the
    pages they lie on are in memory, so that looking rows up beats reading a whole table.
    """
    connection.execute(
        "set local jit = off; set local default_statistics_target = 30;"
        "set local temp_buffers = '64MB'"
    )
    # shared_buffers tells what memory there is; a sort of two million rows wants 400 MB
    connection.execute(
        "select set_config('work_mem', concat(least(512, greatest(16, pg_size_bytes("
        "current_setting('shared_buffers')) / 2097152)), 'MB'), true)"
    )
    connection.execute(
        "set local parallel_setup_cost = 10; set local parallel_tuple_cost = 0;"
        "set local random_page_cost = 1.1"
        if for_many_rows
        else "set local seq_page_cost = 0.1; set local random_page_cost = 0.1;"
        "set local parallel_setup_cost = 100"
    )


def _defer_version_keys(connection: Connection) -> None:
    """Facts may point at a version that is no more until they are derived anew."""
    connection.execute("set constraints all deferred")
