"""Lines that are no rows: the text of one that names a forgotten person, or may, is not kept."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract
from shopwright.orchestration.forgetting.layouts import split, value
from shopwright.orchestration.forgetting.pseudonyms import (
    CUSTOMER_ID,
    forgotten,
    pseudonym,
    tables_of_customers,
)
from shopwright.orchestration.forgetting.traces import Traces

NOT_KEPT = "the text is not kept, as it may name somebody who was forgotten"
_STAGED = ("staging", "_file")
_KEPT = ("quality", "file_id")
_BETWEEN_WORDS = re.compile(r'[\s,;|"]+')


class MalformedLine(NamedTuple):
    """A line as it was delivered, and how its file is written."""

    file_id: int
    number: int
    raw: bytes
    table: str
    encoding: str
    delimiter: str
    columns: list[str]

    @property
    def text(self) -> str:
        """What it says; damaged bytes are replaced."""
        return self.raw.decode(self.encoding, "replace")


def hide_staged_lines(connection: Connection) -> int:
    """Takes the text out of staged lines that name somebody who was forgotten, or of which that
    cannot be told. Gives their number. Costs nothing where nobody was forgotten."""
    names = forgotten(connection)
    if not names:
        return 0
    (salt,) = set(names.values())
    return _hide(
        connection,
        _STAGED,
        lambda line: (
            line.table in tables_of_customers()
            and (
                not _tells_whom(line) or any(pseudonym(salt, one) in names for one in _words(line))
            )
        ),
    )


def erase_from_lines(connection: Connection, traces: Traces) -> int:
    """Takes the text out of lines that hold the person, wherever they are kept."""
    return sum(
        _hide(connection, place, lambda line: _names_person(line, traces))
        for place in (_STAGED, _KEPT)
    )


def lines_left(connection: Connection, traces: Traces) -> int:
    """How many kept lines still hold the person."""
    return sum(
        _names_person(line, traces)
        for place in (_STAGED, _KEPT)
        for line in _lines(connection, place)
    )


def _names_person(line: MalformedLine, traces: Traces) -> bool:
    """Of a table that names no customers, another's number may be the same."""
    if line.table in tables_of_customers():
        return traces.stand_in(line.text)
    return traces.words_stand_in(line.text)


def _tells_whom(line: MalformedLine) -> bool:
    """Whether the customer's number must be among the words, if the line is somebody's.

    Not where bytes or quotes are damaged, nor of a line with too few fields: it may be the end of
    a longer one, or cut in the middle of the number.
    """
    try:
        text = line.raw.decode(line.encoding)
    except UnicodeError:
        return False
    if "\0" in text or text.count('"') % 2 or CUSTOMER_ID not in line.columns:
        return False
    fields = split(text.encode("utf-8", "replace"), line.delimiter.encode())
    if len(fields) < len(line.columns):
        return False
    own = value(fields[line.columns.index(CUSTOMER_ID)])
    is_required = contract()[line.table].columns[CUSTOMER_ID].required
    return bool(own) or not is_required


def _words(line: MalformedLine) -> set[str]:
    fields = split(line.text.encode("utf-8", "replace"), line.delimiter.encode())
    return {*map(value, fields), *_BETWEEN_WORDS.split(line.text)} - {""}


def _hide(
    connection: Connection, place: tuple[str, str], is_meant: Callable[[MalformedLine], bool]
) -> int:
    found = [
        (f"; {NOT_KEPT}", line.file_id, line.number)
        for line in _lines(connection, place)
        if is_meant(line)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            sql.SQL(
                "update {}.malformed_lines set raw = '', reason = reason || %s"
                " where {} = %s and line_number = %s"
            ).format(*map(sql.Identifier, place)),
            found,
        )
    return len(found)


def _lines(connection: Connection, place: tuple[str, str]) -> Iterator[MalformedLine]:
    """Those whose text is kept, a few at a time: a file may be nothing else."""
    schema, file_column = place
    exists = connection.execute("select to_regclass(%s)", [f"{schema}.malformed_lines"]).fetchone()
    if exists == (None,):
        return
    with connection.cursor("malformed_lines_of_" + schema) as cursor:
        cursor.execute(
            sql.SQL(
                "select files.file_id, line_number, raw, table_name, encoding, delimiter,"
                " column_names"
                " from {}.malformed_lines as line"
                " inner join ops.files on files.file_id = line.{} where raw <> ''"
            ).format(sql.Identifier(schema), sql.Identifier(file_column))
        )
        for row in cursor:
            yield MalformedLine(*row)
