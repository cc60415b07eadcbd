"""A workspace on an embedded server of its own, gone when the benchmark ends."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.server_cpu import Stopwatch
from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import Delivery
from shopwright.storage.database import DATABASE_NAME, Database, create_database
from shopwright.storage.embedded import EmbeddedServer
from shopwright.storage.migrations import migrate

TEMPLATE = "migrated"
"""A migrated database without rows, of which the others are clones."""


@dataclass(frozen=True)
class Scratch:
    """The workspace, and the server on which it and its rivals each have a database."""

    workspace: Workspace
    server: EmbeddedServer

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Puts deliveries into the workspace, in place of those that are there."""
        for link in self.workspace.deliveries.iterdir():
            link.unlink()
        for delivery in deliveries:
            (self.workspace.deliveries / delivery.name).symlink_to(delivery.folder.resolve())

    @contextmanager
    def database(self, name: str = DATABASE_NAME) -> Iterator[Database]:
        """A migrated database without rows, dropped at the end of the block."""
        create_database(self.server.url(), name, template=TEMPLATE)
        try:
            zone = self.workspace.settings.shop.timezone
            with Database(self.server.url(name), timezone=zone) as database:
                yield database
        finally:
            self._administer(f'drop database "{name}" with (force)')

    def settle(self) -> None:
        """Writes out what earlier work left in memory, so that it does not disturb the next."""
        self._administer("checkpoint")

    def stopwatch(self) -> Stopwatch:
        """Started, for the seconds of the clock and of the server's processors."""
        return Stopwatch(self.server.data_folder)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(
            self.server.url(), autocommit=True, application_name="shopwright"
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def scratch_workspace() -> Iterator[Scratch]:
    """Makes it, and removes every file of it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="shopwright-benchmark-"))
    Workspace.create(folder)
    workspace = Workspace.open(folder, environment={})  # whatever server the user has set
    data_folder = workspace.data_folder
    try:
        with EmbeddedServer(data_folder) as server:
            create_database(server.url(), TEMPLATE)
            with Database(server.url(TEMPLATE)) as database:
                migrate(database)
            yield Scratch(workspace, server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(data_folder, ignore_errors=True)
        for lock in data_folder.parent.glob(f"{data_folder.name}.*.lock"):
            lock.unlink(missing_ok=True)
