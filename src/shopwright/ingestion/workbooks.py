"""Excel workbooks as tables of text.

Read with openpyxl: DuckDB's own Excel reader is not in its wheel and has to be downloaded.
"""

import importlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

import polars as pl

from shopwright.ingestion.mapping_errors import WorkbookUnreadable

SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and its cells as text, named by the sheet's first row."""

    name: str
    cells: pl.DataFrame


def sheets(workbook: Path) -> Iterator[Sheet]:
    """The sheets of a workbook in their order, empty ones left out. Raises WorkbookUnreadable."""
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError as error:
        raise WorkbookUnreadable(
            f"{workbook} is an Excel workbook, and openpyxl, which reads it, is not installed.",
            "Run pip install 'shopwright[excel]', or save the sheet as CSV.",
        ) from error
    try:
        opened = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
    except (BadZipFile, KeyError, OSError, ValueError) as error:
        raise WorkbookUnreadable(
            f"{workbook} cannot be opened as an Excel workbook: {error}.",
            "Open it in a spreadsheet program and save it as .xlsx or CSV.",
        ) from error
    try:
        for sheet in opened.worksheets:
            # All rows at once: a sheet that is read halfway keeps the file open.
            first, *rows = [*sheet.iter_rows(values_only=True)] or [()]
            header = [_text(cell) for cell in first]
            twice = sorted({name for name in header if name and header.count(name) > 1})
            if twice:
                raise WorkbookUnreadable(
                    f"{workbook}, sheet {sheet.title}: two columns are named {twice[0]}.",
                    "Give each column of the sheet's first row a name of its own.",
                )
            cells = _frame(header, rows)
            if cells.width:
                yield Sheet(sheet.title, cells)
    finally:
        opened.close()


def _frame(header: list[str | None], rows: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    named = [position for position, name in enumerate(header) if name]
    texts = ([_text(cell) for cell in row] for row in rows)
    filled = [row for row in texts if any(cell is not None for cell in row)]
    # A row ends with its last cell: the header goes along, so that no column is cut off.
    columns = list(itertools.zip_longest(header, *filled))
    return pl.DataFrame(
        {str(header[position]): list(columns[position][1:]) for position in named},
        schema={str(header[position]): pl.String for position in named},
    )


def _text(cell: object) -> str | None:
    """A cell as text: 17850 (Excel knows no whole numbers), 2.55, 2010-12-01 08:26:00, true."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
