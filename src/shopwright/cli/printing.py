"""What the verbs write: tables and sentences to stdout, JSON for scripts, progress to stderr."""

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from shopwright.storage.database import Database

_PIPE_WIDTH = 10_000
"""A pipe or file has no width: lines there are as long as they need to be."""


def say(text: str = "") -> None:
    """A line to stdout."""
    typer.echo(text)


def note(text: str) -> None:
    """A line to stderr, so that stdout holds nothing but the answer."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    """Dataclasses as objects, paths and dates as text, exact decimals as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """A table for people; the columns in `right` are aligned to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        side: Any = "right" if column in right else "left"
        table.add_column(Text(column), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False)
    with console.capture() as captured:
        console.print(table)
    say("\n".join(line.rstrip() for line in captured.get().splitlines()))
    say()


def count(number: int) -> str:
    """12345 as 12,345."""
    return f"{number:,}"


def amount(number: Decimal) -> str:
    """Rounded to cents, for display only."""
    return f"{number:,.2f}"


def byte_size(number: int) -> str:
    """12,345,678 as 12.3 MB."""
    if number < 1000:
        return f"{number} B"
    size = float(number)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 1000 or unit == "TB":
            break
    return f"{size:,.1f} {unit}"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """`1 row`, `2 rows`; `nouns` where an s does not do."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def some(names: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def database_name(database: "Database") -> str:
    """Where the database is, without its password."""
    from shopwright.storage.database import address

    if database.server is not None:
        return f"embedded, in {database.server.data_folder}"
    return address(database.url)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr while the block runs; give it a phrase, what is done and of how much.

    Only on a terminal; `quiet` keeps it away even there.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(phrase: str, done: int, total: int) -> None:
            bar.update(task, description=escape(phrase), completed=done, total=total or None)

        yield report
