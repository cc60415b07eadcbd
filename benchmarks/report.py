"""The measurements as a table for people and as JSON for scripts."""

import dataclasses
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import dashboard
from benchmarks.comparison import Round
from benchmarks.dashboard import Viewing
from benchmarks.processes import Generated, PipelineRun
from benchmarks.server_cpu import Spent
from shopwright.cli.printing import byte_size, print_table, say
from shopwright.storage.server_settings import memory_bytes, usable_cores

STAGING_RATIO = 1.3
PUBLISH_RATIO = 1.5
CHECKING_SHARE = 0.35
DAY_SECONDS = 2.0
DAY_SHARE = 0.03
MIB = 1 << 20
PEAK_BYTES = 1024 * MIB


@dataclass(frozen=True)
class Line:
    """A line of the table: what was measured, against what, and whether the target is met."""

    what: str
    spent: Spent | None = None
    rows: int | None = None
    figure: str = ""
    target: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Best:
    """The fastest of several rounds, each thing by itself: other work only ever slows down."""

    raw_copy: Spent
    staging: Spent
    reading_seconds: float
    script: Round
    first_load: PipelineRun
    one_more_day: PipelineRun
    differences: list[str]
    viewing: Viewing | None

    @classmethod
    def of(cls, rounds: Sequence[Round]) -> "Best":
        """Differences are those of all rounds."""
        loads = [one.first_load for one in rounds]
        stagings = [*(one.staging for one in rounds), *(one.staging for one in loads)]
        return cls(
            min((one.raw_copy for one in rounds), key=lambda spent: spent.seconds),
            min(stagings, key=lambda spent: spent.seconds),
            min(one.reading_seconds for one in rounds),
            min(rounds, key=lambda one: one.script.seconds),
            min(loads, key=lambda load: load.publish.seconds),
            min((one.one_more_day for one in rounds), key=lambda load: load.seconds),
            [line for one in rounds for line in one.differences],
            rounds[-1].viewing,
        )


def lines(generated: Generated | None, best: Best) -> list[Line]:
    """The table, in the order in which things happen."""
    rows = best.first_load.staged_rows
    return [
        _generated_line(generated),
        Line("raw COPY", best.raw_copy, rows),
        _compared("staging", best.staging, best.raw_copy, rows, "raw COPY", STAGING_RATIO),
        Line("hand-written first load", best.script.script, rows),
        _compared(
            "publish of the first load",
            best.first_load.publish,
            best.script.script,
            rows,
            "hand-written",
            PUBLISH_RATIO,
        ),
        _checking_line(best),
        _housekeeping_line(best),
        *_day_lines(best),
        _memory_line(best),
        Line(
            "same warehouse as hand-written",
            figure="equal" if not best.differences else f"{len(best.differences)} differences",
            target="equal",
            is_met=not best.differences,
        ),
        *_dashboard_lines(best.viewing),
    ]


def _dashboard_lines(viewing: Viewing | None) -> list[Line]:
    if viewing is None:
        return []
    return [
        Line(what, figure=figure, target=target, is_met=is_met)
        for what, figure, target, is_met in dashboard.figures(viewing)
    ]


def _compared(what: str, ours: Spent, theirs: Spent, rows: int, rival: str, most: float) -> Line:
    ratio = ours.seconds / theirs.seconds
    cpu_ratio = ours.cpu_seconds / max(theirs.cpu_seconds, 0.01)
    figure = f"{ratio:.2f} x {rival} (CPU {cpu_ratio:.2f} x)"
    return Line(what, ours, rows, figure, f"at most {most}", ratio <= most)


HOUSEKEEPING = ("archive", "emptying staging", "retention", "vacuum")
"""The steps after the commit, when the warehouse can be read already."""


def _housekeeping_line(best: Best) -> Line:
    steps = [step for step in best.first_load.steps if step.name in HOUSEKEEPING]
    return Line(
        "housekeeping after it",
        Spent(sum(step.seconds for step in steps), 0),
        figure=", ".join(step.name for step in steps) + "; the script's is left to autovacuum",
    )


CHECKING = re.compile(r"checked\.|states\.|quality\.|outcomes$|watch$|claims$")
"""The steps that read texts as values and tell good rows from bad ones and figures that are right
from wrong ones: rules, repetitions, rejected rows, accounts, unusual days, changed columns, claims,
scores."""


