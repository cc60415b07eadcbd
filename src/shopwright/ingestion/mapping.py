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
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from shopwright.ingestion import delivery_folders
from shopwright.ingestion.delivery_folders import DAY
from shopwright.ingestion.foreign_folder import ForeignFolder, quoted
from shopwright.ingestion.mapping_errors import (
    EmptyMapping,
    MissingColumn,
    NothingToImport,
    UnknownMapping,
    WrongDeliveryDate,
    nearest,
)

BUILT_IN = Path(__file__).parent / "sources"

Progress = Callable[[str, int, int], None]
"""Told (what, done, in all): each SELECT by its file name, then 'files' and 'deliveries'."""


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

    `rows` counts per table of the mapping; `extra_columns` are those that the input contract does
    not know: they are written all the same. `deliveries` are the folders in the order of days.
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
        sentences = [f"{table}: the SELECT gave no row" for table, rows in self.rows.items() if not rows]
        for table, columns in self.extra_columns.items():
            known = _contract()[table]["columns"]
            for column in columns:
                near = nearest(column, known)
                meant = f" (did you mean {near}?)" if near else ""
                sentences.append(f"{table}.{column}: not in the input contract, kept{meant}")
        return sentences


@dataclass(frozen=True)
class _Result:
    """What one of the four SELECTs gave, before it is cut into days."""

    table: str
    select: Path
    columns: list[str]
    rows: int
    is_ordered: bool

    @property
    def has_days(self) -> bool:
        return DAY in self.columns


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
    if not source.is_dir():
        ForeignFolder(source, source)  # raises before a folder for the deliveries is made
    deliveries.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=deliveries) as made:
        scratch = Path(made)
        with ForeignFolder(source, scratch) as folder:
            results = _run_selects(chosen, folder, tell)
            one_day = delivery_date or _day_for_rows_without(folder, results)
            for result in results:
                day = None if result.has_days and delivery_date is None else one_day
                _store(folder, result, day, scratch / f"{result.table}.parquet")
        days = _write_days(results, scratch, tell)
        published = delivery_folders.publish(
            scratch / "days",
            deliveries,
            lambda done, in_all: tell("deliveries", done, in_all),
        )
    return ImportSummary(
        mapping=chosen.name,
        deliveries=tuple(published),
        rows={result.table: result.rows for result in results},
        first_date=min(days),
        last_date=max(days),
        extra_columns={
            result.table: extra for result in results if (extra := _extra_columns(result))
        },
        seconds=time.perf_counter() - started,
    )


@cache
def _contract() -> dict[str, Any]:
    text = (Path(__file__).parent / "contract.yml").read_text(encoding="utf-8")
    tables: dict[str, Any] = yaml.safe_load(text)["tables"]
    return tables


