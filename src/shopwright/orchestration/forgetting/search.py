"""The proof: a search through every text of the database and every file, for whatever is left."""

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard
from psycopg import Connection, sql

from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import unpacked
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID
from shopwright.orchestration.forgetting.traces import Trace, Traces
from shopwright.storage.database import Database

_LONGEST = 4096
_NEAR_IN_TEXT, _NEAR_IN_PAGES = 200, 16
"""Bytes that may lie between first and last name: within a line, and within a row on the disk."""


@dataclass(frozen=True)
class Remnant:
    """Where something of the person still stands, and of what kind it is. Never what it says."""

    place: str
    kind: str


@dataclass
class Search:
    """What was searched, and what was found."""

    tables: int = 0
    columns: int = 0
    rows: int = 0
    files: int = 0
    bytes: int = 0
    kinds: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    not_searched: list[str] = field(default_factory=list)
    remnants: list[Remnant] = field(default_factory=list)


def search(workspace: Workspace, database: Database, traces: Traces) -> Search:
    """Looks for the person in every text column of every schema, in the planner's statistics, in
    every file of the workspace (packed ones unpacked) and in the embedded server's own files.
    """
    found = Search(
        kinds=sorted({CUSTOMER_ID, *(one.kind for one in traces.found)}), shared=traces.shared
    )
    with database.connect() as connection:
        connection.execute("set transaction read only")
        _search_tables(connection, traces, found)
        _search_statistics(connection, traces, found)
    inside = None if database.server is None else database.server.data_folder
    for path in sorted(_walk(workspace.folder)):
        if inside is None or inside not in path.parents:
            _search_file(path, traces, found, _NEAR_IN_TEXT)
    if inside is not None:
        for path in sorted(_walk(inside)):
            _search_file(path, traces, found, _NEAR_IN_PAGES)
    return found


def _search_tables(connection: Connection, traces: Traces, found: Search) -> None:
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in connection.execute(
        """
        select nspname, relname, attname, typname
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid
        inner join pg_namespace on pg_namespace.oid = relnamespace
        inner join pg_type on pg_type.oid = atttypid
        where relkind in ('r', 'm') and attnum > 0 and not attisdropped
            and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            and nspname not like 'pg\\_temp%' and nspname not like 'pg\\_toast\\_temp%'
            and (typcategory in ('S', 'A') or typname in ('json', 'jsonb', 'bytea'))
        order by nspname, relname, attnum
        """
    ):
        columns.setdefault((schema, table), []).append((column, kind))
    for (schema, table), texts in columns.items():
        checks = [_standing(texts, trace) for trace in traces.found]
        kinds = [trace.kind for trace in traces.found]
        if traces.exact_id:
            checks += _exactly(texts, traces.customer_id)
            kinds += [CUSTOMER_ID] * (len(checks) - len(kinds))
        counts = connection.execute(
            sql.SQL("select count(*), {} from {}").format(
                sql.SQL(", ").join(
                    sql.SQL("count(*) filter (where {})").format(check)
                    for check in checks or [sql.SQL("false")]
                ),
                sql.Identifier(schema, table),
            )
        ).fetchone()
        assert counts is not None
        found.tables += 1
        found.columns += len(texts)
        found.rows += counts[0]
        found.remnants += [
            Remnant(f"{schema}.{table}, {count} rows", kind)
            for count, kind in zip(counts[1:], kinds, strict=False)
            if count
        ]


def _standing(texts: list[tuple[str, str]], trace: Trace) -> sql.Composable:
    """A condition: all words of the trace stand in the row."""
    row = sql.SQL("lower(concat_ws(' ', {}))").format(
        sql.SQL(", ").join(
            sql.SQL("encode({}, 'escape')" if kind == "bytea" else "{}").format(
                sql.Identifier(column)
            )
            for column, kind in texts
        )
    )
    return sql.SQL(" and ").join(
        sql.SQL("strpos({}, {}) > 0").format(row, sql.Literal(word.lower())) for word in trace.words
    )


def _exactly(texts: list[tuple[str, str]], customer_id: str) -> list[sql.Composable]:
    """Conditions: the number stands where a customer is named."""
    conditions: list[sql.Composable] = [
        sql.SQL("trim(customer_id) = {}").format(sql.Literal(customer_id))
        for column, _ in texts
        if column == CUSTOMER_ID
    ]
    return conditions + [
        sql.SQL("trim({} ->> 'customer_id') = {}").format(
            sql.Identifier(column), sql.Literal(customer_id)
        )
        for column, kind in texts
        if kind == "jsonb"
    ]


