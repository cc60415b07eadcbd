"""`python -m benchmarks.one_bad_line`: what one bad line costs in a file of 2,300,000 lines."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.scratch import Scratch, scratch_workspace
from shopwright.cli.printing import print_table
from shopwright.config import Settings
from shopwright.ingestion import ledger
from shopwright.ingestion.deliveries import read_delivery
from shopwright.ingestion.staging import stage

HEADER = b"item_id,transaction_id,product_id,quantity,unit_price,discount_amount,updated_at\n"
LINE = "I{0:08},T{1:07},P{2:05},{3},{4}.99,0.00,2024-05-01 10:00:00\n"
BAD = b"I00000000,T0000000,P00000,1,9.99\n"
REAPED_AFTER = 0.5
"""Seconds until the server has counted the work of a connection that was closed."""
PLACES = {"none": None, "in the first": 1, "in the middle": 0, "in the last": -1}


class Load(NamedTuple):
    """A file's load: seconds of the clock, those of the processors (the server's and the
    process's), which a busy machine stretches far less, and what came of it."""

    seconds: float
    cpu_seconds: float
    rows: int
    malformed: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Times loading the file into staging with a bad line in different places."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_300_000)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the fastest counts")
    options = parser.parse_args(arguments)
    lines = [
        LINE.format(n, n // 2, n % 1000, n % 5 + 1, n % 300).encode() for n in range(options.lines)
    ]
    places = {**PLACES, "in the middle": len(lines) // 2, "in the last": len(lines)}
    table: list[list[str]] = []
    with scratch_workspace() as scratch:
        clean: Load | None = None
        for place, at in places.items():
            file = scratch.workspace.deliveries / "2024-05-01" / "transaction_items.csv"
            _write(file, lines, at)
            loads = [_load(scratch, file) for _ in range(options.repeat)]
            best = Load(*map(min, zip(*loads, strict=True)))
            clean = clean or best
            table.append(
                [
                    place,
                    f"{best.rows:,}",
                    str(best.malformed),
                    f"{best.seconds:.2f}",
                    f"{best.seconds / clean.seconds:.2f}",
                    f"{best.cpu_seconds:.2f}",
                    f"{best.cpu_seconds / clean.cpu_seconds:.2f}",
                ]
            )
    columns = ["bad line", "rows", "malformed", "seconds", "times clean"]
    columns += ["CPU seconds", "times clean (CPU)"]
    print_table(columns, table, right=columns[1:])
    return 0


def _write(file: Path, lines: list[bytes], at: int | None) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("wb") as stream:
        stream.write(HEADER)
        stream.writelines(lines[: at or 0])
        stream.write(BAD if at is not None else b"")
        stream.writelines(lines[at or 0 :])


def _load(scratch: Scratch, file: Path) -> Load:
    with scratch.database() as database, database.connect() as connection:
        stopwatch, started, own = scratch.stopwatch(), time.perf_counter(), time.process_time()
        delivery = read_delivery(file.parent)
        staged, _ = ledger.number(connection, [delivery], Settings())

        def connect() -> psycopg.Connection:
            return database.connect()

        stage(connection, connect, staged)
        seconds, own = time.perf_counter() - started, time.process_time() - own
        time.sleep(REAPED_AFTER)
        cpu_seconds = own + stopwatch.lap().cpu_seconds
        return Load(seconds, cpu_seconds, staged[0].row_count, staged[0].malformed_count)


if __name__ == "__main__":
    sys.exit(main())
