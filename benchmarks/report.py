"""The measurements as a table for people and as JSON for scripts."""

import dataclasses
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.comparison import Round
from benchmarks.processes import Generated, PipelineRun
from shopwright.cli.printing import byte_size, print_table, say
from shopwright.processing.publish import Step
from shopwright.storage.server_settings import memory_bytes, usable_cores

STAGING_RATIO = 1.3
PUBLISH_RATIO = 1.5
DAY_SECONDS = 2.0
DAY_SHARE = 0.03
PEAK_BYTES = 1 << 30


@dataclass(frozen=True)
class Line:
    """A line of the table: what was measured, against what, and whether the target is met."""

    what: str
    seconds: float | None = None
    rows: int | None = None
    figure: str = ""
    target: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Best:
    """The fastest of several rounds, each thing by itself: other work only ever slows down."""

    raw_copy_seconds: float
    staging_seconds: float
    script_seconds: float
    script_steps: list[Step]
    first_load: PipelineRun
    one_more_day: PipelineRun
    differences: list[str]

    @classmethod
    def of(cls, rounds: Sequence[Round]) -> "Best":
        """Differences are those of all rounds."""
        script = min(rounds, key=lambda one: one.script_seconds)
        return cls(
            min(one.raw_copy_seconds for one in rounds),
            min(min(one.staging_seconds, one.first_load.staging_seconds) for one in rounds),
            script.script_seconds,
            script.script_steps,
            min((one.first_load for one in rounds), key=lambda load: load.publish_seconds),
            min((one.one_more_day for one in rounds), key=lambda load: load.seconds),
            [line for one in rounds for line in one.differences],
        )


def lines(generated: Generated | None, best: Best) -> list[Line]:
    """The table, in the order in which things happen."""
    rows = best.first_load.staged_rows
    first = best.staging_seconds + best.first_load.publish_seconds
    day = best.one_more_day
    staging_ratio = best.staging_seconds / best.raw_copy_seconds
    publish_ratio = best.first_load.publish_seconds / best.script_seconds
    peak = max(best.first_load.peak_bytes, day.peak_bytes)
    return [
        _generated_line(generated),
        Line("raw COPY", best.raw_copy_seconds, rows),
        Line(
            "staging",
            best.staging_seconds,
            rows,
            f"{staging_ratio:.2f} x raw COPY",
            f"at most {STAGING_RATIO}",
            staging_ratio <= STAGING_RATIO,
        ),
        Line("hand-written first load", best.script_seconds, rows),
        Line(
            "publish of the first load",
            best.first_load.publish_seconds,
            rows,
            f"{publish_ratio:.2f} x hand-written",
            f"at most {PUBLISH_RATIO}",
            publish_ratio <= PUBLISH_RATIO,
        ),
        Line(
            "one more day",
            day.seconds,
            day.staged_rows,
            f"{day.finding_seconds:.2f} + {day.staging_seconds:.2f} + {day.publish_seconds:.2f} s",
            f"under {DAY_SECONDS:.0f} s",
            day.seconds < DAY_SECONDS,
        ),
        Line(
            "its share of the first load",
            figure=f"{day.seconds / first:.1%}",
            target=f"under {DAY_SHARE:.0%}",
            is_met=day.seconds / first < DAY_SHARE,
        ),
        Line(
            "peak memory of the run's process",
            figure=byte_size(peak),
            target=f"under {byte_size(PEAK_BYTES)}",
            is_met=peak < PEAK_BYTES,
        ),
        Line(
            "same warehouse as hand-written",
            figure="equal" if not best.differences else f"{len(best.differences)} differences",
            target="equal",
            is_met=not best.differences,
        ),
    ]


def _generated_line(generated: Generated | None) -> Line:
    if generated is None:
        return Line("generate", figure="not measured: the folder was there")
    peak = f"peak memory {byte_size(generated.peak_bytes)}"
    return Line("generate", generated.seconds, generated.rows, peak)


def print_lines(table: Sequence[Line]) -> None:
    """The table of measurements."""
    print_table(
        ["what", "seconds", "rows", "rows/s", "figure", "target", "met"],
        [
            (
                line.what,
                f"{line.seconds:.2f}" if line.seconds is not None else "",
                f"{line.rows:,}" if line.rows is not None else "",
                f"{line.rows / line.seconds:,.0f}" if line.rows and line.seconds else "",
                line.figure,
                line.target,
                {True: "yes", False: "NO", None: ""}[line.is_met],
            )
            for line in table
        ],
        right=["seconds", "rows", "rows/s"],
    )


def print_steps(best: Best) -> None:
    """Seconds of each step: of the first load on both sides, and of one more day."""
    sides = (best.script_steps, best.first_load.steps, best.one_more_day.steps)
    seconds = [{step.name: step.seconds for step in side} for side in sides]
    names = dict.fromkeys(step.name for side in reversed(sides) for step in side)
    rows = []
    for name in names:
        rows.append((name, *(f"{side[name]:.2f}" if name in side else "" for side in seconds)))
    columns = ["step", "hand-written", "first load", "one more day"]
    print_table(columns, rows, right=columns[1:])


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
