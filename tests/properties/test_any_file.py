"""Any bytes at all in a file: no line is lost, and COPY reads what the record reader gives it."""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import DatabaseServer

from shopwright.ingestion import records
from shopwright.ingestion.records import RecordReader
from shopwright.storage.database import Database

COLUMNS = 3
many = settings(max_examples=20 * settings.default.max_examples)
"""An example takes a millisecond here."""
HEADER = b"id,name,city"

PIECES = st.sampled_from(
    [
        b",", b'"', b"\n", b"\r\n", b"\r", b"a", b"b c", b'""', b'"a\nb"', b',"', b'",', b"\0",
        b"\xff", b"\xc3\xa9", b"\xc3", b"\\.", b"\n\\.\n", b"1,2,3\n", b'4,"5\n6",7\n', b"\n\n",
        b" ", b"\t", HEADER + b"\n", b"\xef\xbb\xbf",
    ]
)  # fmt: skip
FIELDS = st.text(st.sampled_from('ab,"\n\r é\\.'), max_size=6)


@st.composite
def damaged_tables(draw: st.DrawFn) -> bytes:
    """A table as a CSV writer makes it, in which a few bytes are then changed, added or taken."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows(draw(st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=12)))
    content = bytearray(text.getvalue().encode())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 2))] = draw(PIECES)
    return bytes(content)


TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map(b"".join), damaged_tables(), st.binary(max_size=60)
)


@dataclass
class Read:
    """What the reader made of a text."""

    reader: RecordReader
    records: bytes
    malformed: list[tuple[int, bytes, str]] = field(default_factory=list)


def read(text: bytes, line_end: bytes = b"\n", sizes: int | None = None) -> Read:
    """Reads a text in chunks of a seed's own sizes."""
    found: list[tuple[int, bytes, str]] = []
    reader = RecordReader(
        HEADER, COLUMNS, b",", lambda *line: found.append(line), line_end=line_end
    )
    return Read(reader, b"".join(reader.read(chunks(text, sizes))), found)


def chunks(text: bytes, seed: int | None) -> Iterator[bytes]:
    chance = random.Random(seed)
    while text:
        size = len(text) if seed is None else chance.randint(1, 9)
        yield text[:size]
        text = text[size:]


def lines_in(text: bytes, line_end: bytes) -> int:
    return text.count(line_end) + (not text.endswith(line_end) and text != b"")


@many
@given(text=TEXTS, line_end=st.sampled_from([b"\n", b"\n", b"\r"]), seed=st.integers(0, 99))
def test_no_line_is_lost_however_the_text_is_cut(text: bytes, line_end: bytes, seed: int) -> None:
    whole = read(text, line_end)
    reader = whole.reader
    assert reader.line_count == lines_in(text, line_end)
    assert reader.line_count == (
        reader.record_line_count + reader.malformed_count + reader.blank_count
    )
    assert reader.malformed_count == len(whole.malformed)
    numbers = [number for number, _, _ in whole.malformed]
    assert numbers == sorted(set(numbers))
    lines = text.split(line_end)
    for number, line, reason in whole.malformed:
        assert lines[number - 2].rstrip(b"\r") == line.rstrip(b"\r")
        assert reason
    in_pieces = read(text, line_end, seed)
    assert (in_pieces.records, in_pieces.malformed) == (whole.records, whole.malformed)


@many
@given(text=TEXTS, seed=st.integers(0, 99))
def test_an_open_quote_is_given_up_after_the_longest_record(text: bytes, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "LONGEST_RECORD", 40)
        text = b'1,"2,3\n' + b"".join(line[:30] + b"\n" for line in text.split(b"\n"))
        reader = read(text, sizes=seed).reader
    assert reader.line_count == lines_in(text, b"\n")
    assert reader.line_count == (
        reader.record_line_count + reader.malformed_count + reader.blank_count
    )


@pytest.fixture(scope="module")
def connection(server: DatabaseServer, template_database: str) -> Iterator[psycopg.Connection]:
    """A connection with a table as staging has them."""
    name = server.create(template=template_database)
    with Database(server.database_url(name)) as database, database.connect() as opened:
        opened.execute("create temp table staged (_row bigint, id text, name text, city text)")
        yield opened
    server.drop(name)


def copied(
    connection: psycopg.Connection, text: bytes, columns: str
) -> list[tuple[int | None, str | None, str | None, str | None]] | None:
    """The rows that COPY makes of a text; None where it refuses it."""
    connection.execute("truncate staged")
    try:
        with (
            connection.transaction(),
            connection.cursor().copy(
                f"copy staged ({columns}) from stdin with (format csv, encoding 'utf8')"
            ) as copy,
        ):
            copy.write(text)
    except psycopg.DataError:
        return None
    return connection.execute("select * from staged").fetchall()


@many
@given(text=TEXTS)
def test_copy_reads_the_records_as_they_were_told_apart(
    connection: psycopg.Connection, text: bytes
) -> None:
    if connection.info.server_version < 180_000 and b"\\." in text:
        return  # staging quotes it for older servers
    found = read(text)
    rows = copied(connection, found.records, "_row, id, name, city")
    assert rows is not None
    assert len(rows) == found.reader.record_count
    numbers = [row[0] for row in rows]
    assert numbers == sorted({number for number in numbers if number})
    as_it_is = copied(connection, text, "id, name, city")
    if as_it_is is not None and not found.malformed:
        assert [row[1:] for row in rows] == [row[1:] for row in as_it_is]
    elif as_it_is is not None:  # stricter than COPY: the header again, quotes that swallow lines
        reasons = {reason.split(" to line")[0] for _, _, reason in found.malformed}
        assert reasons & {"the header again", "a quote opens a field that runs on"}
