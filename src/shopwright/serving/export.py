"""Every warehouse table as a file for other tools."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Table

from shopwright.config import ShopwrightError
from shopwright.serving.parquet import write_parquet
from shopwright.serving.query import Column
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
    """A file that was written."""

    table: str
    file: Path
    rows: int
    bytes: int


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


def export_tables(
    database: Database,
    folder: Path,
    form: ExportFormat = "csv",
    *,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> ExportSummary:
    """Writes `folder/<table>.<form>` for every table of the warehouse, sorted by primary key.

    A file keeps its name and the order of its columns from one export to the next. All tables are
    of one moment, whatever is published meanwhile. No file is put in place before every one is
    written: what fails before leaves the folder as it was. Raises FolderUnusable or
    NothingToExport.
    """
    started = time.perf_counter()
    tables = warehouse_tables()
    _refuse_unusable(folder, [f"{table.name}.{form}" for table in tables])
    folder.mkdir(parents=True, exist_ok=True)
    # Inside the folder, so that putting a file in place is a rename on one disk.
    with TemporaryDirectory(prefix=".export-", dir=folder) as made:
        scratch = Path(made)
        exported = []
        with database.connect() as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            _refuse_missing(connection)
            for done, table in enumerate(tables):
                report(table.name, done, len(tables))
                exported.append(_export_table(connection, table, scratch, folder, form))
        for one in exported:
            (scratch / one.file.name).replace(one.file)
    return ExportSummary(folder, form, tuple(exported), time.perf_counter() - started)


def _refuse_unusable(folder: Path, names: list[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderUnusable(f"{folder} is a file.", "Name a folder to export to.")
    for name in names:
        if (folder / name).is_dir():
            raise FolderUnusable(
                f"{folder / name} is a folder, where a file is to go.", "Name another folder."
            )


def _refuse_missing(connection: psycopg.Connection) -> None:
    found = connection.execute("select to_regclass('warehouse.fact_sales')").fetchone()
    if found is None or found[0] is None:
        raise NothingToExport(
            "There is no warehouse in this database yet.", "Publish one with `shopwright run`."
        )


def _export_table(
    connection: psycopg.Connection, table: Table, scratch: Path, folder: Path, form: ExportFormat
) -> ExportedTable:
    select = _select(table)
    csv, target = scratch / f"{table.name}.csv", scratch / f"{table.name}.{form}"
    copy_statement = sql.SQL("copy ({}) to stdout with (format csv, header)").format(select)
    cursor = connection.cursor()
    with csv.open("wb") as stream, cursor.copy(copy_statement) as copy:
        for chunk in copy:
            stream.write(chunk)
    rows = cursor.rowcount
    if form == "parquet":
        write_parquet(csv, _columns(connection, table), target)
    return ExportedTable(table.name, folder / target.name, rows, target.stat().st_size)


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


def _columns(connection: psycopg.Connection, table: Table) -> list[Column]:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    name = sql.Identifier(SCHEMA, table.name)
    result = connection.execute(sql.SQL("select {} from {} limit 0").format(names, name)).pgresult
    assert result is not None
    return [
        Column(column.name, result.ftype(number), result.fmod(number))
        for number, column in enumerate(table.columns)
    ]
