"""How a delivered file is cut into records and fields, whatever it is written in.

Records are UTF-8 with the ends of their lines. What is not changed in them becomes the very bytes
that were delivered again.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from shopwright.config import Settings
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.deliveries import Delivery, DeliveryFile
from shopwright.ingestion.encodings import as_delivered, as_utf_8, byte_order_mark
from shopwright.ingestion.header import Header, read_header
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID, tables_of_customers

LONGEST_RECORD_LINES = 100
"""A quote that is opened and not closed for longer than this is no quote."""


@dataclass(frozen=True)
class Layout:
    """A file in which customers are named, and how it is read."""

    delivery: Delivery
    file: DeliveryFile
    header: Header

    @property
    def columns(self) -> list[str]:
        """By the contract's names, where the workspace maps them."""
        return self.header.columns

    @property
    def delimiter(self) -> bytes:
        """Between two fields."""
        return self.header.delimiter.encode()

    @property
    def customer(self) -> int:
        """The place of the customer's number in a record."""
        return self.columns.index(CUSTOMER_ID)

    @cached_property
    def mark(self) -> bytes:
        """The byte order mark that the file begins with, if it does."""
        return byte_order_mark(next(self.file.chunks(), b""), self.header.encoding)

    def text(self) -> Iterator[bytes]:
        """The whole file in UTF-8, without its mark."""
        return as_utf_8(self.file.chunks(), self.header.encoding)

    def head(self) -> bytes:
        """All above the first record."""
        text = b""
        for chunk in self.text():
            text += chunk
            if len(text) >= self.header.length:
                break
        return text[: self.header.length]

    def records(self) -> Iterator[bytes]:
        """Lines, or several where a quoted field holds line breaks.

        As where they are loaded: of what is no record of several lines, the first line stands
        alone, and reading goes on in the next one.
        """
        lines: deque[bytes] = deque()
        rest = self._lines()
        while lines or (line := next(rest, None)) is not None:
            if not lines:
                assert line is not None
                lines.append(line)
            count = self._lines_of_record(lines, rest)
            yield b"".join(lines.popleft() for _ in range(count))

    def _lines_of_record(self, lines: deque[bytes], rest: Iterator[bytes]) -> int:
        """How many lines from the first on are one record; reads on as far as it must."""
        is_open = False
        for count in range(1, LONGEST_RECORD_LINES + 1):
            if len(lines) < count:
                if (line := next(rest, None)) is None:
                    return 1
                lines.append(line)
            is_open ^= lines[count - 1].count(b'"') % 2 == 1
            if not is_open:
                record = b"".join(list(lines)[:count])
                return count if count == 1 or self._is_row(record) else 1
        return 1

    def _is_row(self, record: bytes) -> bool:
        """Whether several lines are one: a quote within a field is inches, and opens nothing."""
        fields = split(record.rstrip(b"\r\n"), self.delimiter)
        return len(fields) == len(self.columns) and all(
            one.startswith(b'"') and one.endswith(b'"') for one in fields if b'"' in one
        )

    def _lines(self) -> Iterator[bytes]:
        end, left_out, rest = self.header.line_end, self.header.length, b""
        for chunk in self.text():
            *whole, rest = (rest + chunk[left_out:]).split(end)
            left_out -= min(left_out, len(chunk))
            yield from (line + end for line in whole)
        if rest:
            yield rest

    def as_delivered(self, text: bytes) -> bytes:
        """The bytes of a piece of text as the file is written."""
        return as_delivered(text, self.header.encoding, self.mark)


def layouts(deliveries: list[Delivery], settings: Settings) -> Iterator[Layout]:
    """The files that name customers. One that cannot be read as a table is not among them: that
    it could hold somebody is for the search to tell."""
    for delivery in deliveries:
        for file in delivery.files:
            if file.table in tables_of_customers():
                try:
                    header = read_header(file, delivery.declared, settings).settled(file)
                except ShopwrightError:
                    continue
                if CUSTOMER_ID in header.columns:
                    yield Layout(delivery, file, header)


def split(body: bytes, delimiter: bytes) -> list[bytes]:
    """The fields of a record as they stand, quotes included."""
    if b'"' not in body:
        return body.split(delimiter)
    fields, start, quoted = [], 0, False
    for place in range(len(body)):
        byte = body[place : place + 1]
        if byte == b'"':
            quoted = not quoted
        elif byte == delimiter and not quoted:
            fields.append(body[start:place])
            start = place + 1
    return [*fields, body[start:]]


def value(field: bytes) -> str:
    """What a field says, without its quotes and blanks; damaged bytes are replaced."""
    if len(field) > 1 and field.startswith(b'"') and field.endswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    return field.decode("utf-8", "replace").strip(" ")
