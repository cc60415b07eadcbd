"""A PostgreSQL for the tests, and for each test that asks a database of its own, migrated.

The embedded server by default, one for all workers of a run; with SHOPWRIGHT_TEST_DATABASE_URL set,
the server it leads to, as a user who may make databases and roles.
"""

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from shopwright.storage.database import Database, create_database, libpq_url
from shopwright.storage.embedded import EmbeddedServer

_FOLDER = pytest.StashKey[Path]()
_FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
"""A test database that does not survive a power cut is no loss."""
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
"""Twice what the databases of all tests take at their fullest."""


@dataclass(frozen=True)
class DatabaseServer:
    """A running server on which databases can be made and dropped."""

    url: str
    prefix: str
    embedded: EmbeddedServer | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def database_url(self, name: str) -> str:
        """The URL of one of its databases."""
        url = sqlalchemy.make_url(self.url).set(database=name)
        return url.render_as_string(hide_password=False)

    def create(self, template: str | None = None) -> str:
        """Makes a database, empty or a clone of `template`, and gives its name."""
        name = f"{self.prefix}_{next(self._numbers)}"
        create_database(self.url, name, template=template)
        return name

    def drop(self, name: str) -> None:
        """Drops a database, whoever is still connected."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the whole run, shared by its workers."""
    given = getattr(config, "workerinput", {}).get("server_folder")
    folder = Path(given or tempfile.mkdtemp(prefix="shopwright-tests-", dir=_memory()))
    if given is None:
        folder.chmod(0o755)  # for root, PostgreSQL runs as another user
    config.stash[_FOLDER] = folder


def _memory() -> Path | None:
    """Linux's folder in memory where it has room, else none. A cloned database is hundreds of small
    files, and some disks take thirty times longer to make one."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if has_room else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist about the folder."""
    node.workerinput["server_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves no server and no file behind, even where a worker was killed."""
    folder = config.stash.get(_FOLDER, None)
    if folder is not None and not hasattr(config, "workerinput"):
        EmbeddedServer(folder / "server" / "database").stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[DatabaseServer]:
    """The server of this run."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    prefix = f"shopwright_test_{worker}_{secrets.token_hex(3)}"
    if url := os.environ.get("SHOPWRIGHT_TEST_DATABASE_URL"):
        yield DatabaseServer(libpq_url(url), prefix)
        return
    with EmbeddedServer(pytestconfig.stash[_FOLDER] / "server" / "database", _FAST) as embedded:
        yield DatabaseServer(embedded.url(), prefix, embedded)


@pytest.fixture(scope="session")
def template_database(server: DatabaseServer) -> Iterator[str]:
    """The name of a migrated database without rows, to be cloned and not to be connected to."""
    from shopwright.storage.migrations import migrate

    name = server.create()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # Roles belong to the whole server: workers migrate one after the other.
            connection.execute("select pg_advisory_lock(hashtext('shopwright tests: migrate'))")
            with Database(server.database_url(name)) as database:
                migrate(database)
        yield name
    finally:
        server.drop(name)


@pytest.fixture
def empty_database(server: DatabaseServer) -> Iterator[Database]:
    """A database of the test's own without any table."""
    yield from _opened(server, server.create())


@pytest.fixture
def database(server: DatabaseServer, template_database: str) -> Iterator[Database]:
    """A database of the test's own, migrated and without rows."""
    yield from _opened(server, server.create(template=template_database))


def _opened(server: DatabaseServer, name: str) -> Iterator[Database]:
    try:
        with Database(server.database_url(name)) as database:
            yield database
    finally:
        server.drop(name)
