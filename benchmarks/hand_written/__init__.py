"""The first load as an expert would write it by hand: what Shopwright's publishing is held against.

Four SQL files, in order, in one transaction: the same rows from the same staging tables into the
same tables with the same keys, references, checks and indexes. What it leaves out is what
Shopwright adds: checks of every row, rejected rows, claims, the ledger.
"""

import re
import time
from collections.abc import Iterator
from importlib.resources import files

from psycopg import Connection

from shopwright.processing.publish import Step

_STEP = re.compile(r"^-- step: (.+)$", re.MULTILINE)


def publish(connection: Connection) -> list[Step]:
    """Runs the script on a migrated, staged and otherwise empty database, and commits."""
    steps = []
    for name, statements in script():
        started = time.perf_counter()
        connection.execute(statements.encode())
        steps.append(Step(name, 0, time.perf_counter() - started))
    started = time.perf_counter()
    connection.commit()
    steps.append(Step("commit", 0, time.perf_counter() - started))
    return steps


def script() -> Iterator[tuple[str, str]]:
    """The steps' names and statements, in order."""
    folder = files("benchmarks.hand_written")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            parts = _STEP.split(file.read_text(encoding="utf-8"))
            yield from zip(parts[1::2], parts[2::2], strict=True)
