"""What published data tell: figures out of their usual range, columns that changed, a backlog."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from psycopg import Connection

from shopwright.ingestion.contract import contract
from shopwright.orchestration.alerting.cause import (
    BACKLOG_GROWS,
    FIGURES_UNUSUAL,
    SCHEMA_DRIFT,
    Cause,
)

_WATCHES = {
    "order_count_is_unusual": "orders",
    "revenue_is_unusual": "revenue",
    "average_price_is_unusual": "the average price",
}
GROWING_RUNS = 3
"""Runs in a row, each of which leaves more rows set aside than the one before."""


def unusual_figures(connection: Connection) -> Iterator[Cause]:
    """One cause for all figures of the newest publication that the watches found odd."""
    rows = connection.execute(
        """
        with newest as (select max(run_id) as run_id from ops.deliveries)

        select rule_name, newest.run_id, sum(row_count)::bigint, (
            select string_agg(delivery_name, ', ' order by delivery_key)
            from (
                select * from ops.deliveries where deliveries.run_id = newest.run_id
                order by delivery_key desc limit 3
            ) as deliveries
        )
        from quality.rule_results inner join newest using (run_id)
        where rule_name = any(%s)
        group by rule_name, newest.run_id
        """,
        [list(_WATCHES)],
    ).fetchall()
    if not rows:
        return
    counts = {name: count for name, _, count, _ in rows}
    said = ", ".join(
        f"{words} of {counts[name]:,} day{'s' * (counts[name] != 1)}"
        for name, words in _WATCHES.items()
        if name in counts
    )
    _, run_id, _, deliveries = rows[0]
    yield Cause(
        FIGURES_UNUSUAL,
        f"Out of the usual range, against the same weekday in the eight weeks before: {said}. If "
        "a delivery is incomplete or doubled, have it corrected; if it is right, there is nothing "
        "to mend, and the alert closes with the next usual delivery.",
        show="shopwright quality",
        mend="shopwright run",
        run_id=run_id,
        delivery=deliveries,
    )


@dataclass
class _Columns:
    """The changes of one table's columns that nothing has undone, by column.

    A column that the contract does not know may come and go.
    """

    table: str
    changes: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    run_id: int = 0
    delivery: str = ""

    def note(self, change: str, column: str, other: str | None) -> bool:
        """Adds a change, or removes what it undoes. Whether it was the former."""
        known = self.changes.get(column)
        if change == "new":
            self.changes.pop(column, None)
            return False
        if change == "renamed" and self.changes.get(str(other), ())[::2] == ("renamed", column):
            del self.changes[str(other)]
            return False
        if column not in contract()[self.table].columns:
            return False
        if change == "retyped" and known and known[0] == "retyped":
            if _kinds(known[2])[1] == _kinds(other)[0]:
                del self.changes[column]
            return False
        self.changes[column] = (change, column, other)
        return True


def _kinds(said: str | None) -> tuple[str, str]:
    """What a column holds now, and what it held before: `text, no longer number`."""
    after, _, before = (said or "").partition(", no longer ")
    return after, before


def drifted_columns(connection: Connection) -> Iterator[Cause]:
    """A cause for each table of which columns are missing, renamed or of another kind.

    It is over when they are as they were, or are mapped in shopwright.toml; new columns hurt
    nobody, and the run tells of them.
    """
    tables: dict[str, _Columns] = {}
    for table, change, column, other, run_id, delivery in connection.execute(
        "select table_name, change, column_name, other_name, changes.run_id, delivery_name"
        " from quality.column_changes as changes"
        " inner join ops.deliveries using (delivery_key)"
        " where change <> 'reordered'"
        " order by delivery_key, (change = 'new'), column_name"
    ):
        found = tables.setdefault(table, _Columns(table))
        if found.note(change, column, other):
            found.run_id, found.delivery = run_id, delivery
    for _, found in sorted(tables.items()):
        if found.changes:
            yield _drift(found)


def _drift(found: _Columns) -> Cause:
    said = "; ".join(
        {
            "missing": f"{column} is missing",
            "renamed": f"{column} seems to be called {other} now",
            "retyped": f"{column} seems to hold {other}",
        }[change]
        for change, column, other in found.changes.values()
    )
    return Cause(
        SCHEMA_DRIFT,
        f"The columns of {found.table} are not as they were: {said}. Have them delivered as "
        f"before, or say what they are called now under [columns.{found.table}] in "
        "shopwright.toml; if they are to stay as they are, `shopwright alerts dismiss NUMBER`.",
        show=f"shopwright logs {found.run_id}",
        mend="shopwright run",
        detail=found.table,
        run_id=found.run_id,
        delivery=found.delivery,
    )


def growing_backlog(
    connection: Connection, most_growth: int, open_kinds: Iterable[str]
) -> Iterator[Cause]:
    """A cause where rows set aside became more in each of the last runs, and by so many in all.

    Once told, it is over with the first publication that does not let them grow.
    """
    runs = [
        run_id
        for (run_id,) in connection.execute(
            "select distinct run_id from ops.deliveries order by run_id desc limit %s",
            [GROWING_RUNS + 1],
        )
    ]
    if len(runs) <= GROWING_RUNS:
        return
    columns = ", ".join(
        f"count(*) filter (where first_run_id <= {run_id}"
        f" and (published_run_id is null or published_run_id > {run_id})"
        f" and (resolved_run_id is null or resolved_run_id > {run_id}))"
        for run_id in runs
    )
    counts = connection.execute(
        f"select {columns} from quality.rejected_rows where status <> 'dismissed'"
    ).fetchone()
    assert counts is not None
    if BACKLOG_GROWS in open_kinds:
        is_growing = counts[0] > counts[1]
    else:
        is_growing = counts[0] - counts[-1] >= most_growth and all(
            newer > older for newer, older in itertools.pairwise(counts)
        )
    if is_growing:
        yield Cause(
            BACKLOG_GROWS,
            f"Rows set aside grow with every run: {counts[0]:,} are rejected or wait now, and "
            f"{counts[-1]:,} were {GROWING_RUNS} publications before. They are kept whole; the "
            "warehouse lacks them until they are mended.",
            show="shopwright quality",
            mend="shopwright rejected list",
            run_id=runs[0],
            rows=counts[0],
        )
