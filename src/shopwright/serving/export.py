"""Every warehouse table and every named analysis as a file for other tools.

`datapackage.json` beside the files describes them. A file whose content stays is left alone.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Table

from shopwright.config.errors import ShopwrightError
from shopwright.serving.analyses import analyses
from shopwright.serving.data_package import PACKAGE_FILE, Resource, write_package
from shopwright.serving.parquet import write_parquet
from shopwright.serving.query import Column, reading
from shopwright.storage.database import Database
from shopwright.storage.tables import metadata
from shopwright.storage.tables.warehouse import SCHEMA

ExportFormat = Literal["csv", "parquet"]


class NothingToExport(ShopwrightError):
    """The warehouse's tables do not exist yet."""


class FolderUnusable(ShopwrightError):
    """The folder to export to is a file, or a folder lies where a file is to go."""

    exit_code = 2


@dataclass(frozen=True)
class ExportedTable:
    """A file of a table or an analysis. Unless `is_changed`, it was there already, byte by byte."""

    table: str
    file: Path
    rows: int
    bytes: int
    is_changed: bool


@dataclass(frozen=True)
class ExportSummary:
    """What an export wrote, all from one moment of the warehouse."""

    folder: Path
    format: str
    tables: tuple[ExportedTable, ...]
    seconds: float


def warehouse_tables() -> list[Table]:
    """The tables of the warehouse by name."""
    return sorted(
        (table for table in metadata.tables.values() if table.schema == SCHEMA),
        key=lambda table: table.name,
    )


@dataclass(frozen=True)
class _Source:
    """What is written to one file: a table, or an analysis with its defaults."""

    name: str
    select: sql.Composable
    description: str
    table: Table | None = None


def export_tables(
    database: Database,
    folder: Path,
    form: ExportFormat = "csv",
    *,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> ExportSummary:
    """Writes `folder/<name>.<form>` for every table of the warehouse and every named analysis.

    Tables are sorted by primary key, analyses as they are. A file keeps its name and the order of
    its columns from one export to the next, and is replaced only where its content changed. All
    are of one moment, whatever is published meanwhile. No file is put in place before every one
    is written: what fails before leaves the folder as it was. `datapackage.json` describes the
    files of this form. Raises FolderUnusable or NothingToExport.
    """
    started = time.perf_counter()
    sources = _sources()
    _refuse_unusable(folder, [f"{one.name}.{form}" for one in sources])
    folder.mkdir(parents=True, exist_ok=True)
    # Inside the folder, so that putting a file in place is a rename on one disk.
    with TemporaryDirectory(prefix=".export-", dir=folder) as made:
        scratch = Path(made)
        exported, resources = [], []
        with reading(database) as connection:
            refuse_missing(connection)
            for done, source in enumerate(sources):
                report(source.name, done, len(sources))
                written, resource = _export(connection, source, scratch, folder, form)
                exported.append(written)
                resources.append(resource)
        write_package(scratch / PACKAGE_FILE, resources)
        for one in exported:
            if one.is_changed:
                (scratch / one.file.name).replace(one.file)
        if _digest(scratch / PACKAGE_FILE) != _digest(folder / PACKAGE_FILE):
            (scratch / PACKAGE_FILE).replace(folder / PACKAGE_FILE)
    return ExportSummary(folder, form, tuple(exported), time.perf_counter() - started)


def _sources() -> list[_Source]:
    tables = [
        _Source(table.name, _select(table), f"{table.comment}.", table)
        for table in warehouse_tables()
    ]
    named = []
    for one in analyses().values():
        description = f"{one.grain} {one.notes}"
        named.append(_Source(one.name, sql.SQL(one.written_out({})), description))
    return [*tables, *named]


def _digest(file: Path) -> str | None:
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refuse_unusable(folder: Path, names: list[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderUnusable(f"{folder} is a file.", "Name a folder to export to.")
    for name in names:
        if (folder / name).is_dir():
            raise FolderUnusable(
                f"{folder / name} is a folder, where a file is to go.", "Name another folder."
            )


def refuse_missing(connection: psycopg.Connection) -> None:
    """Raises NothingToExport where no warehouse was published yet."""
    found = connection.execute("select to_regclass('warehouse.fact_sales')").fetchone()
    if found is None or found[0] is None:
        raise NothingToExport(
            "There is no warehouse in this database yet.", "Publish one with `shopwright run`."
        )


def _export(
    connection: psycopg.Connection, source: _Source, scratch: Path, folder: Path, form: ExportFormat
) -> tuple[ExportedTable, Resource]:
    csv, target = scratch / f"{source.name}.csv", scratch / f"{source.name}.{form}"
    copy_statement = sql.SQL("copy ({}) to stdout with (format csv, header)").format(source.select)
    cursor = connection.cursor()
    with csv.open("wb") as stream, cursor.copy(copy_statement) as copy:
        for chunk in copy:
            stream.write(chunk)
    rows = cursor.rowcount
    columns = _columns(connection, source)
    if form == "parquet":
        write_parquet(csv, columns, target)
    digest, size = _digest(target), target.stat().st_size
    file = folder / target.name
    written = ExportedTable(source.name, file, rows, size, digest != _digest(file))
    resource = Resource(
        source.name, target.name, source.description, columns, f"sha256:{digest}", size,
        source.table,
    )  # fmt: skip
    return written, resource


def _select(table: Table) -> sql.Composable:
    columns = []
    for column in table.columns:
        name = sql.Identifier(column.name)
        # true and false, which other tools read, and not PostgreSQL's t and f
        is_boolean = isinstance(column.type, Boolean)
        shown = sql.SQL("cast({0} as text) as {0}") if is_boolean else sql.SQL("{0}")
        columns.append(shown.format(name))
    return sql.SQL("select {} from {} order by {}").format(
        sql.SQL(", ").join(columns),
        sql.Identifier(SCHEMA, table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.primary_key),
    )


def _columns(connection: psycopg.Connection, source: _Source) -> list[Column]:
    """Names and types; a table's booleans, which its SELECT writes out, as what they are."""
    statement = sql.SQL("select * from ({}) as answer limit 0").format(source.select)
    if source.table is not None:
        names = sql.SQL(", ").join(sql.Identifier(one.name) for one in source.table.columns)
        table = sql.Identifier(SCHEMA, source.name)
        statement = sql.SQL("select {} from {} limit 0").format(names, table)
    result = connection.execute(statement).pgresult
    assert result is not None
    return [
        Column((result.fname(n) or b"").decode(), result.ftype(n), result.fmod(n))
        for n in range(result.nfields)
    ]
