"""Telling the records of a CSV text apart, and the lines that belong to none.

It follows PostgreSQL's COPY: a quote anywhere opens or closes, a doubled one does both, and a
record ends at a line end outside quotes. So one pass over the quotes gives every end and every
delimiter that counts. Everything is done for a megabyte at a time with NumPy; Python only steps
from one record to the next where a bad one runs over several lines.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

LONGEST_RECORD = 16 << 20
"""Bytes after which an open quote is taken for a stray one."""
FEW_RECORDS = 64
"""Looked at behind a bad record of several lines, as the next such one may be near."""
NUMBER_WIDTH = 10
_QUOTE, _NEW_LINE, _RETURN = 34, 10, 13

Positions = NDArray[np.int64]
Bytes = NDArray[np.uint8]
MalformedLine = Callable[[int, bytes, str], None]
"""Is told the line's number, its bytes and what is wrong with it."""


class LineTooLong(Exception):
    """One line is longer than any record may be: this is no table."""

    def __init__(self, line_number: int) -> None:
        super().__init__(f"line {line_number} has over {LONGEST_RECORD >> 20} million bytes")


@dataclass
class RecordReader:
    """Reads a text from below its header, and counts what it finds.

    What it gives is for COPY: every good record unchanged, with the place of its first line as one
    more field in front; the first line of all has `first_place`. Where a bad record spans several
    lines, its first line is malformed and reading goes on in the next one. Lines in = lines of good
    records + malformed + blank.
    """

    header: bytes
    field_count: int
    delimiter: bytes
    malformed: MalformedLine
    first_line: int = 2
    first_place: int = 2
    line_end: bytes = b"\n"
    record_count: int = 0
    record_line_count: int = 0
    malformed_count: int = 0
    blank_count: int = 0
    _line: int = field(init=False)

    def __post_init__(self) -> None:
        self._line = self.first_line

    @property
    def line_count(self) -> int:
        """Lines read."""
        return self._line - self.first_line

    def read(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The good records, ready for COPY. Raises LineTooLong."""
        text, wanted = b"", 0
        for chunk in chunks:
            text += chunk
            if len(text) < wanted:
                continue
            end = text.rfind(self.line_end) + 1
            used, records = self._read(text[:end], is_last=False) if end else (0, b"")
            if records:
                yield records
            text = text[used:]
            if len(text) + used - end > LONGEST_RECORD:
                raise LineTooLong(self._line + text.count(self.line_end))
            wanted = 0 if used else 2 * len(text)  # a long record is not looked at again and again
        if text:
            _, records = self._read(text, is_last=True)
            if records:
                yield records

    def _read(self, text: bytes, *, is_last: bool) -> tuple[int, bytes]:
        """The bytes dealt with, and the good records among them. `text` is whole lines."""
        page = Page(
            text if text.endswith(self.line_end) else text + self.line_end,
            self.delimiter[0],
            self.line_end[0],
        )
        starts: list[Positions] = []
        ends: list[Positions] = []
        has_header = bool(self.header) and self.header in text
        line, base, at_once = 0, 0, page.line_count
        while line < page.line_count:
            first, last, good, is_broken = self._good_run(page, line, base, at_once)
            if has_header:
                good &= ~self._is_header(page, first, last)
            starts.append(first[good])
            ends.append(last[good])
            self._set_aside(page, first[~good], last[~good], base)
            line = int(last[-1]) + 1 if len(last) else line
            if len(last) and not is_broken and len(last) == at_once:
                at_once *= 8
                continue
            if line == page.line_count:
                break
            if not is_broken and not is_last and page.length_from(line) <= LONGEST_RECORD:
                break  # a record whose end has not been read yet
            self._malformed(page, line, self._reason(page, line, base))
            base = int(page.parity[line])  # whatever was open is closed
            line += 1
            at_once = FEW_RECORDS
        used = page.starts[line] if line < page.line_count else len(text)
        first, last = np.concatenate(starts), np.concatenate(ends)
        self.record_count += len(first)
        self.record_line_count += int((last - first).sum()) + len(first)
        records = page.for_copy(first, last, self.first_place + self.line_count, self.delimiter)
        self._line += line
        return int(used), records

    def _good_run(
        self, page: "Page", line: int, base: int, at_once: int
    ) -> tuple[Positions, Positions, NDArray[np.bool_], bool]:
        """First and last lines of the records from `line` on, up to a bad one of several lines.

        No more than `at_once`; which of them are good; whether there was such a bad one.
        """
        last = page.record_ends[base]
        next_end = int(np.searchsorted(last, line))
        last = last[next_end : next_end + at_once]
        first = np.concatenate(([line], last[:-1] + 1))[: len(last)]
        good = page.fields(first, last, base) == self.field_count
        good &= page.damages(first, last, base) == 0
        several = last > first
        good &= ~several | (page.odd_quotes(first, last, base) == 0)
        if self.field_count == 1:
            good &= page.ends[first] > page.starts[first]
        broken = np.flatnonzero(~good & several)
        stop = int(broken[0]) if len(broken) else len(first)
        return first[:stop], last[:stop], good[:stop], len(broken) > 0

    def _is_header(self, page: "Page", first: Positions, last: Positions) -> NDArray[np.bool_]:
        found = np.zeros(len(first), np.bool_)
        sizes = page.ends[first] - page.starts[first]
        marked = len(codecs.BOM_UTF8) + len(self.header)
        candidates = (sizes == len(self.header)) | (sizes == marked)
        for index in np.flatnonzero(candidates & (first == last)):
            line = page.line(int(first[index]))
            found[index] = line.removeprefix(codecs.BOM_UTF8) == self.header
        return found

    def _set_aside(self, page: "Page", first: Positions, last: Positions, base: int) -> None:
        for line in first.tolist():
            if not page.line(line).strip(b" \t\r\n"):
                self.blank_count += 1
            else:
                self._malformed(page, line, self._reason(page, line, base))

    def _malformed(self, page: "Page", line: int, reason: str) -> None:
        self.malformed_count += 1
        self.malformed(self._line + line, page.line(line), reason)

    def _reason(self, page: "Page", line: int, base: int) -> str:
        """What is wrong with the record that begins in this line, as a person would say it."""
        ends = page.record_ends[base]
        index = int(np.searchsorted(ends, line))
        own = page.line(line)
        if own.removeprefix(codecs.BOM_UTF8) == self.header:
            return "the header again"
        if b"\0" in own:
            return "a NUL byte"
        try:
            own.decode()
        except UnicodeDecodeError as error:
            return f"byte {own[error.start]:#04x} is no character of the file's encoding"
        if index == len(ends):
            return "a quote opens a field and nothing closes it"
        last = int(ends[index])
        first_and_last = np.array([line]), np.array([last])
        if last > line:
            return f"a quote opens a field that runs on to line {self._line + last}"
        fields = int(page.fields(*first_and_last, base)[0])
        if fields != self.field_count:
            return f"{fields} {'field' if fields == 1 else 'fields'} instead of {self.field_count}"
        return "a line break of another kind outside quotes"


class Page:
    """Some whole lines of a text, and where in them everything is.

    `base` is 1 where reading goes on behind an odd number of quotes, else 0: it tells the inside
    of quotes from the outside.
    """

    def __init__(self, text: bytes, delimiter: int, line_end: int) -> None:
        self.text = text
        self.bytes = np.frombuffer(text, np.uint8)
        self._delimiter, self._line_end = delimiter, line_end
        self.line_ends = np.flatnonzero(self.bytes == line_end)
        self.line_count = len(self.line_ends)
        self.starts = np.concatenate(([0], self.line_ends[:-1] + 1))
        self._quotes = (
            np.flatnonzero(self.bytes == _QUOTE) if b'"' in text else np.empty(0, np.int64)
        )
        self.parity = np.searchsorted(self._quotes, self.line_ends) & 1
        self.record_ends = [np.flatnonzero(self.parity == base) for base in (0, 1)]
        self._delimiters = self._per_line(np.flatnonzero(self.bytes == delimiter))

    @cached_property
    def ends(self) -> Positions:
        """Where the lines end, without the carriage returns of Windows."""
        ends = self.line_ends.copy()
        if self._line_end == _NEW_LINE and b"\r" in self.text:
            while True:
                more = (ends > self.starts) & (self.bytes[ends - 1] == _RETURN)
                if not more.any():
                    break
                ends -= more
        return ends

    def line(self, line: int) -> bytes:
        """The bytes of a line without its end."""
        return self.text[self.starts[line] : self.ends[line]]

    def length_from(self, line: int) -> int:
        """Bytes from the beginning of a line to the end of the page."""
        return len(self.text) - int(self.starts[line])

    def fields(self, first: Positions, last: Positions, base: int) -> Positions:
        """How many fields the records have."""
        return 1 + _between(self._delimiters[base], first, last)

    def damages(self, first: Positions, last: Positions, base: int) -> Positions:
        """How many bytes in the records may not stand there."""
        return _between(self._damaged, first, last) + _between(self._line_breaks[base], first, last)

    def odd_quotes(self, first: Positions, last: Positions, base: int) -> Positions:
        """How many quotes open or close in the middle of a field: inches, not quotes."""
        return _between(self._odd_quotes[base], first, last)

    def for_copy(
        self, first: Positions, last: Positions, first_place: int, delimiter: bytes
    ) -> bytes:
        """The records with the places of their lines in front."""
        if not len(first):
            return b""
        begins, stops, line_ends = self.starts[first], self.ends[last], self.line_ends[last]
        width = NUMBER_WIDTH + 1
        sizes = stops - begins + width + 1
        offsets = np.cumsum(sizes) - sizes
        text = np.empty(int(sizes.sum()), np.uint8)
        rest = np.ones(len(text), np.bool_)
        numbers = offsets[:, None] + np.arange(width)
        rest[numbers] = False
        text[numbers] = _digits(first + first_place, delimiter[0])
        text[rest] = self._kept(begins, stops, line_ends)
        return text.tobytes()

    def _kept(self, begins: Positions, stops: Positions, line_ends: Positions) -> Bytes:
        """The records with their line ends, without what lies between them."""
        gaps = np.flatnonzero(begins[1:] != line_ends[:-1] + 1)
        if len(gaps) < FEW_RECORDS and (stops == line_ends).all():
            blocks = zip(
                [int(begins[0]), *begins[gaps + 1].tolist()],
                [*line_ends[gaps].tolist(), int(line_ends[-1])],
                strict=True,
            )
            return np.concatenate([self.bytes[begin : end + 1] for begin, end in blocks])
        steps = np.zeros(len(self.text) + 1, np.int8)
        steps[begins] += 1
        steps[stops] -= 1
        steps[line_ends] += 1
        steps[line_ends + 1] -= 1
        return self.bytes[np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)]

    def _per_line(self, positions: Positions) -> tuple[Positions, Positions]:
        """For both bases, how many of the positions outside quotes lie before each line."""
        if not len(self._quotes):
            outside = self._before(positions)
            return outside, outside * 0
        inside = np.searchsorted(self._quotes, positions) & 1 == 1
        return self._before(positions[~inside]), self._before(positions[inside])

    def _before(self, positions: Positions) -> Positions:
        return np.concatenate(([0], np.searchsorted(positions, self.line_ends)))

    @cached_property
    def _damaged(self) -> Positions:
        found: list[int] = []
        if not self.text.isascii():
            _note_broken_bytes(self.text, found)
        if b"\0" in self.text:
            found += np.flatnonzero(self.bytes == 0).tolist()
        return self._before(np.array(sorted(found), np.int64))

    @cached_property
    def _line_breaks(self) -> tuple[Positions, Positions]:
        """Line breaks of the other kind: COPY refuses them outside quotes."""
        other = _NEW_LINE if self._line_end == _RETURN else _RETURN
        found = np.flatnonzero(self.bytes == other) if bytes([other]) in self.text else _NONE
        if other == _RETURN and len(found):
            line = np.searchsorted(self.line_ends, found)
            found = found[found < self.ends[line]]
        return self._per_line(found)

    @cached_property
    def _odd_quotes(self) -> tuple[Positions, Positions]:
        quotes = self._quotes
        boundary = np.zeros(256, np.bool_)
        boundary[[self._delimiter, _QUOTE, _NEW_LINE, _RETURN]] = True
        before = boundary[self.bytes[quotes - 1]] | (quotes == 0)
        after = boundary[self.bytes[np.minimum(quotes + 1, len(self.bytes) - 1)]]
        opens = np.arange(len(quotes)) % 2 == 0
        return (
            self._before(quotes[~np.where(opens, before, after)]),
            self._before(quotes[~np.where(opens, after, before)]),
        )


_NONE = np.empty(0, np.int64)


def _between(before: Positions, first: Positions, last: Positions) -> Positions:
    counts: Positions = before[last + 1] - before[first]
    return counts


def _digits(numbers: Positions, delimiter: int) -> Bytes:
    """Each number as text of a fixed width, and the delimiter."""
    text = np.full((len(numbers), NUMBER_WIDTH + 1), delimiter, np.uint8)
    rest = numbers.copy()
    for column in range(NUMBER_WIDTH - 1, -1, -1):
        text[:, column] = rest % 10 + ord("0")
        rest //= 10
    return text


def _note_broken_bytes(text: bytes, found: list[int]) -> None:
    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        found.append(error.start)
        return "", error.end

    codecs.register_error("shopwright.note", note)
    text.decode("utf-8", "shopwright.note")
