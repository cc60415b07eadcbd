"""Functions of Shopwright in a process of their own: what they took, and how much memory.

`python -m benchmarks.processes generate FOLDER DAYS TRANSACTIONS SEED`
`python -m benchmarks.processes run WORKSPACE`
Both print one JSON object.
"""

import dataclasses
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.server_cpu import NOTHING, Spent, Stopwatch
from shopwright.processing.publish import Step

STAGING = "staging"


@dataclass(frozen=True)
class Generated:
    """What generating took. `peak_bytes` is the most memory the Python process ever held."""

    rows: int
    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class PipelineRun:
    """What a run took: finding and hashing deliveries, staging, and the one transaction."""

    finding: Spent
    staging: Spent
    publish: Spent
    staged_rows: int
    steps: list[Step]
    peak_bytes: int

    @property
    def seconds(self) -> float:
        """From the lock to the commit."""
        return self.finding.seconds + self.staging.seconds + self.publish.seconds


def generate(folder: Path, days: int, transactions: int, seed: int) -> Generated:
    """Writes deliveries into the folder, in a process of its own."""
    answer = _in_its_own_process("generate", folder, days, transactions, seed)
    return Generated(**answer)


def run(workspace_folder: Path) -> PipelineRun:
    """Publishes what is pending in the workspace, in a process of its own."""
    answer = _in_its_own_process("run", workspace_folder)
    return PipelineRun(
        **{part: Spent(**answer[part]) for part in ("finding", "staging", "publish")},
        staged_rows=answer["staged_rows"],
        steps=[Step(**step) for step in answer["steps"]],
        peak_bytes=answer["peak_bytes"],
    )


def _in_its_own_process(verb: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.processes", verb, *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SHOPWRIGHT_")}
    # the script writes all in one transaction, and so must the run
    environment["SHOPWRIGHT_RUN_BATCH_ROWS"] = "1000000000"
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env=environment,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _generate(folder: str, days: str, transactions: str, seed: str) -> Generated:
    from shopwright.generation import generate

    summary = generate(Path(folder), days=int(days), transactions=int(transactions), seed=int(seed))
    return Generated(sum(summary.rows.values()), summary.seconds, _peak_bytes())


def _run(workspace_folder: str) -> PipelineRun:
    from shopwright.config.workspace import Workspace
    from shopwright.orchestration.run import run
    from shopwright.storage.database import open_database

    workspace = Workspace.open(workspace_folder)
    with open_database(workspace) as database:
        phases = Phases(Stopwatch(workspace.data_folder))
        result = run(workspace, database, report=phases.report)
    finding, staging, publish = phases.finding, phases.staging, phases.publish
    # the stopwatch saw the migrations too, which come before the lock
    seconds = max(result.seconds - staging.seconds - publish.seconds, 0.0)
    return PipelineRun(
        finding=Spent(seconds, finding.cpu_seconds),
        staging=staging,
        publish=publish,
        staged_rows=sum(account.rows for account in result.accounts),
        steps=result.steps,
        peak_bytes=_peak_bytes(),
    )


@dataclass
class Phases:
    """Listens to what a run reports, and laps the stopwatch as one phase gives way to the next."""

    stopwatch: Stopwatch
    finding: Spent = NOTHING
    staging: Spent = NOTHING
    publish: Spent = NOTHING

    def report(self, phrase: str, done: int, total: int) -> None:
        """Staging reports the bytes it has copied, from 0 to all; every later step its end."""
        if not phrase.endswith(f": {STAGING}"):
            self.publish += self.stopwatch.lap()
        elif done == 0:
            self.finding += self.stopwatch.lap()
        elif done == total:
            self.staging += self.stopwatch.lap()


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _main(verb: str, *arguments: str) -> None:
    measured = _generate(*arguments) if verb == "generate" else _run(*arguments)
    print(json.dumps(dataclasses.asdict(measured)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
