"""`python -m benchmarks`: what Shopwright costs, in one table. `make bench` calls it.

It measures and does not judge: the exit code is 0 whatever the figures are, and 1 only where
Shopwright and the hand-written script made different warehouses.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes, report
from benchmarks.comparison import measure_round
from benchmarks.dashboard import VALUES
from benchmarks.processes import Generated
from benchmarks.scratch import Scratch, scratch_workspace
from shopwright.cli.printing import note, print_json
from shopwright.ingestion.deliveries import find_deliveries


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what the options ask for, prints it and gives the exit code."""
    options = _options(arguments)
    with _deliveries(options) as (folder, generated), scratch_workspace() as scratch:
        facts = report.machine(_server_version(scratch))
        deliveries = find_deliveries(folder)
        rounds = []
        for number in range(1, options.repeat + 1):
            note(f"round {number} of {options.repeat}")
            is_last = number == options.repeat
            values = options.filter_values if is_last else 0
            rounds.append(measure_round(scratch, deliveries, note, filter_values=values))
    best = report.Best.of(rounds)
    if options.json:
        print_json({"machine": facts, **report.as_json(generated, rounds, best)})
    else:
        report.print_machine(facts)
        report.print_lines(report.lines(generated, best))
        if options.steps:
            report.print_steps(best)
        report.print_slowest(best)
        report.print_differences(best.differences)
    return 1 if best.differences else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--transactions", type=int, default=1_000_000, help="sales over all days")
    # two years and a month of it: the last day, published alone, is an ordinary one after Christmas
    parser.add_argument("--days", type=int, default=760, help="days of business, 2 or more")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same shop")
    parser.add_argument(
        "--folder", type=Path, help="deliveries to load; generated there if it is missing, and kept"
    )
    parser.add_argument("--repeat", type=int, default=1, help="rounds; the fastest counts")
    parser.add_argument("--steps", action="store_true", help="seconds of each step as well")
    parser.add_argument(
        "--filter-values",
        type=int,
        default=VALUES,
        help="of each filter, chosen on each page of the dashboard; 0 leaves it out",
    )
    parser.add_argument("--json", action="store_true", help="everything, for scripts")
    options = parser.parse_args(arguments)
    if options.days < 2 or options.repeat < 1 or options.filter_values < 0:
        parser.error(
            "it takes at least 2 days (the last is the one more day), 1 round, and 0 or more values"
        )
    return options


@contextmanager
def _deliveries(options: argparse.Namespace) -> Iterator[tuple[Path, Generated | None]]:
    """A folder of deliveries, and what making them took if they were not there before."""
    kept: Path | None = options.folder
    if kept is not None and kept.is_dir() and any(kept.iterdir()):
        yield kept, None
        return
    folder = kept or Path(tempfile.mkdtemp(prefix="shopwright-benchmark-deliveries-"))
    note("generating")
    try:
        yield folder, processes.generate(folder, options.days, options.transactions, options.seed)
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _server_version(scratch: Scratch) -> str:
    with scratch.database() as database, database.connect() as connection:
        return connection.info.parameter_status("server_version") or ""


if __name__ == "__main__":
    sys.exit(main())
