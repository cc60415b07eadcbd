"""A workbook in a folder: built whole, checked, and put in place without touching the user's work.

The folder gets `shopwright.twb`, the data beside it, and `shopwright.twbx`, both in one file.
"""

import hashlib
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from shopwright.config import ShopSettings
from shopwright.serving.export import FolderUnusable, refuse_missing
from shopwright.visualization.tableau.connections import (
    CSV_FOLDER,
    EXTRACT_FILE,
    Connection,
)
from shopwright.visualization.tableau.extract import write_csv, write_extract
from shopwright.visualization.tableau.extract_record import (
    RECORD_FILE,
    is_made_of,
    record,
    rows_digest,
)
from shopwright.visualization.tableau.left_out import LeftOut, left_out
from shopwright.visualization.tableau.lints import refuse_faults
from shopwright.visualization.tableau.workbook import Workbook, as_text, workbook, written

WORKBOOK, PACKAGE = "shopwright.twb", "shopwright.twbx"
_MARK = re.compile(
    r"<!-- Built by Shopwright, ([0-9a-f]{64})\. Save your own work under another name\. -->\n"
)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Of all files in the package, so that the same content is the same package."""

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Built:
    """What a build wrote. `kept` are workbooks that had been changed, under their new names."""

    folder: Path
    source: str
    files: tuple[Path, ...]
    kept: tuple[Path, ...]
    rows: int
    worksheets: int
    dashboards: int
    calculations: int
    left_out: tuple[LeftOut, ...]
    seconds: float


def build(
    connection: psycopg.Connection,
    shop: ShopSettings,
    folder: Path,
    way: Connection,
    report: Report = lambda *_: None,
) -> Built:
    """Builds the workbook of a warehouse in a folder, made where it is missing.

    Nothing is put in place before all of it is written and the lints found no fault. A workbook of
    ours that was changed since is kept under another name. Raises FolderUnusable, NothingToExport,
    WorkbookFaulty or ExtractImpossible.
    """
    started = time.perf_counter()
    if folder.exists() and not folder.is_dir():
        raise FolderUnusable(f"{folder} is a file.", "Name a folder to build the workbook in.")
    refuse_missing(connection)
    book = workbook(connection, shop)
    root = written(book, way)
    refuse_faults(root)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".build-", dir=folder) as made:
        scratch = Path(made)
        (scratch / WORKBOOK).write_text(marked(as_text(root)), encoding="utf-8")
        rows, data = 0, list[str]()
        if way.kind != "postgres":
            rows, data = _write_csv(connection, book, scratch, report)
            if way.kind == "extract":
                _extract(book, scratch, folder, report)
                data = [EXTRACT_FILE, RECORD_FILE]
            _pack(scratch, [one for one in data if one != RECORD_FILE])
        names = [WORKBOOK, *data, *([PACKAGE] if data else [])]
        kept = tuple(one for name in (WORKBOOK, PACKAGE) if (one := _kept(folder / name)))
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).replace(folder / name)
    return Built(
        folder, way.kind, tuple(folder / name for name in names), kept, rows, len(book.sheets),
        len(book.pages), sum(len(one.calculations) for one in book.sources),
        tuple(left_out(book)), time.perf_counter() - started,
    )  # fmt: skip


def _write_csv(
    connection: psycopg.Connection, book: Workbook, scratch: Path, report: Report
) -> tuple[int, list[str]]:
    """The rows of the sales lines, and the files: one for each data source."""
    csv_folder = scratch / CSV_FOLDER
    csv_folder.mkdir()
    rows = []
    for done, source in enumerate(book.sources):
        report(f"reading {source.caption.lower()}", done, len(book.sources))
        rows.append(write_csv(connection, source, csv_folder / f"{source.name}.csv"))
    return rows[0], [f"{CSV_FOLDER}/{one.name}.csv" for one in book.sources]


def _extract(book: Workbook, scratch: Path, folder: Path, report: Report) -> None:
    """Makes an extract of the CSV files, or takes that of the build before if it is the same."""
    report("writing the extract", len(book.sources), len(book.sources))
    extract, rows = scratch / EXTRACT_FILE, rows_digest(book.sources, scratch / CSV_FOLDER)
    extract.parent.mkdir()
    if is_made_of(folder, rows):
        shutil.copyfile(folder / EXTRACT_FILE, extract)
    else:
        write_extract(book.sources, scratch / CSV_FOLDER, extract)
    (scratch / RECORD_FILE).write_text(record(extract, rows))


def _pack(scratch: Path, data: list[str]) -> None:
    with zipfile.ZipFile(scratch / PACKAGE, "w") as package:
        for name in (WORKBOOK, *data):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with (scratch / name).open("rb") as read, package.open(entry, "w") as packed:
                while chunk := read.read(1 << 20):
                    packed.write(chunk)


def marked(text: str) -> str:
    """The workbook with a line that tells whether it was changed since: Tableau drops it when it
    saves, and who edits the text no longer fits its number."""
    head, body = text.split("\n", 1)
    digest = hashlib.sha256(body.encode()).hexdigest()
    mark = f"<!-- Built by Shopwright, {digest}. Save your own work under another name. -->"
    return f"{head}\n{mark}\n{body}"


def is_as_built(text: str) -> bool:
    """Whether a workbook is one of ours that nobody changed."""
    body = text.split("\n", 1)[-1]
    found = _MARK.match(body)
    if found is None:
        return False
    return hashlib.sha256(body[found.end() :].encode()).hexdigest() == found[1]


def _kept(file: Path) -> Path | None:
    """Moves a workbook that somebody changed out of the way; None where there is none."""
    if not file.exists() or is_as_built(_workbook_of(file)):
        return None
    number = 1
    while (free := file.with_name(f"{file.stem}-changed-{number}{file.suffix}")).exists():
        number += 1
    file.rename(free)
    return free


def _workbook_of(file: Path) -> str:
    """The text of a workbook, packed or not; nothing where it cannot be read."""
    try:
        if file.suffix == ".twbx":
            with zipfile.ZipFile(file) as package:
                return package.read(WORKBOOK).decode()
        with file.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return ""
