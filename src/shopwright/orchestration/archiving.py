"""Moving published deliveries to the archive: killed at any moment, nothing is lost, and the next
time it is completed.

A delivery is packed beside its place in the archive, read again, flushed to the disk and renamed
into it. Only then is it renamed out of the deliveries (so that no half of one is ever taken for a
correction) and deleted. In between it lies in both places, and counts once.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion import ledger
from shopwright.ingestion.archive import (
    ArchivedDelivery,
    files_in,
    find_archived,
    flush_folder,
    newest,
    pack,
)
from shopwright.ingestion.deliveries import Delivery, read_delivery, readable_deliveries

Report = Callable[[str, int, int], None]

MOVING = ".moving-"
"""In the archive: a delivery that is being packed."""
ARCHIVED = ".archived"
"""Among the deliveries: those that are in the archive, to be looked at once more."""
REMOVING = ".removing"
"""Among the deliveries: those that are being deleted."""


class DeliveryExists(ShopwrightError):
    """A delivery was to be taken out of the archive, and one of its name lies there already."""

    exit_code = 2


class NotArchived(ShopwrightError):
    """No delivery of that name is in the archive."""

    exit_code = 2


def archive_published(
    workspace: Workspace,
    connection: Connection,
    after_days: int,
    report: Report = lambda *_: None,
) -> list[str]:
    """Moves the deliveries that were published so many days ago or longer. Gives their names.

    One that has changed since, is a link, or cannot be read stays where it is. Call it under the
    run's lock. Raises OSError where the disk is full or forbids it; then the delivery stays.
    """
    _complete(workspace)
    found, _ = readable_deliveries(workspace.deliveries)
    due = list(_due(connection, found, after_days))
    moved = []
    for number, (delivery, key, content_hash) in enumerate(due):
        report("archiving", number, len(due))
        if _move(workspace, delivery, key, content_hash):
            moved.append(delivery.name)
    with suppress(OSError):
        (workspace.deliveries / ARCHIVED).rmdir()
    return moved


def restore_archived(workspace: Workspace, name: str, into: Path) -> ArchivedDelivery:
    """Puts a delivery from the archive, its newest of that name, into a folder as it was delivered.

    Raises NotArchived, DeliveryExists or DeliveryInvalid.
    """
    archived, _ = find_archived(workspace.archive)
    one = newest(archived).get(name)
    if one is None:
        raise NotArchived(
            f"There is no delivery {name} in {workspace.archive}.",
            "`shopwright archive list` shows those that are there.",
        )
    target = into / name
    if target.exists():
        raise DeliveryExists(
            f"{target} exists already.", "Name another folder: --out FOLDER, or move it away."
        )
    new = into / f".restoring-{name}"
    shutil.rmtree(new, ignore_errors=True)
    try:
        one.unpack(new)
        new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return one


def _due(
    connection: Connection, found: list[Delivery], after_days: int
) -> Iterator[tuple[Delivery, int, str]]:
    """Those to be moved, with their number and the content that was published."""
    published = {
        name: (key, content_hash)
        for name, key, content_hash, is_old in connection.execute(
            "select distinct on (delivery_name) delivery_name, delivery_key, content_hash,"
            " published_at <= now() - %s from ops.deliveries"
            " order by delivery_name, delivery_key desc",
            [timedelta(days=after_days)],
        )
        if is_old
    }
    old = [one for one in found if one.name in published and not one.folder.is_symlink()]
    pending = {one.name for one in ledger.pending(connection, old)}
    connection.rollback()
    return ((one, *published[one.name]) for one in old if one.name not in pending)


def _move(workspace: Workspace, delivery: Delivery, key: int, content_hash: str) -> bool:
    """False where the delivery has changed since it was published, and stays."""
    stamps = _stamps(delivery.folder)
    copies = _copies(workspace, delivery.name)
    if not copies or content_hash not in copies[-1].content_hashes:
        if not _put_into_archive(workspace.archive, delivery, key, content_hash):
            return False
    elif delivery.content_hash != content_hash:
        return False
    hidden = _renamed_into(workspace.deliveries / ARCHIVED, delivery.folder)
    if _stamps(hidden) != stamps:  # a correction, this very moment
        _put_back(workspace, hidden)
        return False
    _remove(workspace, hidden)
    return True


def _put_into_archive(archive: Path, delivery: Delivery, key: int, content_hash: str) -> bool:
    new = archive / f"{MOVING}{delivery.name}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        files = pack(delivery.folder, delivery, new)
        hashes = {one.name: one.content_hash for one in files.values()}
        if content_hash != delivery.hash_of(
            (file.table, hashes[file.path.name]) for file in delivery.files
        ):
            return False
        ArchivedDelivery(new, key, (content_hash,), files).write()
        flush_folder(new)
        part = next(one for one in _parts(archive) if not (one / delivery.name).exists())
        part.mkdir(exist_ok=True)
        new.rename(part / delivery.name)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    flush_folder(part)
    flush_folder(archive)
    return True


def _parts(archive: Path) -> Iterator[Path]:
    """The first holds the first delivery of each name, the second its correction, and so on."""
    return (archive / str(number) for number in itertools.count(1))


def _copies(workspace: Workspace, name: str) -> list[ArchivedDelivery]:
    """What the archive holds under a name."""
    found = []
    for part in itertools.takewhile(lambda one: (one / name).exists(), _parts(workspace.archive)):
        with suppress(ShopwrightError):
            found.append(ArchivedDelivery.read(part / name))
    return found


def _complete(workspace: Workspace) -> None:
    """What a killed move has left: what is in the archive is whole, or does not count."""
    for folder in workspace.archive.glob(f"{MOVING}*"):
        shutil.rmtree(folder)
    shutil.rmtree(workspace.deliveries / REMOVING, ignore_errors=True)
    for folder in (workspace.deliveries / ARCHIVED).glob("*"):
        content_hash = ""
        with suppress(ShopwrightError):
            content_hash = read_delivery(folder).content_hash
        if any(content_hash in one.content_hashes for one in _copies(workspace, folder.name)):
            _remove(workspace, folder)
        else:
            _put_back(workspace, folder)
    with suppress(OSError):  # empty, or not there
        (workspace.deliveries / ARCHIVED).rmdir()


def _renamed_into(parent: Path, folder: Path) -> Path:
    parent.mkdir(exist_ok=True)
    return folder.rename(parent / folder.name)


def _remove(workspace: Workspace, hidden: Path) -> None:
    """Renamed before, as half a delivery is not to be told from a correction."""
    shutil.rmtree(workspace.deliveries / REMOVING, ignore_errors=True)
    shutil.rmtree(_renamed_into(workspace.deliveries / REMOVING, hidden))
    (workspace.deliveries / REMOVING).rmdir()


def _put_back(workspace: Workspace, hidden: Path) -> None:
    target = workspace.deliveries / hidden.name
    if target.exists():  # and another came meanwhile
        target = target.with_name(f"{hidden.name}-changed-while-archived")
    hidden.rename(target)


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file, by its place in the folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in files_in(folder)
    }
