"""The lines that were set aside as no rows against those that were planted as such."""

from dataclasses import dataclass

import polars as pl
from psycopg import Connection

from shopwright.generation.deliveries import TABLES
from shopwright.generation.scoring.answers import POSITION, Answers
from shopwright.generation.scoring.marks import RuleScore

MALFORMED = "malformed"
NO_ROW = "line_is_no_row"
"""Stands in the list of rules for the one that every line is held against before there are rows."""


@dataclass(frozen=True)
class MalformedLines:
    """One row per line: `planted` ones, each time that they came, and those that were `found`."""

    planted: pl.DataFrame
    found: pl.DataFrame

    @classmethod
    def compared(cls, connection: Connection, answers: Answers) -> "MalformedLines":
        """Those of the answer key and those of the database."""
        return cls(_planted(answers), _found(connection))

    @property
    def rule_scores(self) -> list[RuleScore]:
        """By table: a line found where none was planted costs precision, one missed recall."""
        hits = self.planted.join(self.found, on=POSITION, how="semi")

        def of(frame: pl.DataFrame, table: str) -> int:
            return len(frame.filter(pl.col("table") == table))

        return [
            RuleScore(table, NO_ROW, MALFORMED, of(self.planted, table), found, of(hits, table))
            for table in TABLES
            if (found := of(self.found, table)) or of(self.planted, table)
        ]

    def set_aside(self, faults: pl.DataFrame) -> int:
        """How many of the faults are lines that were set aside."""
        return len(faults.join(self.found, on=POSITION, how="semi"))


def _planted(answers: Answers) -> pl.DataFrame:
    """A delivery that arrives twice brings its lines twice, at the same places."""
    lines = answers.faults.filter(pl.col("expected") == MALFORMED).select(*POSITION, "table")
    deliveries = answers.deliveries.select("delivery", "of_day", "arrival")
    again = (
        deliveries.filter(pl.col("arrival") == "twice")
        .select("of_day", again="delivery")
        .join(deliveries, on="of_day")
        .filter(pl.col("delivery") != pl.col("again"))
        .join(lines, on="delivery")
        .select(pl.col("again").alias("delivery"), "file", "line", "table")
    )
    return pl.concat([lines, again])


def _found(connection: Connection) -> pl.DataFrame:
    rows = connection.execute(
        """
        select delivery_name, file_name, line_number, table_name
        from quality.malformed_lines
        inner join ops.files using (file_id)
        inner join ops.deliveries using (delivery_key)
        """
    ).fetchall()
    schema = {"delivery": pl.String, "file": pl.String, "line": pl.Int64, "table": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
