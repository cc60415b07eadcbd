"""Arrivals: whether a delivery is complete, so that no half of a copy is published by itself."""

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from shopwright.config import ScheduleSettings
from shopwright.ingestion.deliveries import Delivery


def arrived(settings: ScheduleSettings, now: float | None = None) -> Callable[[Path], bool]:
    """Tells of a delivery's folder whether all of it is there; `now` is seconds since 1970.

    With a marker: once the folder holds that file. Without: once nothing in it was written, renamed
    or added for `settle_seconds`. The time of the file system's own record is taken (`ctime`), as
    a copy may be told to keep the times of the original.
    """
    marker = settings.marker
    if marker is not None:
        return lambda folder: (folder / marker).is_file()
    moment = time.time() if now is None else now
    return lambda folder: _quiet_since(folder) <= moment - settings.settle_seconds


def _quiet_since(folder: Path) -> float:
    """When something in the folder changed last; a file that vanishes meanwhile changes it now."""
    try:
        return max(one.stat().st_ctime for one in (folder, *folder.iterdir()))
    except FileNotFoundError:
        return time.time()


def state(deliveries: Iterable[Delivery]) -> str:
    """A text that is the same as long as no delivery comes, goes or changes; nothing is read."""
    digest = hashlib.sha256()
    for delivery in deliveries:
        digest.update(f"{delivery.name} {delivery.declaration}\n".encode(errors="surrogateescape"))
        for file in delivery.files:
            line = f"{file.path.name} {file.byte_count} {file.modified_ns}\n"
            digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]
