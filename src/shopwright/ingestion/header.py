"""The head of a file: how it is written, what its columns are called, where its rows begin."""

import csv
import io
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from shopwright.config import DialectSettings, Settings
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.contract import contract
from shopwright.ingestion.deliveries import Declaration, DeliveryFile
from shopwright.ingestion.encodings import FALLBACK, UTF_8, as_utf_8, detect, is_fallback

DELIMITERS = ",;\t|"
LONGEST_HEADER = 1 << 16
LONGEST_IDENTIFIER = 63
_LINE_END = re.compile(rb"\r*\n|\r")
_SEPARATOR_LINE = re.compile(rb"sep=(.)", re.IGNORECASE)
"""Excel's own way to name the delimiter, in a line above the header."""


class FileInvalid(ShopwrightError):
    """A delivered file cannot be read as the table it says it is."""


@dataclass(frozen=True)
class Header:
    """What is known of a file before its rows are read.

    `columns` have the contract's names where the workspace maps them. `line` is the header as it
    stands in the file, in UTF-8 and without its line end; the rows begin `length` bytes into the
    text, in line `first_row`. `dialect` holds what was declared and, for encoding and delimiter,
    what was found.
    """

    columns: list[str]
    dialect: DialectSettings
    line: bytes = b""
    length: int = 0
    first_row: int = 2
    line_end: bytes = b"\n"
    is_encoding_declared: bool = False

    @property
    def delimiter(self) -> str:
        """Between two fields."""
        return self.dialect.delimiter or ","

    @property
    def encoding(self) -> str:
        """Python's name of it."""
        return self.dialect.encoding or UTF_8

    def settled(self, file: DeliveryFile) -> "Header":
        """With another encoding where none is declared and the whole file speaks for it: what
        `read_header` has seen is the beginning."""
        if self.encoding != UTF_8 or self.is_encoding_declared or not is_fallback(file.chunks()):
            return self
        dialect = self.dialect.model_copy(update={"encoding": FALLBACK})
        return replace(self, dialect=dialect)


def read_header(
    file: DeliveryFile,
    declared: Declaration | None = None,
    settings: Settings | None = None,
) -> Header:
    """Reads the head of a file by what its delivery declares, else the workspace, else the bytes.

    Raises FileInvalid, naming the mend, or DeliveryInvalid.
    """
    declared, settings = declared or Declaration(), settings or Settings()
    dialect = declared.dialect.of(file.table).over(settings.dialect.of(file.table))
    chunks = file.chunks(LONGEST_HEADER + 1)
    first = next(chunks, b"")
    encoding = dialect.encoding or detect(first, file.chunks)
    text = _beginning(itertools.chain([first], chunks), encoding)
    if not text.strip():
        raise FileInvalid(
            f"{file.name} is empty: it has not even a header.",
            "Deliver it with the line of column names, or leave the file out.",
        )
    line, start, line_end, number = _first_line(text)
    delimiter = dialect.delimiter
    if separator := _SEPARATOR_LINE.fullmatch(line):
        delimiter = delimiter or separator[1].decode("ascii", "replace")
        line, start, line_end, number = _first_line(text, start, number)
    names = {**settings.columns.of(file.table), **declared.columns.of(file.table)}
    columns, delimiter = _columns(file, line, delimiter, names)
    if problem := _problem(file.table, tuple(columns)):
        raise FileInvalid(f"{file.name}, line 1: {problem[0]}", problem[1])
    return Header(
        columns=columns,
        dialect=_completed(dialect, encoding, delimiter),
        line=line,
        length=start,
        first_row=number,
        line_end=line_end,
        is_encoding_declared=dialect.encoding is not None,
    )


def _beginning(chunks: Iterable[bytes], encoding: str) -> bytes:
    """As much of the text as a header may take."""
    text = b""
    for chunk in as_utf_8(chunks, encoding):
        text += chunk
        if len(text.lstrip()) > LONGEST_HEADER:
            break
    return text


