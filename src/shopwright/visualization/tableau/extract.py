"""The data of a workbook: each data source as CSV, and all of them as one .hyper extract."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from shopwright.config.errors import ShopwrightError
from shopwright.visualization.tableau.connections import SCHEMA
from shopwright.visualization.tableau.fields import DataSource, Field

if TYPE_CHECKING:
    import tableauhyperapi

EXTRA = "tableau"
_DECIMALS = (18, 4)
"""Digits of a decimal in an extract, and those behind the point: as many as all versions read."""


class ExtractImpossible(ShopwrightError):
    """The package that writes extracts is not installed, or the data does not go into one."""


def can_extract() -> bool:
    """Whether the package that writes extracts is installed."""
    return importlib.util.find_spec("tableauhyperapi") is not None


def write_csv(connection: psycopg.Connection, source: DataSource, file: Path) -> int:
    """Writes a data source as CSV with a header; an unquoted empty field is null. Gives the rows.

    Booleans are true and false, times those of the shop's zone.
    """
    shown = sql.SQL(", ").join(_written(field) for field in source.columns)
    statement = sql.SQL("copy (select {} from ({}) as source) to stdout with (format csv, header)")
    cursor = connection.cursor()
    with (
        file.open("wb") as stream,
        cursor.copy(statement.format(shown, sql.SQL(source.select))) as copy,
    ):
        for chunk in copy:
            stream.write(chunk)
    return cursor.rowcount


def _written(field: Field) -> sql.Composable:
    name = sql.Identifier(field.name)
    if field.datatype == "boolean":
        return sql.SQL("cast({0} as text) as {0}").format(name)
    if field.datatype == "datetime":
        return sql.SQL("cast({0} as timestamp) as {0}").format(name)
    return name


def write_extract(sources: Sequence[DataSource], csv_folder: Path, file: Path) -> None:
    """Fills a new .hyper file from the CSVs of the data sources. Raises ExtractImpossible."""
    try:
        from tableauhyperapi import (  # 292 MB, which nothing else needs
            Connection,
            CreateMode,
            HyperException,
            HyperProcess,
            Telemetry,
        )
    except ImportError:
        raise ExtractImpossible(
            "The package tableauhyperapi, which writes extracts, is not installed.",
            f"Run `pip install 'shopwright[{EXTRA}]'`, or write CSV files with --source csv.",
        ) from None
    quiet = {"log_config": ""}  # else it leaves a log where the command was run
    try:
        with (
            HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, "shopwright",
                         parameters=quiet) as hyper,
            Connection(hyper.endpoint, file, CreateMode.CREATE_AND_REPLACE) as connection,
        ):  # fmt: skip
            connection.catalog.create_schema_if_not_exists(SCHEMA)
            for source in sources:
                _fill(connection, source, csv_folder / f"{source.name}.csv")
    except HyperException as error:
        raise ExtractImpossible(
            f"The extract could not be written: {error.main_message}.",
            "Write CSV files with --source csv, or connect with --source postgres.",
        ) from error


def _fill(connection: "tableauhyperapi.Connection", source: DataSource, csv: Path) -> None:
    from tableauhyperapi import TableDefinition, TableName, escape_string_literal

    table = TableName(SCHEMA, source.name)
    columns = [TableDefinition.Column(one.name, _type(one)) for one in source.columns]
    connection.catalog.create_table(TableDefinition(table, columns))
    connection.execute_command(
        f"copy {table} from {escape_string_literal(str(csv))}"
        " with (format csv, header, null '', delimiter ',')"
    )


def _type(field: Field) -> Any:
    from tableauhyperapi import SqlType

    types = {
        "string": SqlType.text, "integer": SqlType.big_int, "boolean": SqlType.bool,
        "date": SqlType.date, "datetime": SqlType.timestamp,
    }  # fmt: skip
    if field.datatype == "real":
        return SqlType.numeric(*_DECIMALS)
    return types[field.datatype]()
