"""A process that moves deliveries to the archive in forks of its own, each killed one step later.

    python killed_moves.py FOLDER URL

prints, for each step, a line of JSON: what lay where after the kill and after the next move.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from shopwright.config import Settings
from shopwright.config.workspace import Workspace
from shopwright.ingestion import ledger
from shopwright.ingestion.archive import find_archived, unpublished
from shopwright.ingestion.deliveries import readable_deliveries
from shopwright.orchestration.archiving import archive_published

CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree"}


def kill_at_change(number: int) -> None:
    """SIGKILL before the process changes a folder for the so manieth time, or begins a file."""
    left = [number]

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and "w" in str(arguments[1])):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def in_a_fork(work: Callable[[], None]) -> int:
    """The signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def move(workspace: Workspace, url: str, kill_at: int | None = None) -> None:
    """Moves everything, killed or not."""
    with psycopg.connect(url) as connection:
        if kill_at is not None:
            kill_at_change(kill_at)
        archive_published(workspace, connection, 0)


def seen(workspace: Workspace, connection: psycopg.Connection) -> dict[str, Any]:
    """What a run would find: deliveries, what of them is pending, what the archive holds."""
    found, refused = readable_deliveries(workspace.deliveries)
    archived, unreadable = find_archived(workspace.archive)
    pending = ledger.pending(connection, found)
    lost = unpublished(connection, archived, found)
    connection.rollback()
    return {
        "refused": [*refused, *unreadable],
        "pending": [one.name for one in (*pending, *lost)],
        "deliveries": [one.name for one in found],
        "archived": [one.name for one in archived],
        "bytes": sum(one.byte_count for one in archived),
    }


def one_kill(workspace: Workspace, url: str, number: int) -> bool:
    """Whether the move was killed, or ended before."""
    ended_by = in_a_fork(lambda: move(workspace, url, number))
    with psycopg.connect(url) as connection:
        after_kill = seen(workspace, connection)
        in_a_fork(lambda: move(workspace, url))
        left = sorted(path.name for path in workspace.deliveries.rglob("*"))
        left += [path.name for path in workspace.archive.glob(".*")]
        answer = {
            "killed": ended_by == -signal.SIGKILL,
            "after_kill": after_kill,
            "in_the_end": seen(workspace, connection),
            "left": left,
        }
    print(json.dumps(answer))
    return ended_by != 0


def main(folder: Path, url: str) -> None:
    """Step by step, until one move ends before it is killed."""
    workspace = Workspace(folder, Settings())
    for number in range(200):
        shutil.rmtree(workspace.archive, ignore_errors=True)
        shutil.rmtree(workspace.deliveries)
        shutil.copytree(folder / "kept", workspace.deliveries)
        if not one_kill(workspace, url, number):
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
