"""Disks that are nearly full: the workspace's, and the embedded database's."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from shopwright.config.workspace import Workspace
from shopwright.orchestration.alerting.cause import DISK_FULL, DISK_NEARLY_FULL, Cause

_EASED = 1.1
"""Free space over the least, from which on an alert closes: it is not to open and close hourly."""


def find(workspace: Workspace, open_kinds: Iterable[str]) -> Iterator[Cause]:
    """A cause where the fullest disk has less space than it should; a full one is told already."""
    free, folder = fullest(workspace)
    least = workspace.settings.alerts.least_free_bytes
    kinds = set(open_kinds)
    wanted = least * _EASED if DISK_NEARLY_FULL in kinds else least
    if free >= wanted or DISK_FULL in kinds:
        return
    yield Cause(
        DISK_NEARLY_FULL,
        f"The disk of {folder} has {free // 1_000_000:,} MB left, less than "
        f"{least // 1_000_000:,} (least_free_bytes). A run that finds no space publishes nothing. "
        "Free some, or set data_folder under [database] to a larger disk.",
        show="shopwright status",
        mend="shopwright alerts check",
    )


def fullest(workspace: Workspace) -> tuple[int, Path]:
    """The free bytes of the fullest disk that is written to, and a folder on it."""
    folders = [workspace.folder]
    if workspace.settings.database.url is None:
        data = workspace.data_folder
        folders.append(next(one for one in (data, *data.parents) if one.exists()))
    return min((shutil.disk_usage(folder).free, folder) for folder in folders)
