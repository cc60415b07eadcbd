"""What can be wrong with an import, one class per thing that the user can mend."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from shopwright.config import ShopwrightError


class ImportMappingError(ShopwrightError):
    """An import stopped; no delivery was written or changed."""


class UnknownMapping(ImportMappingError):
    """No mapping of that name is built in or lies in the workspace's `mappings` folder."""

    exit_code = 2


class WrongSource(ImportMappingError):
    """The foreign folder is not there, is a file, holds no file, or holds the deliveries too."""

    exit_code = 2


class EmptyMapping(ImportMappingError):
    """A mapping's folder holds none of the four SELECTs."""


class BrokenSelect(ImportMappingError):
    """A SELECT of the mapping does not run; the message names its file and line."""


class MissingColumn(ImportMappingError):
    """A SELECT gives a result without a column that the input contract requires."""


class WrongDeliveryDate(ImportMappingError):
    """A SELECT gives a `delivery_date` that is not a date."""


class NothingToImport(ImportMappingError):
    """All SELECTs together give no row."""


class WorkbookUnreadable(ImportMappingError):
    """An Excel workbook cannot be read: its reader is not installed, or the file is damaged."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like `name` whatever the case of its letters, or None where none is near."""
    by_lower_case = {each.lower(): each for each in names}
    found = difflib.get_close_matches(name.lower(), list(by_lower_case), n=1, cutoff=0.6)
    return by_lower_case[found[0]] if found else None


def line_named_in(message: str) -> int | None:
    """The line that DuckDB points at (`LINE 3: ...`), or None where it names none."""
    found = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
    return int(found[1]) if found else None


def mend_of(message: str, folder: Path, files: Iterable[str]) -> str:
    """The move that mends a SELECT which DuckDB refused with `message`."""
    listed = sorted(files)
    missing = re.search(
        r'No files found that match the pattern "(.+?)"|Table with name (.+?) does not exist',
        message,
    )
    near = nearest(missing[1] or missing[2], listed) if missing else None
    hint = f"Did you mean '{near}'? " if near else ""
    if missing and missing[1]:
        some = ", ".join(listed[:8]) + (", ..." if len(listed) > 8 else "")
        return f"{hint}{folder} holds {some}."
    if "file system operations are disabled" in message:
        return (
            f"A mapping reads the folder it is given ({folder}) and nothing else: put the file "
            "there and name it relatively, as in read_csv('orders.csv', all_varchar = true)."
        )
    if "xlsx" in message.lower() or "excel" in message.lower():
        return (
            f"{hint}A workbook is read as a table: from 'orders.xlsx' for its first sheet, "
            "from 'orders.xlsx/Sheet name' for another."
        )
    return f"{hint}Mend the SELECT and run the import again."
