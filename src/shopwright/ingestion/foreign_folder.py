"""A foreign folder of files, read with SELECTs by DuckDB: CSV, Parquet, JSON and Excel."""

import contextlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from shopwright.ingestion import workbooks
from shopwright.ingestion.mapping_errors import (
    BrokenSelect,
    WrongSource,
    mend_of,
    problem_of,
)

# DuckDB's file_search_path would be the obvious way to resolve the relative names, but a file of
# the same name in the current folder wins over it, and a folder with a comma in its name cannot be
# said. So the current folder is changed for the length of a statement; the lock keeps two imports
# in one process apart.
_CURRENT_FOLDER = threading.Lock()


class ForeignFolder:
    """DuckDB over the files of one folder: relative names are that folder's, others are refused.

    `scratch` is a folder of our own for spilled and intermediate data. Raises WrongSource.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder.resolve()
        self.scratch = scratch.resolve()
        self.files = files_in(folder)
        self._database = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "temp_directory": str(self.scratch / "spill"),
            }
        )
        # After two seconds DuckDB would draw a bar of its own across the caller's.
        self._database.execute("set enable_progress_bar = false")
        # Times with a zone leave as UTC text, on whatever machine the import runs.
        self._database.execute("set TimeZone = 'UTC'")
        allowed = [str(self.folder), str(self.scratch)]
        self._database.execute("set allowed_directories = ?", [allowed])
        # This also keeps our own variables out of reach, which DuckDB would take for tables.
        self._database.execute("set enable_external_access = false")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add_workbooks(self, selects: Sequence[Path]) -> None:
        """Make the sheets of every workbook that a SELECT names into tables.

        The first sheet is the table `orders.xlsx`, each one is `orders.xlsx/Sheet name`, every
        cell is text. Raises WorkbookUnreadable.
        """
        texts = [select.read_text(encoding="utf-8") for select in selects]
        for name in self.files:
            if name.lower().endswith(workbooks.SUFFIXES) and any(name in text for text in texts):
                for number, sheet in enumerate(workbooks.sheets(self.folder / name)):
                    # By way of a file: DuckDB takes a frame from memory only through pyarrow.
                    written = self.scratch / "sheet.parquet"
                    sheet.cells.write_parquet(written)
                    tables = [f"{name}/{sheet.name}", *([name] if number == 0 else [])]
                    for table in tables:
                        self._database.execute(
                            f"create temp table {quoted(table)} as from read_parquet(?)",
                            [str(written)],
                        )

    def run(self, select: Path) -> list[str]:
        """Run the SELECT in a file into a table named after the file; its columns, in order.

        Raises BrokenSelect with the file and, where DuckDB tells it, the line.
        """
        text = select.read_text(encoding="utf-8-sig")
        try:
            statements = self._database.extract_statements(text)
            kinds = [statement.type for statement in statements]
            if kinds != [duckdb.StatementType.SELECT]:
                raise BrokenSelect(
                    f"{select}: a mapping's file holds exactly one SELECT, this one holds "
                    f"{' and '.join(kind.name for kind in kinds) or 'no statement'}.",
                    "Leave one SELECT; what several need can be another .sql file beside it.",
                )
            with _CURRENT_FOLDER, contextlib.chdir(self.folder):
                # On one line with the SELECT's first, so that DuckDB counts the file's own lines.
                self._database.execute(f"create temp table {quoted(select.stem)} as {text}")
        except duckdb.Error as error:
            message = str(error).strip()
            raise BrokenSelect(
                problem_of(message, select), mend_of(message, self.folder, self.files)
            ) from error
        described = self.rows(f"describe {quoted(select.stem)}")
        return [str(name) for name, *_ in described]

    def is_ordered(self, select: Path) -> bool:
        """Whether the SELECT itself says in which order its rows stand."""
        text = select.read_text(encoding="utf-8-sig")
        (tree,) = self.rows("select json_serialize_sql(?)", [text])[0]
        statements = json.loads(str(tree)).get("statements", [])
        modifiers = [each for one in statements for each in one["node"].get("modifiers", [])]
        return any(each["type"] == "ORDER_MODIFIER" for each in modifiers)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of our own."""
        return self._database.execute(query, list(parameters)).fetchall()


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def files_in(folder: Path) -> list[str]:
    """The files of a folder and the folders in it, relative and sorted. Raises WrongSource."""
    if folder.is_file():
        raise WrongSource(
            f"{folder} is a file, not a folder.",
            f"Name the folder that the file lies in: {folder.parent}",
        )
    if not folder.is_dir():
        raise WrongSource(
            f"There is no folder {folder}.", "Name the folder that holds the files to import."
        )
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    if not found:
        raise WrongSource(
            f"{folder} holds no file.", "Name the folder that holds the files to import."
        )
    return found
