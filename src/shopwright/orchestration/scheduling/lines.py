"""The log lines of the scheduler's runs and looks: its own processes write them, it passes them on.

They are children of Dagster's code server, so that nothing of them would reach the scheduler's
stderr, and with it the journal or a container's log.
"""

import logging
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shopwright.orchestration import log_lines

VARIABLE = "SHOPWRIGHT_SCHEDULER_LINES"
"""The file, in the environment of the scheduler's processes."""


@cache
def write_lines(file: str) -> None:
    """What Shopwright logs in this process goes there; once, however often it is asked for."""
    stream = Path(file).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 (for as long as the process lives)
    if handler := log_lines.write_to(stream, os.environ):
        handler.addFilter(logging.Filter("shopwright"))


class Lines:
    """What is written there from now on. What was is kept once, as older."""

    def __init__(self, file: Path, environment: Mapping[str, str] = os.environ) -> None:
        file.parent.mkdir(exist_ok=True)
        if file.exists():
            file.replace(file.with_suffix(".old.log"))
        file.touch()
        self.file, self._stream, self._rest = file, file.open("rb"), b""
        # as for the verbs: a terminal shows them only if they are asked for
        self._is_wanted = not sys.stderr.isatty() or log_lines.LEVEL_VARIABLE in environment

    def pass_on(self) -> None:
        """Writes the lines that have come since to stderr."""
        lines, end, self._rest = (self._rest + self._stream.read()).rpartition(b"\n")
        if end and self._is_wanted:
            sys.stderr.write((lines + end).decode(errors="replace"))
            sys.stderr.flush()
