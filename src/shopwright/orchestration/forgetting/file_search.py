"""The search through files: of the workspace, and of the embedded server."""

import csv
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import unpacked
from shopwright.ingestion.encodings import as_utf_8, detect
from shopwright.ingestion.header import DELIMITERS
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID, tables_of_customers
from shopwright.orchestration.forgetting.traces import Trace, Traces, spellings

_LONGEST = 4096
_NEAR_IN_TEXT, _NEAR_IN_PAGES = 400, 16
"""Bytes that may lie between first and last name: within a line, and within a row on the disk."""
_BACKUP = b"PGDMP"
"""How a file of pg_dump's begins; what it holds is packed in pieces."""
_TABLE = re.compile(r"\.csv(\.gz|\.zst)?$")


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


def search_files(
    workspace: Workspace,
    server_files: Path | None,
    traces: Traces,
    encodings: Iterable[str],
    found: Search,
) -> None:
    """Looks into every file of the workspace, then of the server; adds what it finds."""
    names = _names_of_the_number(workspace)
    near = {_NEAR_IN_TEXT: _patterns(traces, encodings, _NEAR_IN_TEXT)}
    near[_NEAR_IN_PAGES] = _patterns(traces, encodings, _NEAR_IN_PAGES)
    for path in sorted(_walk(workspace.folder)):
        if server_files is None or server_files not in path.parents:
            _search_file(path, traces, near[_NEAR_IN_TEXT], names, found)
    if server_files is not None:
        for path in sorted(_walk(server_files)):
            _search_file(path, traces, near[_NEAR_IN_PAGES], names, found)


def _names_of_the_number(workspace: Workspace) -> set[str]:
    """What the workspace's files may call the column."""
    return {CUSTOMER_ID} | {
        name
        for table in tables_of_customers()
        for name, meant in workspace.settings.columns.of(table).items()
        if meant == CUSTOMER_ID
    }


def _walk(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(root, name)
            if path.is_file():
                yield path


_Patterns = list[tuple[str, re.Pattern[bytes]]]


def _search_file(
    path: Path, traces: Traces, patterns: _Patterns, names: set[str], found: Search
) -> None:
    try:
        if _is_backup(path):
            found.not_searched.append(f"{path}: a backup, which holds what the database held then")
            return
        texts = _parquet_texts(path) if path.suffix == ".parquet" else _texts(path)
        kinds = set()
        for text in texts:
            found.bytes += len(text)
            kinds |= {kind for kind, pattern in patterns if pattern.search(text)}
        if traces.exact_id and _TABLE.search(path.name) and _names_customer(path, traces, names):
            kinds.add(CUSTOMER_ID)
        found.files += 1
        found.remnants += [Remnant(str(path), kind) for kind in sorted(kinds)]
    except FileNotFoundError:
        pass  # a file of the server's, gone meanwhile
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, ValueError) as error:
        found.not_searched.append(f"{path}: {type(error).__name__}")


def _is_backup(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_BACKUP)) == _BACKUP


def _patterns(traces: Traces, encodings: Iterable[str], near: int) -> _Patterns:
    return [(trace.kind, _pattern(trace, encodings, near)) for trace in traces.found]


def _pattern(trace: Trace, encodings: Iterable[str], near: int) -> re.Pattern[bytes]:
    first, *rest = (
        b"(?:" + b"|".join(re.escape(one) for one in spellings(word, encodings)) + b")"
        for word in trace.words
    )
    if not rest:
        return re.compile(first, re.IGNORECASE)
    between = b"[^\\n]{0,%d}" % near
    return re.compile(first + between + rest[0] + b"|" + rest[0] + between + first, re.IGNORECASE)


def _names_customer(path: Path, traces: Traces, names: set[str]) -> bool:
    """Whether the number stands in a CSV file's column of customers, and not in another."""
    lines = (line for line in _lines(path) if line.strip() and not re.match("(?i)sep=.$", line))
    try:
        header = next(lines, "")
        delimiter = max(DELIMITERS, key=header.count)
        columns = next(csv.reader([header], delimiter=delimiter), [])
        places = [place for place, name in enumerate(columns) if name.strip() in names]
        return any(
            len(row) > place and row[place].strip() == traces.customer_id
            for row in csv.reader(lines, delimiter=delimiter)
            for place in places
        )
    except csv.Error:
        return True


def _lines(path: Path) -> Iterator[str]:
    rest = ""
    encoding = detect(next(_chunks(path), b""), lambda: _chunks(path))
    for text in as_utf_8(_chunks(path), encoding):
        *whole, rest = (rest + text.decode("utf-8", "replace").replace("\0", "")).split("\n")
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
