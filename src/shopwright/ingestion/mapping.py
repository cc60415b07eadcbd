"""Import mappings: bring your own data with four SELECTs.

A mapping is a folder with any of `customers.sql`, `products.sql`, `transactions.sql` and
`transaction_items.sql`. DuckDB runs them over a foreign folder of files; what they give is written
as deliveries. Every other `.sql` file of the mapping is a SELECT too, made into a table of its name
first, in the order of the names, so that the four can share work.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from shopwright.ingestion import delivery_folders
from shopwright.ingestion.contract import contract
from shopwright.ingestion.foreign_folder import ForeignFolder, files_in
from shopwright.ingestion.mapping_errors import (
    EmptyMapping,
    NothingToImport,
    UnknownMapping,
    WrongSource,
    nearest,
)
from shopwright.ingestion.select_results import (
    SelectResult,
    day_for_undated,
    run_table,
    store,
)

BUILT_IN = Path(__file__).parent / "sources"

Progress = Callable[[str, int, int], None]
"""Told (what, done, in all), where what is 'selects', then 'tables', then 'deliveries'."""


@dataclass(frozen=True)
class MappingInfo:
    """A mapping that can be named: where it lies and which of the four tables it gives."""

    name: str
    folder: Path
    tables: tuple[str, ...]
    is_built_in: bool


@dataclass(frozen=True)
class ImportSummary:
    """What an import wrote.

    `deliveries` are the folders in the order of their days; `rows` counts per table of the mapping;
    `extra_columns` are those that the input contract does not know: they are written all the same.
    """

    mapping: str
    deliveries: tuple[Path, ...]
    rows: dict[str, int]
    first_date: date
    last_date: date
    extra_columns: dict[str, tuple[str, ...]]
    seconds: float

    def remarks(self) -> list[str]:
        """A sentence on each thing that is allowed but may be a slip."""
        empty = [table for table, count in self.rows.items() if not count]
        sentences = [f"{table}: the SELECT gave no row." for table in empty]
        for table, columns in self.extra_columns.items():
            for column in columns:
                near = nearest(column, contract()[table].columns)
                meant = f" (did you mean {near}?)" if near else ""
                sentences.append(f"{table}.{column}: kept, though not in the contract{meant}.")
        return sentences


def list_mappings(user_mappings: Path | None) -> list[MappingInfo]:
    """All mappings by name: the user's own, which win, and the built-in ones."""
    found = {info.name: info for info in _mappings_in(BUILT_IN, is_built_in=True)}
    if user_mappings is not None:
        found |= {info.name: info for info in _mappings_in(user_mappings, is_built_in=False)}
    return [found[name] for name in sorted(found)]


def import_mapping(
    mapping: str,
    source: Path,
    deliveries: Path,
    *,
    user_mappings: Path | None = None,
    delivery_date: date | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Run a mapping's SELECTs over the folder `source` and write what they give as deliveries.

    A row's delivery is its `delivery_date`; the rows of a SELECT without that column go to the
    first day of the others. Where no SELECT has it, all go to one delivery, named after the newest
    day in `transactions`, else after today. The argument `delivery_date` overrides all of this and
    makes one delivery of everything. An existing delivery of the same name is replaced as a whole.
    Nothing is written or changed unless every SELECT ran and passed its checks.

    Raises a subclass of ImportMappingError for what the user can mend.
    """
    started = time.perf_counter()
    tell: Progress = progress or (lambda what, done, in_all: None)
    chosen = _mapping_named(mapping, user_mappings)
    _check_source(source, deliveries)
    deliveries.mkdir(parents=True, exist_ok=True)
    # Inside `deliveries`, so that publishing a day is a rename on one disk.
    with tempfile.TemporaryDirectory(prefix=".import-", dir=deliveries) as made:
        scratch = Path(made)
        results = _store_results(chosen, source, scratch, delivery_date, tell)
        days = _write_days(results, scratch, tell)
        published = delivery_folders.publish(
            scratch / "days", deliveries, lambda done, in_all: tell("deliveries", done, in_all)
        )
    return ImportSummary(
        mapping=chosen.name,
        deliveries=tuple(published),
        rows={result.table: result.rows for result in results},
        first_date=min(days),
        last_date=max(days),
        extra_columns={
            result.table: result.extra_columns for result in results if result.extra_columns
        },
        seconds=time.perf_counter() - started,
    )


def _mappings_in(folder: Path, *, is_built_in: bool) -> list[MappingInfo]:
    if not folder.is_dir():
        return []
    return [
        MappingInfo(
            name=each.name,
            folder=each,
            tables=tuple(table for table in contract() if (each / f"{table}.sql").is_file()),
            is_built_in=is_built_in,
        )
        for each in sorted(folder.iterdir())
        if each.is_dir() and not each.name.startswith((".", "_"))
    ]


def _mapping_named(name: str, user_mappings: Path | None) -> MappingInfo:
    known = {info.name: info for info in list_mappings(user_mappings)}
    if name not in known:
        near = nearest(name, known)
        raise UnknownMapping(
            f"There is no mapping '{name}'.",
            (f"Did you mean '{near}'? " if near else "")
            + f"There are {', '.join(known)}."
            + (f" Your own goes to {user_mappings / name}." if user_mappings else ""),
        )
    if not known[name].tables:
        raise EmptyMapping(
            f"{known[name].folder} holds none of the four SELECTs.",
            f"Write at least one of {', '.join(f'{table}.sql' for table in contract())}.",
        )
    return known[name]


def _check_source(source: Path, deliveries: Path) -> None:
    files_in(source)
    if deliveries.resolve().is_relative_to(source.resolve()):
        # A pattern such as '**/*.csv' would read what an earlier import wrote.
        raise WrongSource(
            f"{source} holds the deliveries as well ({deliveries}).",
            "Move the files to import into a folder of their own.",
        )


def _store_results(
    mapping: MappingInfo, source: Path, scratch: Path, day: date | None, tell: Progress
) -> list[SelectResult]:
    shared = sorted(path for path in mapping.folder.glob("*.sql") if path.stem not in contract())
    selects = [mapping.folder / f"{table}.sql" for table in mapping.tables]
    in_all = len(shared) + len(selects)
    results = []
    with ForeignFolder(source, scratch) as folder:
        folder.add_workbooks([*shared, *selects])
        for done, select in enumerate(shared, start=1):
            folder.run(select)
            tell("selects", done, in_all)
        for done, select in enumerate(selects, start=len(shared) + 1):
            results.append(run_table(folder, select))
            tell("selects", done, in_all)
        if not any(result.rows for result in results):
            raise NothingToImport(
                f"The SELECTs of '{mapping.name}' gave no row from {source}.",
                "See whether it is the right folder, and what the SELECTs leave out.",
            )
        undated = day or day_for_undated(folder, results)
        for result in results:
            store(
                folder,
                result,
                day=None if result.has_days and day is None else undated,
                file=scratch / f"{result.table}.parquet",
            )
    return results


def _write_days(results: list[SelectResult], scratch: Path, tell: Progress) -> set[date]:
    days: set[date] = set()
    for done, result in enumerate(results, start=1):
        rows = pl.read_parquet(scratch / f"{result.table}.parquet")
        days.update(delivery_folders.write_days(result.table, rows, scratch / "days"))
        tell("tables", done, len(results))
    return days
