"""The transforms: one SELECT per table, from the layers' folders, ordered by what they read."""

import re
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable

from shopwright.storage.tables import metadata

LAYERS = ("checked", "production", "warehouse")
_READ = re.compile(rf"\b(?:from|join)\s+(staging|{'|'.join(LAYERS)})\.(\w+)")
_WRITE = re.compile(r"^-- write: (\w+)(?: by (\w+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Transform:
    """A table's SELECT. `write` says how its rows get into the table, `by` what narrows them.

    upsert      newer states replace older ones, by (updated_at, delivery_key)
    append      rows whose natural key is new are added
    versions    a type 2 dimension: versions are matched by business key and `valid_from`
    replace     the table becomes what the SELECT gives; only rows that differ are written
    replace by X      the same for the touched values of X alone
    accumulate by X   what the touched X contributed before is taken off, what they do now added
    """

    schema: str
    table: str
    grain: str
    write: str
    by: str | None
    select: str
    reads: frozenset[tuple[str, str]]

    @property
    def name(self) -> str:
        """Schema and table."""
        return f"{self.schema}.{self.table}"

    def narrowed(self, instead: dict[str, str]) -> str:
        """The SELECT reading other relations in place of some tables, such as the touched rows.

        >>> fact_sales.narrowed({"production.transactions": "touched_transactions"})
        """
        text = self.select
        for table, relation in instead.items():
            text = re.sub(rf"\b{re.escape(table)}\b(?!\.)", relation, text)
        return text


def tables_read(select: str) -> frozenset[tuple[str, str]]:
    """Schema and name of the tables of staging and the layers that a SELECT reads."""
    return frozenset(_READ.findall(select))


@cache
def transforms(layer: str) -> tuple[Transform, ...]:
    """The transforms of a layer, each after those that it reads or that its foreign keys name."""
    folder = files("shopwright.processing").joinpath(layer)
    found = {
        (layer, one.table): one
        for one in (
            read_transform(layer, file) for file in folder.iterdir() if file.name.endswith(".sql")
        )
    }
    graph = {
        name: sorted((one.reads | _referenced(one)) & found.keys() - {name})
        for name, one in sorted(found.items())
    }
    return tuple(found[name] for name in TopologicalSorter(graph).static_order())


def _referenced(transform: Transform) -> frozenset[tuple[str, str]]:
    """The tables that the foreign keys of a transform's table lead to."""
    if transform.name not in metadata.tables:
        return frozenset()
    keys = metadata.tables[transform.name].foreign_keys
    return frozenset((str(key.column.table.schema), key.column.table.name) for key in keys)


def read_transform(layer: str, file: Traversable) -> Transform:
    """Parses one SELECT's file: its grain, how it is written, which tables it reads.

    A table is always named with its schema, so that no name of a CTE can stand for it: the tests
    hold what is found here against a full parse of every SELECT.
    """
    text = file.read_text(encoding="utf-8")
    write = _WRITE.search(text)
    return Transform(
        schema=layer,
        table=file.name.removesuffix(".sql"),
        grain=text.split("\n", 1)[0].removeprefix("--").strip(),
        write=write[1] if write else "create",
        by=write[2] if write else None,
        select=text.strip().removesuffix(";"),
        reads=tables_read(text),
    )
