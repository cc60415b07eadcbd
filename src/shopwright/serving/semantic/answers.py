"""A question answered: its rows, read as the role that sees no personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from shopwright.serving.semantic.compiler import compile_query
from shopwright.serving.semantic.questions import Filters


@dataclass(frozen=True)
class Result:
    """The rows of an answer, the names of their columns, and the tables that were read."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    tables: tuple[str, ...]

    def dicts(self) -> list[dict[str, Any]]:
        """Each row as a dictionary."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def answer(
    connection: psycopg.Connection,
    metrics: Sequence[str],
    by: Sequence[str] = (),
    where: Filters | None = None,
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
    continuous: bool = False,
    star_only: bool = False,
) -> Result:
    """The figures of the metrics by the dimensions, from the smallest tables that have them.

    Amounts and ratios are Decimals, counts are ints, periods are the date of their first day.
    Raises MetricUnknown or QuestionRefused, or psycopg's errors.
    """
    query = compile_query(
        metrics, by, where, order=order, limit=limit, continuous=continuous, star_only=star_only
    )
    rows = connection.execute(query.sql, query.params).fetchall()
    return Result(query.columns, rows, query.tables)