def _mappings_in(folder: Path, *, is_built_in: bool) -> list[MappingInfo]:
    if not folder.is_dir():
        return []
    return [
        MappingInfo(
            name=each.name,
            folder=each,
            tables=tuple(table for table in _contract() if (each / f"{table}.sql").is_file()),
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
            f"there is no mapping '{name}'",
            (f"did you mean '{near}'? " if near else "")
            + f"there are: {', '.join(known)}"
            + (f"; your own go to {user_mappings / name}" if user_mappings else ""),
        )
    if not known[name].tables:
        raise EmptyMapping(
            f"{known[name].folder} holds none of the four SELECTs",
            "write at least one of " + ", ".join(f"{table}.sql" for table in _contract()),
        )
    return known[name]


def _run_selects(mapping: MappingInfo, folder: ForeignFolder, tell: Progress) -> list[_Result]:
    shared = sorted(path for path in mapping.folder.glob("*.sql") if path.stem not in _contract())
    selects = [mapping.folder / f"{table}.sql" for table in mapping.tables]
    folder.add_workbooks([*shared, *selects])
    results = []
    for number, select in enumerate([*shared, *selects], start=1):
        columns = folder.run(select)
        if select in selects:
            result = _Result(
                table=select.stem,
                select=select,
                columns=columns,
                rows=folder.rows(f"select count(*) from {quoted(select.stem)}")[0][0],
                is_ordered=folder.is_ordered(select),
            )
            _check_columns(result)
            _check_days(folder, result)
            results.append(result)
        tell(select.name, number, len(shared) + len(selects))
    if not any(result.rows for result in results):
        raise NothingToImport(
            f"the SELECTs of '{mapping.name}' gave no row from {folder.folder}",
            "see whether the folder is the right one and what the SELECTs leave out",
        )
    return results


def _check_columns(result: _Result) -> None:
    for name, column in _contract()[result.table]["columns"].items():
        instead = column.get("or", [])
        if not column.get("required") or name in result.columns:
            continue
        if instead and set(instead) <= set(result.columns):
            continue
        near = nearest(name, _extra_columns(result))
        either = f" (or {' and '.join(instead)})" if instead else ""
        raise MissingColumn(
            f"{result.select}: the result has no column {name}{either}, which every row of "
            f"{result.table} needs; it has: {', '.join(result.columns)}",
            f"write `{near} as {name}` in the SELECT" if near else f"add `... as {name}`",
        )


def _extra_columns(result: _Result) -> tuple[str, ...]:
    known = {*_contract()[result.table]["columns"], DAY}
    return tuple(column for column in result.columns if column not in known)


def _check_days(folder: ForeignFolder, result: _Result) -> None:
    if not result.has_days:
        return
    # 'infinity' is a date to DuckDB and no folder's name.
    wrong = folder.rows(
        f"select cast({DAY} as varchar), count(*) over () from {quoted(result.table)} where not"
        f" coalesce(regexp_full_match({_AS_DAY}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'), false) limit 1"
    )
    if wrong:
        value, count = wrong[0]
        shown = "empty" if value is None else f"'{value}'"
        raise WrongDeliveryDate(
            f"{result.select}: {DAY} is not a date in {count:,} of {result.rows:,} rows, the "
            f"first of them {shown}",
            "write dates as 2024-05-31, or read yours: "
            f"cast(strptime(your_column, '%d.%m.%Y') as date) as {DAY}",
        )


_AS_DAY = f"cast(try_cast(cast({DAY} as varchar) as date) as varchar)"


def _day_for_rows_without(folder: ForeignFolder, results: list[_Result]) -> date:
    """The first day that a SELECT gives, else the newest day of a transaction, else today."""
    days = [
        folder.rows(f"select min({_AS_DAY}) from {quoted(result.table)}")[0][0]
        for result in results
        if result.has_days
    ]
    if any(days):
        return date.fromisoformat(min(day for day in days if day))
    for result in results:
        for column in ("transaction_at", "transaction_date"):
            if result.table == "transactions" and column in result.columns:
                newest = folder.rows(
                    f"select cast(max(try_cast(cast({column} as varchar) as date)) as varchar)"
                    f" from {quoted(result.table)}"
                )[0][0]
                if newest:
                    return date.fromisoformat(newest)
    return date.today()


def _store(folder: ForeignFolder, result: _Result, day: date | None, file: Path) -> None:
    """Write a result as text in its final order, the day first."""
    day_of_row = _AS_DAY if day is None else f"'{day.isoformat()}'"
    texts = ", ".join(
        f"cast({quoted(column)} as varchar) as {quoted(column)}"
        for column in result.columns
        if column != DAY
    )
    # Without an order of its own a SELECT may give its rows in another order each time.
    order = "" if result.is_ordered else " order by all"
    folder.rows(
        f"copy (select {day_of_row} as {DAY}, {texts} from {quoted(result.table)}{order})"
        f" to '{str(file).replace(chr(39), chr(39) * 2)}' (format parquet)"
    )


def _write_days(results: list[_Result], scratch: Path, tell: Progress) -> set[date]:
    days: set[date] = set()
    for number, result in enumerate(results, start=1):
        rows = pl.read_parquet(scratch / f"{result.table}.parquet")
        days.update(delivery_folders.write_days(result.table, rows, scratch / "days"))
        tell("tables", number, len(results))
    return days
