"""What Shopwright writes to stderr while it works: a line an event, each with its run's number.

JSON where stderr is a file, a pipe or the journal; words on a terminal. No line holds what a row
says: errors of the database are told without what they quote.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO, Any

LEVEL_VARIABLE = "SHOPWRIGHT_LOG"
"""The environment variable that says how much is written."""
LEVELS = ("debug", "info", "warning", "error", "off")

# Python would write warnings to stderr where nobody has said what is to become of them.
logging.getLogger("shopwright.orchestration").addHandler(logging.NullHandler())

_run_id: ContextVar[int | None] = ContextVar("run_id", default=None)
_USUAL_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def of_run(run_id: int | None) -> Iterator[None]:
    """What is written within the block belongs to that run."""
    token = _run_id.set(run_id)
    try:
        yield
    finally:
        _run_id.reset(token)


def write_to(stream: IO[str], environment: Mapping[str, str]) -> logging.Handler | None:
    """Writes log lines there from now on, and gives what writes them.

    On a terminal nothing is written unless the environment asks for it: there a verb shows a bar
    and says how it went. Raises ValueError where the environment asks for no known level.
    """
    asked = environment.get(LEVEL_VARIABLE, "").lower()
    if asked and asked not in LEVELS:
        raise ValueError(
            f"The environment variable {LEVEL_VARIABLE} is {asked!r}.\n"
            f"Set it to one of {', '.join(LEVELS)}, or unset it."
        )
    if stream.isatty() and not asked:
        return None
    level = logging.CRITICAL + 1 if asked == "off" else (asked or "info").upper()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Words() if stream.isatty() else _Json())
    handler.setLevel(level)
    logging.getLogger().addHandler(handler)
    logging.getLogger("shopwright").setLevel(level)
    return handler


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What the line says beside its event, its error without a row's data."""
    fields = {name: value for name, value in vars(record).items() if name not in _USUAL_FIELDS}
    if record.exc_info and record.exc_info[1] is not None:
        fields |= _error(record.exc_info[1])
    return fields


def _error(error: BaseException) -> dict[str, Any]:
    # here, as a command that ends well has no need of the database's driver for its log
    from shopwright.storage.database_errors import error_without_data

    frames = traceback.extract_tb(error.__traceback__)
    return {
        "kind": type(error).__name__,
        "error": error_without_data(error),
        "where": [f"{one.filename}:{one.lineno} {one.name}" for one in frames[-8:]],
    }


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "run_id": _run_id.get(),
            "event": record.getMessage(),
            **fields_of(record),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class _Words(logging.Formatter):
    """Time, level, run, event and what belongs to it, for people."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        run_id = _run_id.get()
        run = f" run {run_id}:" if run_id is not None else ""
        fields = ", ".join(f"{name} {value}" for name, value in fields_of(record).items())
        said = f"{record.getMessage()} ({fields})" if fields else record.getMessage()
        return f"{at} {record.levelname.lower():<7}{run} {said}"
