"""The lines that belong to no row: kept whole, with the line's number and what is wrong with it."""

import tempfile
from typing import Self

import psycopg

from shopwright.ingestion.encodings import as_delivered

TABLE = (
    "create unlogged table staging.malformed_lines ("
    "_file integer not null, line_number bigint not null, raw bytea not null,"
    " reason text not null)"
)
_IN_MEMORY = 16 << 20


class MalformedLines:
    """The malformed lines of one file, beside the COPY that its rows go through meanwhile."""

    def __init__(self, file_id: int, encoding: str) -> None:
        self._file_id, self._encoding = file_id, encoding
        self._spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add(self, line_number: int, line: bytes, reason: str) -> None:
        """Takes in a line, in UTF-8."""
        raw = as_delivered(line, self._encoding).hex()
        said = reason.replace("\\", "\\\\")
        self._spool.write(f"{self._file_id}\t{line_number}\t\\\\x{raw}\t{said}\n".encode())
        self.count += 1

    def write(self, connection: psycopg.Connection) -> None:
        """Puts them into staging."""
        if not self.count:
            return
        self._spool.seek(0)
        with connection.cursor().copy(
            "copy staging.malformed_lines (_file, line_number, raw, reason) from stdin"
        ) as copy:
            while chunk := self._spool.read(1 << 20):
                copy.write(chunk)


def keep(connection: psycopg.Connection, run_id: int) -> None:
    """Keeps them in `quality.malformed_lines`, within the transaction that publishes the rest."""
    connection.execute(
        "insert into quality.malformed_lines (file_id, line_number, raw, reason, run_id)"
        " select _file, line_number, raw, reason, %s from staging.malformed_lines",
        [run_id],
    )
