"""The forms that an answer is written in: table, csv, json, markdown, parquet."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from shopwright.cli.printing import note, print_table
from shopwright.config.errors import ShopwrightError
from shopwright.serving.parquet import write_parquet
from shopwright.serving.query import Answer, Json, Number

TABLE_ROWS = 1000
"""A table is for people: they are told when there is more."""

_NUMERIC_OIDS = {20, 21, 23, 26, 700, 701, 1700}


class NamesNotUnique(ShopwrightError):
    """Two columns of an answer share a name, which JSON and Parquet cannot hold."""


def write_table(answer: Answer) -> None:
    """Prints the first 1,000 rows for people."""
    rows = [[_shown(value) for value in row] for row in islice(answer.rows, TABLE_ROWS)]
    names = [column.name for column in answer.columns]
    right = [column.name for column in answer.columns if column.type_oid in _NUMERIC_OIDS]
    print_table(names, rows, right=right)
    if len(rows) == TABLE_ROWS and next(answer.rows, None) is not None:
        note(f"Only the first {TABLE_ROWS:,} rows are shown; --format csv gives all.")


def write_csv(answer: Answer, stream: IO[str]) -> None:
    """A header, then all rows; null is an empty field, empty text is `""`."""
    stream.write(",".join(_csv_field(column.name) for column in answer.columns) + "\n")
    for row in answer.rows:
        stream.write(",".join(map(_csv_field, row)) + "\n")


def write_markdown(answer: Answer, stream: IO[str]) -> None:
    """A table as GitHub shows it, numbers aligned to the right."""
    marks = ("---:" if one.type_oid in _NUMERIC_OIDS else "---" for one in answer.columns)
    stream.write(_markdown_row(column.name for column in answer.columns))
    stream.write(_markdown_row(marks))
    for row in answer.rows:
        stream.write(_markdown_row(_shown(value) for value in row))


def write_json(answer: Answer, stream: IO[str]) -> None:
    """A list of objects, one a line; numbers stand as PostgreSQL writes them, digit by digit."""
    _refuse_equal_names(answer)
    names = [json.dumps(column.name, ensure_ascii=False) for column in answer.columns]
    before = "[\n  "
    for row in answer.rows:
        pairs = (f"{name}: {_json(value)}" for name, value in zip(names, row, strict=True))
        stream.write(f"{before}{{{', '.join(pairs)}}}")
        before = ",\n  "
    stream.write("[]\n" if before.startswith("[") else "\n]\n")


def write_parquet_file(answer: Answer, file: Path) -> None:
    """All rows with their types. Parquet is not text: it goes to a file."""
    _refuse_equal_names(answer)
    with TemporaryDirectory(prefix=".query-", dir=file.parent) as scratch:
        csv = Path(scratch) / "answer.csv"
        with csv.open("w", encoding="utf-8", newline="") as stream:
            write_csv(answer, stream)
        write_parquet(csv, answer.columns, file)


WRITERS: dict[str, Callable[[Answer, IO[str]], None]] = {
    "csv": write_csv,
    "json": write_json,
    "markdown": write_markdown,
}


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A file to write to that takes the place of `file` when the block ends without an error."""
    with TemporaryDirectory(prefix=".query-", dir=file.parent) as scratch:
        new = Path(scratch) / file.name
        yield new
        new.replace(file)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _csv_field(value: object) -> str:
    if value is None:
        return ""
    text = _shown(value)
    if not text or any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _markdown_row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    lines = (cell.replace("\r", "").replace("\n", "<br>") for cell in escaped)
    return f"| {' | '.join(lines)} |\n"


def _json(value: object) -> str:
    if isinstance(value, Number | Json):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False)


def _refuse_equal_names(answer: Answer) -> None:
    names = [column.name for column in answer.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NamesNotUnique(
            f"More than one column is called {twice[0]}.",
            "Give each a name of its own: select ... as another_name.",
        )
