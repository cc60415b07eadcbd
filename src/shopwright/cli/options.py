"""The options that many verbs share, and how the workspace and its database are opened by them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.storage.database import Database

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="FOLDER",
        help="The workspace. Without it, the one that the current folder lies in.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]


def open_workspace(folder: Path | None) -> "Workspace":
    """The one that was named, or the one around the current folder. Raises WorkspaceNotFound."""
    from shopwright.config.workspace import Workspace

    return Workspace.open(folder) if folder is not None else Workspace.find()


@contextmanager
def watched_database(
    workspace: "Workspace", report: Callable[[str, int, int], None] = lambda *_: None
) -> Iterator["Database"]:
    """The same for a run: when it has ended, whoever is to be told of something wrong is told."""
    from shopwright.orchestration.alerting import watched

    report("opening the database", 0, 0)
    with watched(workspace) as database:
        yield database


@contextmanager
def opened_database(
    workspace: "Workspace", report: Callable[[str, int, int], None] = lambda *_: None
) -> Iterator["Database"]:
    """The workspace's database, started if it is the embedded one."""
    from shopwright.storage.database import open_database

    report("opening the database", 0, 0)
    with open_database(workspace) as database:
        yield database
