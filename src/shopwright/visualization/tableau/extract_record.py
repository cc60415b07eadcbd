"""What an extract was made of. Hyper writes random numbers into every file that it makes, so two
files of the same rows differ; an extract whose rows are still the same is kept as it is."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from shopwright.visualization.tableau.connections import EXTRACT_FILE
from shopwright.visualization.tableau.fields import DataSource

RECORD_FILE = f"{EXTRACT_FILE}.sha256"


def is_made_of(folder: Path, rows: str) -> bool:
    """Whether the extract in a folder is the one that was made of these rows, and untouched."""
    try:
        return (folder / RECORD_FILE).read_text() == record(folder / EXTRACT_FILE, rows)
    except (OSError, ValueError):
        return False


def record(extract: Path, rows: str) -> str:
    """The text of the record of an extract."""
    return f"{_digest(extract)}  {extract.name}\n{rows}  rows\n"


def rows_digest(sources: Sequence[DataSource], csv_folder: Path) -> str:
    """A number for all that an extract is made of: the columns of its tables, and their rows."""
    described = [
        (source.name, [(one.name, one.datatype) for one in source.columns],
         _digest(csv_folder / f"{source.name}.csv"))
        for source in sources
    ]  # fmt: skip
    return hashlib.sha256(repr(described).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