def _first_line(text: bytes, start: int = 0, number: int = 1) -> tuple[bytes, int, bytes, int]:
    """The first line with something in it, where the next one starts, how it ends, its number."""
    while True:
        end = _LINE_END.search(text, start)
        line = text[start : end.start() if end else None]
        start = end.end() if end else len(text)
        number += 1
        if line.strip() or not end:
            return line, start, b"\r" if end and end[0] == b"\r" else b"\n", number


def _columns(
    file: DeliveryFile, line: bytes, delimiter: str | None, names: dict[str, str]
) -> tuple[list[str], str]:
    if len(line) > LONGEST_HEADER:
        raise _not_a_table(file, f"its first line has over {LONGEST_HEADER} bytes")
    try:
        text = line.decode(UTF_8)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise _not_a_table(file, f"byte {byte:#04x} in the header is no character") from error
    if "\x00" in text:
        raise _not_a_table(file, "a NUL byte in the header")
    found, delimiter = _best_split(
        text, delimiter or DELIMITERS, file.table, tuple(sorted(names.items()))
    )
    return list(found), delimiter


@cache
def _best_split(
    line: str, delimiters: str, table: str, names: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], str]:
    """The columns by the delimiter that yields most of the contract's, and which it is: worked out
    once for all the files that begin alike."""
    known, ours = contract()[table].columns.keys(), dict(names)
    candidates = [
        (tuple(ours.get(name, name) for name in _split(line, one)), one) for one in delimiters
    ]
    return max(candidates, key=lambda one: (len(known & set(one[0])), len(one[0])))


def _split(line: str, delimiter: str) -> list[str]:
    return [column.strip() for column in next(csv.reader(io.StringIO(line), delimiter=delimiter))]


@cache
def _completed(declared: DialectSettings, encoding: str, delimiter: str) -> DialectSettings:
    return declared.over(DialectSettings(encoding=encoding, delimiter=delimiter))


@cache
def _problem(table_name: str, columns: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with the columns of a file, and the mend; looked for once for all the files
    that have the same."""
    table = contract()[table_name]
    missing = table.missing_columns(columns)
    if missing and not table.columns.keys() & columns:
        # its first line may be a row, of which nothing is repeated: it may be personal
        return (
            f"none of its {len(columns)} columns is one of the contract's "
            f"({missing[0].name} is required). Is the line of column names missing?",
            "Deliver the file with it, or import the folder with a mapping: "
            "`shopwright import MAPPING FOLDER`.",
        )
    for column in missing:
        nearest = table.nearest(column.name, columns)
        others = f" (or {' and '.join(column.alternatives)})" if column.alternatives else ""
        return (
            f"the required column {column.name}{others} is missing."
            + (f" Did {nearest} mean it?" if nearest else f" The file has: {', '.join(columns)}."),
            f"Name the column {column.name} in the file, or map it in shopwright.toml: "
            f'[columns.{table.name}] "{nearest or "ITS NAME"}" = "{column.name}". Whole folders '
            "of another shape are imported with a mapping: `shopwright import MAPPING FOLDER`.",
        )
    for number, name in enumerate(columns, 1):
        if not name or name.startswith("_") or len(name.encode()) > LONGEST_IDENTIFIER:
            return (
                f"column {number} is called {name!r}.",
                "Give it a name of 1 to 63 bytes that does not begin with an underscore.",
            )
        if columns.index(name) != number - 1:
            return f"the column {name} stands there twice.", "Rename or drop one of the two."
    return None


def _not_a_table(file: DeliveryFile, reason: str) -> FileInvalid:
    return FileInvalid(
        f"{file.name} is not a CSV table ({reason}).",
        "Save it as CSV and deliver it again; if it is in an odd encoding, name that in a "
        'delivery.toml beside it: [dialect] encoding = "cp1252".',
    )
