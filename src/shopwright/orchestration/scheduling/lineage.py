"""The lineage: the tables that a run passes through, and which of them each is made from."""

from dataclasses import dataclass
from functools import cache

from shopwright.ingestion.contract import contract
from shopwright.ingestion.staging_tables import LOCATED
from shopwright.processing.transforms import LAYERS, Transform, tables_read, transforms

DELIVERIES = "deliveries"
"""What staging is read from: no table, but the workspace's folder."""


@dataclass(frozen=True)
class LineageTable:
    """A table, what one of its rows is, the SELECT that makes it, and what that reads.

    `reads` holds schema and name. Staged tables read nothing here: files are no tables.
    """

    schema: str
    name: str
    grain: str
    select: str
    reads: frozenset[tuple[str, str]]

    @property
    def key(self) -> tuple[str, str]:
        """Schema and name."""
        return self.schema, self.name


@cache
def lineage() -> dict[tuple[str, str], LineageTable]:
    """Every table of staging and the layers by schema and name, each after those that it reads.

    What a table reads is what its SELECT names, of a staged table by its view. The reads of
    production by the checked tables, which look known keys up, are left out: they are of what was
    there before the run.
    """
    staged = [
        LineageTable(
            "staging", table, f"One row per line of the delivered {table}.", "", frozenset()
        )
        for table in contract()
    ]
    made = [_made(transform) for layer in LAYERS for transform in transforms(layer)]
    return {table.key: table for table in (*staged, *made)}


def _made(transform: Transform) -> LineageTable:
    reads = transform.reads
    if transform.schema == "checked":
        reads = frozenset(
            (schema, name.removeprefix(LOCATED)) for schema, name in reads if schema != "production"
        )
    return LineageTable(transform.schema, transform.table, transform.grain, transform.select, reads)


def subject(claim: str) -> tuple[str, str]:
    """The table that a claim is about: of those that its SELECT reads, the one made last.

    A claim that reads the records of the run alone is about all delivered rows: it is told of the
    checked table that is made last.
    """
    read = tables_read(claim)
    order = list(lineage())
    found = [key for key in order if key in read]
    return found[-1] if found else [key for key in order if key[0] == "checked"][-1]
