"""What can be wrong with an import, one class per thing that the user can mend."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from shopwright.config.errors import ShopwrightError


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


def problem_of(message: str, select: Path) -> str:
    """What is wrong with a SELECT that DuckDB refused with `message`: file, line, reason.

    The line is that of the SELECT, or of the foreign CSV file where the fault lies in a row of it.
    """
    in_select = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
    in_file = re.search(
        r"CSV Error on Line: (\d+)\n(.*?)\n(?:\n|Possible )", message, flags=re.DOTALL
    )
    file = re.search(r"^  file = (.+)$", message, flags=re.MULTILINE)
    if in_file and file:  # and then twenty lines on how DuckDB took the file
        return f"{select}: {file[1]}, line {in_file[1]}: {in_file[2]}"
    return f"{select}, line {in_select[1]}: {message}" if in_select else f"{select}: {message}"


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
    if "Could not convert" in message:
        return (
            "Correct the value where it comes from, or write try_cast(... as ...), "
            "which leaves empty what cannot be read."
        )
    if "xlsx" in message.lower() or "excel" in message.lower():
        return (
            f"{hint}A workbook is read as a table: from 'orders.xlsx' for its first sheet, "
            "from 'orders.xlsx/Sheet name' for another."
        )
    return f"{hint}Mend the SELECT and run the import again."
