"""SQL as pg_restore writes it, carried out on a connection of ours."""

import re
from collections.abc import Iterator
from typing import IO

from psycopg import Connection

_CHUNK = 1 << 20
_SETTING = re.compile(rb"^SET (\w+) = ")
_SCRIPT_KEY = re.compile(rb"^\\(un)?restrict .*\n", re.MULTILINE)
_END_OF_ROWS = b"\\.\n"


class SqlScript:
    """A script read once, from its first line to its last: lines, and between them whole tables."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._place = 0

    def __iter__(self) -> Iterator[bytes]:
        while self._has_more():
            self._place += 1
            yield self._lines[self._place - 1]

    def rows(self) -> Iterator[bytes]:
        """The rows after a COPY, many at a time, up to the mark that ends them. Raises EOFError
        where the script ends before."""
        while self._has_more():
            begin = self._place
            try:
                self._place = self._lines.index(_END_OF_ROWS, begin) + 1
            except ValueError:
                self._place = len(self._lines)
                yield b"".join(self._lines[begin:])
            else:
                yield b"".join(self._lines[begin : self._place - 1])
                return
        raise EOFError("the script ends amid a table")

    def _has_more(self) -> bool:
        if self._place == len(self._lines):
            self._lines, self._place = self._stream.readlines(_CHUNK), 0
        return bool(self._lines)

    def run(self, connection: Connection) -> None:
        """Carries out a script without rows."""
        text = _SCRIPT_KEY.sub(b"", _known_settings(connection, b"".join(self)))
        connection.execute(text)

    def copy_rows(self, connection: Connection) -> None:
        """Carries out a script of nothing but rows, and where numbers go on from."""
        numbers = []
        for line in self:
            if line.startswith(b"COPY "):
                with connection.cursor().copy(line.rstrip(b";\n")) as copy:
                    for rows in self.rows():
                        copy.write(rows)
            elif line.startswith(b"SELECT pg_catalog.setval"):
                numbers.append(line)
        if numbers:
            connection.execute(b"".join(numbers))


def _known_settings(connection: Connection, script: bytes) -> bytes:
    """The script without settings at its head that a server of another version does not know."""
    head, mark, rest = script.partition(b"\n--\n-- Name: ")
    known = {name.encode() for (name,) in connection.execute("select name from pg_settings")}
    lines = [
        line
        for line in head.splitlines(keepends=True)
        if not (found := _SETTING.match(line)) or found[1].lower() in known
    ]
    return b"".join(lines) + mark + rest