def _checking_line(best: Best) -> Line:
    """What checking costs: its steps without what reading takes where nobody checks."""
    steps = [step for step in best.first_load.steps if CHECKING.match(step.name)]
    with_reading = sum(step.seconds for step in steps)
    seconds = with_reading - best.reading_seconds
    publish = best.first_load.publish.seconds
    rest = (publish - seconds) / best.script.script.seconds
    return Line(
        "of which checking",
        Spent(seconds, 0),
        best.first_load.staged_rows,
        f"{seconds / publish:.0%} of it, {with_reading / publish:.0%} with reading texts as values;"
        f" the rest is {rest:.2f} x hand-written",
        f"under {CHECKING_SHARE:.0%}",
        seconds < CHECKING_SHARE * publish,
    )


def _day_lines(best: Best) -> list[Line]:
    day, first = best.one_more_day, best.first_load
    parts = (day.finding, day.staging, day.publish)
    share = day.seconds / first.seconds
    return [
        Line(
            "one more day",
            day.finding + day.staging + day.publish,
            day.staged_rows,
            " + ".join(f"{part.seconds:.2f}" for part in parts) + " s (find, stage, publish)",
            f"under {DAY_SECONDS:.0f} s",
            day.seconds < DAY_SECONDS,
        ),
        Line(
            "its share of the first load",
            figure=f"{share:.1%}",
            target=f"under {DAY_SHARE:.0%}",
            is_met=share < DAY_SHARE,
        ),
    ]


def _memory_line(best: Best) -> Line:
    peak = max(best.first_load.peak_bytes, best.one_more_day.peak_bytes)
    return Line(
        "peak memory of the run's process",
        figure=f"{peak / MIB:,.0f} MiB",
        target=f"under {PEAK_BYTES / MIB:,.0f} MiB",
        is_met=peak < PEAK_BYTES,
    )


def _generated_line(generated: Generated | None) -> Line:
    if generated is None:
        return Line("generate", figure="not measured: the folder was there")
    peak = f"peak memory {generated.peak_bytes / MIB:,.0f} MiB"
    return Line("generate", Spent(generated.seconds, 0), generated.rows, peak)


def print_lines(table: Sequence[Line]) -> None:
    """The table of measurements."""
    columns = ["what", "seconds", "server CPU s", "rows", "rows/s", "figure", "target", "met"]
    print_table(columns, [_cells(line) for line in table], right=columns[1:5])


def _cells(line: Line) -> tuple[str, ...]:
    spent = line.spent
    return (
        line.what,
        f"{spent.seconds:.2f}" if spent else "",
        f"{spent.cpu_seconds:.2f}" if spent and spent.cpu_seconds else "",
        f"{line.rows:,}" if line.rows else "",
        f"{line.rows / spent.seconds:,.0f}" if line.rows and spent else "",
        line.figure,
        line.target,
        {True: "yes", False: "NO", None: ""}[line.is_met],
    )


def print_steps(best: Best) -> None:
    """Seconds of each step: of the first load on both sides, and of one more day."""
    sides = (best.script.script_steps, best.first_load.steps, best.one_more_day.steps)
    seconds = [{step.name: step.seconds for step in side} for side in sides]
    names = dict.fromkeys(step.name for side in reversed(sides) for step in side)
    rows = []
    for name in names:
        rows.append((name, *(f"{side[name]:.2f}" if name in side else "" for side in seconds)))
    columns = ["step", "hand-written", "first load", "one more day"]
    print_table(columns, rows, right=columns[1:])


def print_slowest(best: Best, most: int = 5) -> None:
    """The filter changes that took longest."""
    for line in best.viewing.slowest[:most] if best.viewing else []:
        say(f"slowest filter change: {line}")


def print_differences(differences: Sequence[str], most: int = 20) -> None:
    """What is not the same in the two warehouses."""
    for line in differences[:most]:
        say(f"DIFFERENT (hand-written and Shopwright): {line}")
    if len(differences) > most:
        say(f"... and {len(differences) - most} more.")


def machine(server_version: str) -> dict[str, Any]:
    """Where this was measured, and how busy it was with other things."""
    return {
        "cores": usable_cores(),
        "memory": byte_size(memory_bytes()),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "postgresql": server_version,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def print_machine(facts: dict[str, Any]) -> None:
    """One line."""
    before = ", ".join(f"{load:.1f}" for load in facts["load_average"])
    say(
        f"{facts['cores']} cores, {facts['memory']} of memory, {facts['system']}; "
        f"PostgreSQL {facts['postgresql']}, Python {facts['python']}; "
        f"load over 1, 5 and 15 minutes at the start: {before}."
    )


def as_json(generated: Generated | None, rounds: Sequence[Round], best: Best) -> dict[str, Any]:
    """Everything that was measured."""
    return {
        "lines": [dataclasses.asdict(line) for line in lines(generated, best)],
        "differences": best.differences,
        "rounds": [dataclasses.asdict(one) for one in rounds],
    }
