"""Any bytes at all in a file: no line is lost, and COPY reads what the record reader gives it."""

import csv
import gzip
import io
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.conftest import DatabaseServer

from shopwright.config import Settings
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion import ledger, records, staging
from shopwright.ingestion.deliveries import read_delivery
from shopwright.ingestion.encodings import byte_order_mark
from shopwright.ingestion.records import RecordReader
from shopwright.ingestion.staging import StagedFile
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


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"])
WORDS = st.text(st.sampled_from('ab,;"\n\r é\\.'), max_size=6)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A customers file by name and bytes: in some dialect and encoding, mostly damaged."""
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",,;\t|")),
        lineterminator=draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])),
    )
    writer.writerow(["customer_id", "first_name", "city"])
    writer.writerows(draw(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=8)))
    content = bytearray(text.getvalue().encode(draw(ENCODINGS), "replace"))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 2))] = draw(PIECES)
    if draw(st.integers(0, 4)):
        return "customers.csv", bytes(content)
    packed = gzip.compress(bytes(content), mtime=0)
    return "customers.csv.gz", packed[: draw(st.sampled_from([None, None, -1, 20]))]


@pytest.fixture(scope="module")
def staging_database(server: DatabaseServer, template_database: str) -> Iterator[Database]:
    """A database into which files are staged, one after the other."""
    name = server.create(template=template_database)
    with Database(server.database_url(name)) as database:
        yield database
    server.drop(name)


@settings(max_examples=5 * settings.default.max_examples)
@given(file=files())
def test_a_file_is_refused_with_a_mend_or_each_of_its_lines_is_accounted_for(
    staging_database: Database, file: tuple[str, bytes]
) -> None:
    name, content = file
    with tempfile.TemporaryDirectory() as folder, staging_database.connect() as connection:
        delivery = Path(folder) / "2024-05-01"
        delivery.mkdir()
        (delivery / name).write_bytes(content)
        one = staged(staging_database, connection, delivery)
        if isinstance(one, ShopwrightError):
            assert one.mend
            assert connection.execute("select * from staging.customers").fetchall() == []
            return
        text = b"".join(staging._rows(one))
        in_rows = sum(1 + lines for _, lines in staged_rows(connection, one))
        assert in_rows + one.malformed_count + one.blank_count == lines_in(
            text, one.header.line_end
        )
        kept = connection.execute(
            "select line_number, raw from staging.malformed_lines order by line_number"
        ).fetchall()
        assert len(kept) == one.malformed_count
        begins = [number for number, _ in staged_rows(connection, one)]
        assert not {number for number, _ in kept} & set(begins)
        if name == "customers.csv":  # what is set aside is the file's own bytes
            body = content.removeprefix(byte_order_mark(content, one.header.encoding))
            assert all(bytes(raw) in body for _, raw in kept)


@st.composite
def plain_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A customers file that goes through COPY with others, its last line end there or not."""
    rows = draw(st.lists(st.integers(0, 99), max_size=3))
    text = "".join(f"\nC{number},Ada,{'x' * draw(st.integers(0, 2))}" for number in rows)
    end = draw(st.sampled_from(["", "\n"]))
    return "customers.csv", f"customer_id,first_name,city{text}{end}".encode()


@settings(max_examples=2 * settings.default.max_examples)
@given(found=st.lists(st.one_of(plain_files(), plain_files(), files()), min_size=2, max_size=12))
def test_files_that_are_copied_together_are_staged_as_each_alone(
    staging_database: Database, found: list[tuple[str, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, staging_database.connect() as connection:
        deliveries = [Path(folder) / f"2024-05-{day:02}" for day in range(1, len(found) + 1)]
        for delivery, (name, content) in zip(deliveries, found, strict=True):
            delivery.mkdir()
            (delivery / name).write_bytes(content)
        together = contents(staging_database, connection, deliveries)
        alone: dict[str, object] = {}
        for delivery in deliveries:
            alone |= contents(staging_database, connection, [delivery])
        assert together == alone


def contents(
    database: Database, connection: psycopg.Connection, folders: list[Path]
) -> dict[str, object]:
    """By delivery, what is staged of its one file, or why it cannot be read."""
    numbered, refused = ledger.number(
        connection, [read_delivery(folder) for folder in folders], Settings()
    )
    staging.stage(connection, database.connect, numbered)
    result: dict[str, object] = {name: str(error) for name, error in refused.items()}
    for one in numbered:
        columns = sql.SQL(", ").join(map(sql.Identifier, one.header.columns))
        result[one.delivery.name] = (
            str(one.problem),
            (one.row_count, one.line_count, one.malformed_count, one.blank_count),
            connection.execute(
                sql.SQL(
                    "select _row, _delivery_key, _delivery_date, {} from staging.located_customers"
                    " where _file = %s order by _row"
                ).format(columns),
                [one.file_id],
            ).fetchall(),
            connection.execute(
                "select line_number, raw, reason from staging.malformed_lines where _file = %s"
                " order by line_number",
                [one.file_id],
            ).fetchall(),
        )
    return result


def staged(
    database: Database, connection: psycopg.Connection, folder: Path
) -> StagedFile | ShopwrightError:
    """The delivery's one file in staging, or why it cannot be read."""
    found, refused = ledger.number(connection, [read_delivery(folder)], Settings())
    staging.stage(connection, database.connect, found)
    if refused:
        return refused[folder.name]
    return found[0].problem or found[0]


def staged_rows(connection: psycopg.Connection, one: StagedFile) -> list[tuple[int, int]]:
    """The line in which each row begins, and how many line ends its values hold."""
    end = one.header.line_end.decode()
    return [
        (number, sum((value or "").count(end) for value in values))
        for number, *values in connection.execute(
            sql.SQL("select _row, {} from staging.located_customers order by _row").format(
                sql.SQL(", ").join(map(sql.Identifier, one.header.columns))
            )
        )
    ]
