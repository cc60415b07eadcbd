"""Files as they are written: whole or in parts, packed or not, in one dialect or another."""

import csv
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shopwright.generation.faults.planting import Line
from shopwright.generation.mess.rates import MessRates

BOM = b"\xef\xbb\xbf"
NEW_COLUMN = "campaign_code"
DIALECTS = ("semicolon", "tab", "pipe", "byte order mark", "crlf")
_DELIMITERS = {"semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True)
class FileForm:
    """How a file is written. `dialect` is one of DIALECTS, or empty for the usual one."""

    parts: int = 1
    is_packed: bool = False
    dialect: str = ""
    has_new_column: bool = False

    def names(self) -> list[str]:
        """The kinds of mess in it."""
        found = {
            "part_files": self.parts > 1,
            "gzip": self.is_packed,
            "dialect": bool(self.dialect),
            "new_column": self.has_new_column,
        }
        return [kind for kind, is_so in found.items() if is_so]


PLAIN = FileForm()


@dataclass
class TableFile:
    """A table's rows in a delivery, before they are written in some form."""

    table: str
    header: list[str]
    lines: list[Line]
    form: FileForm = PLAIN

    @property
    def has_faults(self) -> bool:
        """Whether a fault was planted in one of its lines."""
        return any(line.fault for line in self.lines)


def draw_form(rng: np.random.Generator, rates: MessRates, file: TableFile) -> FileForm:
    """A form for a file. One with a line that is no row keeps its columns and its dialect."""
    chance = rng.random(4)
    parts, dialect = int(rng.integers(2, 4)), str(rng.choice(DIALECTS))
    form = FileForm(
        parts=parts if chance[0] < rates.of("part_files") and len(file.lines) >= parts else 1,
        is_packed=bool(chance[1] < rates.of("gzip")),
        dialect=dialect if chance[2] < rates.of("dialect") else "",
        has_new_column=bool(chance[3] < rates.of("new_column")),
    )
    if any(line.fault and line.fault.damage.expected == "malformed" for line in file.lines):
        return replace(form, dialect="", has_new_column=False)
    return form


def rendered(file: TableFile, rng: np.random.Generator) -> Iterator[tuple[str, list[Line], bytes]]:
    """Name, lines and bytes of each file that the table comes in."""
    form = file.form
    cuts = np.sort(rng.choice(np.arange(1, max(len(file.lines), 2)), form.parts - 1, replace=False))
    bounds = [0, *(int(cut) for cut in cuts), len(file.lines)]
    header = Line(b",".join(name.encode() for name in file.header))
    for number in range(form.parts):
        lines = file.lines[bounds[number] : bounds[number + 1]]
        content = _in_dialect([header, *lines], form)
        suffix = f"-{number + 1}" if form.parts > 1 else ""
        packing = ".gz" if form.is_packed else ""
        yield f"{file.table}{suffix}.csv{packing}", lines, packed(content) if packing else content


def _in_dialect(lines: Sequence[Line], form: FileForm) -> bytes:
    texts = [line.text for line in lines]
    if form.has_new_column or form.dialect in _DELIMITERS:
        texts = _rewritten(texts, form)
    line_break = b"\r\n" if form.dialect == "crlf" else b"\n"
    content = line_break.join(texts)
    last = lines[-1].fault
    is_cut_short = last is not None and last.damage.place == "last"
    mark = BOM if form.dialect == "byte order mark" else b""
    return mark + content + (b"" if is_cut_short else line_break)


def _rewritten(texts: list[bytes], form: FileForm) -> list[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_DELIMITERS.get(form.dialect, ","), lineterminator="\n")
    for number, row in enumerate(csv.reader(text.decode() for text in texts)):
        if form.has_new_column:
            row = [*row, _campaign(row) if number else NEW_COLUMN]
        writer.writerow(row)
    return out.getvalue().encode().split(b"\n")[:-1]


def _campaign(row: list[str]) -> str:
    """The same for the same row, so that one that comes twice stays the same."""
    return f"SPRING-{zlib.crc32(','.join(row).encode()) % 7}"


def packed(content: bytes) -> bytes:
    """gzip without the time, and with a header that no Python version changes."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return header + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