def _search_statistics(connection: Connection, traces: Traces, found: Search) -> None:
    """The planner keeps samples of columns."""
    for trace in traces.found:
        words = trace.words[-1:]  # the last name: a sample of one column holds no other
        for schema, table, column in connection.execute(
            "select schemaname, tablename, attname from pg_stats"
            " where strpos(lower(concat(most_common_vals, histogram_bounds, most_common_elems)),"
            " %s) > 0 and schemaname not in ('pg_catalog', 'information_schema')",
            [words[0].lower()],
        ):
            if trace.kind != "name" or column not in ("first_name", "last_name"):
                place = f"statistics of {schema}.{table}.{column}"
                found.remnants.append(Remnant(place, trace.kind))


def _walk(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(root, name)
            if path.is_file():
                yield path


def _search_file(path: Path, traces: Traces, found: Search, near: int) -> None:
    try:
        if path.suffix == ".parquet":
            texts: Iterator[bytes] = _parquet_texts(path)
        else:
            texts = _texts(path)
        patterns = [(trace.kind, _pattern(trace, near)) for trace in traces.found]
        if traces.exact_id and re.search(r"\.csv(\.gz|\.zst)?$", path.name):
            patterns.append((CUSTOMER_ID, _field_pattern(traces.customer_id)))
        kinds = set()
        for text in texts:
            found.bytes += len(text)
            kinds |= {kind for kind, pattern in patterns if pattern.search(text)}
        if traces.exact_id and CUSTOMER_ID in kinds and not _names_customer(path, traces):
            kinds.discard(CUSTOMER_ID)
        found.files += 1
        found.remnants += [Remnant(str(path), kind) for kind in sorted(kinds)]
    except FileNotFoundError:
        pass  # a file of the server's, gone meanwhile
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, ValueError) as error:
        found.not_searched.append(f"{path}: {type(error).__name__}")


def _pattern(trace: Trace, near: int) -> re.Pattern[bytes]:
    first, *rest = (re.escape(word.encode()) for word in trace.words)
    if not rest:
        wide = re.escape(trace.words[0].encode("utf-16-le"))
        return re.compile(first + b"|" + wide, re.IGNORECASE)
    between = b"[^\\n]{0,%d}" % near
    return re.compile(first + between + rest[0] + b"|" + rest[0] + between + first, re.IGNORECASE)


def _field_pattern(customer_id: str) -> re.Pattern[bytes]:
    """The number as a whole field of a line, whatever separates the fields."""
    return re.compile(
        rb"(?m)(?<![^\s,;|\"])" + re.escape(customer_id.encode()) + rb"(?![^\s,;|\"])"
    )


def _names_customer(path: Path, traces: Traces) -> bool:
    """Whether the number stands in the column customer_id of a CSV file, and not in another."""
    import csv

    def lines() -> Iterator[str]:
        for text in _lines(path):
            yield text.decode("utf-8", "replace").replace("\x00", "")

    header = next(lines(), "")
    delimiter = max(",;\t|", key=header.count)
    try:
        rows = csv.DictReader(lines(), delimiter=delimiter)
        return any((row.get(CUSTOMER_ID) or "").strip() == traces.customer_id for row in rows)
    except csv.Error:
        return True


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for text in _chunks(path):
        *whole, rest = (rest + text).split(b"\n")
        yield from whole
    yield rest


def _texts(path: Path) -> Iterator[bytes]:
    """Chunks that overlap, so that nothing hides on an edge."""
    tail = b""
    for chunk in _chunks(path):
        yield tail + chunk
        tail = chunk[-_LONGEST:]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from unpacked(stream, path.suffix)


def _parquet_texts(path: Path) -> Iterator[bytes]:
    import polars as pl

    frame = pl.read_parquet(path)
    texts = frame.select(pl.col(pl.String, pl.Categorical).cast(pl.String))
    for column in texts.columns:
        for chunk in texts[column].drop_nulls().unique().to_frame().iter_slices(100_000):
            yield "\n".join(chunk[column]).encode()
