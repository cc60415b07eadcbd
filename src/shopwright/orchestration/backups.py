"""Backing a database up, putting it back, and moving it to another server: whole or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from alembic.script import ScriptDirectory
from psycopg import Connection, sql

from shopwright.config.errors import ShopwrightError
from shopwright.orchestration.record import the_lock
from shopwright.storage import roles
from shopwright.storage.backup.contents import Contents
from shopwright.storage.backup.dump_file import DumpFile
from shopwright.storage.backup.emptying import empty, tables_with_rows
from shopwright.storage.database import Database, address
from shopwright.storage.migrations import alembic_config, migrate

Report = Callable[[str, int, int], None]

_BACKUP_LOCK = 5_318_008_0003
_NAME_BYTES = 63
_NAMED_TABLES = 4


class BackupInProgress(ShopwrightError):
    """Another backup of the same database is at work."""


class NothingToBackUp(ShopwrightError):
    """The database has no tables yet."""


class CopyDiffers(ShopwrightError):
    """What was put back is not what was dumped: the copy was not kept."""


class ScratchRefused(ShopwrightError):
    """The server does not let this role make the database that a backup is checked in."""


class DatabaseNotEmpty(ShopwrightError):
    """What is to be put into a database would replace what is there."""

    exit_code = 2


class BackupTooNew(ShopwrightError):
    """The backup was made by a newer Shopwright than this one."""


class SameDatabase(ShopwrightError):
    """A database was to be moved to where it is."""

    exit_code = 2


@dataclass(frozen=True)
class Backup:
    """A file that was written, and what it holds. `verified`: it was put back and compared."""

    file: Path
    byte_count: int
    verified: bool
    tables: int
    rows: int
    seconds: float


@dataclass(frozen=True)
class Restored:
    """What a database holds now. `not_granted` says which roles are missing on its server."""

    database: str
    tables: int
    rows: int
    constraints: int
    seconds: float
    not_granted: list[str] = field(default_factory=list)


def back_up(
    database: Database, file: Path, *, verify: bool = True, report: Report = lambda *_: None
) -> Backup:
    """Writes the database to a file in pg_dump's custom format, as it is at one moment.

    Readers and a run go on meanwhile. The file takes its name once it was put back into a scratch
    database on the same server and every table found the same there. Raises BackupInProgress,
    NothingToBackUp, DumpFailed, ScratchRefused or CopyDiffers; then an earlier file of that name is
    as it was.
    """
    started = time.perf_counter()
    part = file.with_name(f".{file.name}.part")
    try:
        with _snapshot(database) as (connection, snapshot):
            report("dumping", 0, 0)
            dump = DumpFile.make(database, part, snapshot)
            report("counting", 0, 0)
            contents = Contents.of(connection)
            connection.rollback()
            if verify:
                with _scratch_database(database, connection) as scratch:
                    report("putting it back into a scratch database", 0, 0)
                    dump.load(scratch)
                    report("comparing", 0, 0)
                    _refuse_differences(contents, Contents.of(scratch))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return Backup(
        file,
        file.stat().st_size,
        verify,
        len(contents.tables),
        contents.rows,
        time.perf_counter() - started,
    )


def restore(
    database: Database, file: Path, *, replace: bool = False, report: Report = lambda *_: None
) -> Restored:
    """Puts a backup into the database, in one transaction, and brings it up to this version.

    With `replace` all that was there gives way to it; readers wait until the end. Raises NotADump,
    BackupTooNew, DatabaseNotEmpty or RunInProgress, and then nothing has changed.
    """
    started = time.perf_counter()
    dump = DumpFile(file)
    _refuse_newer(dump)
    with the_lock(database):
        report("putting it back", 0, 0)
        contents, missing = _take_in(database, dump, replace=replace)
        _finish(database)
    return _restored(database, contents, missing, started)


def move(
    database: Database,
    target: Database,
    scratch_folder: Path,
    *,
    replace: bool = False,
    report: Report = lambda *_: None,
) -> Restored:
    """Copies the database to another one, and compares every table before it is committed there.

    No run may publish meanwhile; the database itself stays as it is. The dump on its way lies in
    the scratch folder. Raises SameDatabase, NothingToBackUp, DatabaseNotEmpty, DumpFailed,
    CopyDiffers or RunInProgress, and then the target has not changed.
    """
    started = time.perf_counter()
    if _identity(database) == _identity(target):
        raise SameDatabase(
            f"{address(target.url)} is the database that the workspace uses already.",
            "Name another one.",
        )
    scratch_folder.mkdir(parents=True, exist_ok=True)
    with (
        the_lock(database),
        the_lock(target),
        TemporaryDirectory(prefix="moving-", dir=scratch_folder) as folder,
        _snapshot(database) as (connection, snapshot),
    ):
        report("dumping", 0, 0)
        dump = DumpFile.make(database, Path(folder) / "database.dump", snapshot)
        report("counting", 0, 0)
        expected = Contents.of(connection)
        connection.rollback()
        report("filling the other database, and comparing", 0, 0)
        contents, missing = _take_in(target, dump, replace=replace, expected=expected)
        _finish(target)
    return _restored(target, contents, missing, started)


def _take_in(
    database: Database, dump: DumpFile, *, replace: bool, expected: Contents | None = None
) -> tuple[Contents, list[str]]:
    with database.connect() as connection:
        if not replace:
            _refuse_to_lose(database, tables_with_rows(connection))
        roles.make_reader(connection)
        empty(connection)
        missing = dump.load(connection)
        contents = Contents.of(connection)
        if expected:
            _refuse_differences(expected, contents)
        connection.commit()
    return contents, missing


def _finish(database: Database) -> None:
    """Schema and functions become this version's, and the planner knows the tables."""
    migrate(database)
    with database.connect(autocommit=True) as connection:
        connection.execute("analyze")


def _restored(
    database: Database, contents: Contents, missing: list[str], started: float
) -> Restored:
    return Restored(
        address(database.url),
        len(contents.tables),
        contents.rows,
        len(contents.constraints),
        time.perf_counter() - started,
        missing,
    )


@contextmanager
def _snapshot(database: Database) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one moment, until it is rolled back, and the name under which others
    see the same; it keeps other backups of the database away."""
    with database.connect() as connection:
        connection.execute("set transaction isolation level repeatable read")
        got = connection.execute("select pg_try_advisory_lock(%s)", [_BACKUP_LOCK]).fetchone()
        if got != (True,):
            raise BackupInProgress(
                "Another backup of this database is at work.", "Wait until it has ended."
            )
        connection.execute("set local idle_in_transaction_session_timeout = 0")
        if connection.execute("select to_regclass('ops.deliveries')").fetchone() == (None,):
            raise NothingToBackUp(
                f"{address(database.url)} holds no warehouse yet.", "Publish one: shopwright run"
            )
        exported = connection.execute("select pg_export_snapshot()").fetchone()
        assert exported is not None
        yield connection, exported[0]


@contextmanager
def _scratch_database(database: Database, lock: Connection) -> Iterator[Connection]:
    """A connection to an empty database on the same server that goes when the block ends, or, if
    that was killed, with the next backup: `lock` keeps others away."""
    found = lock.execute(
        "select datname, pg_encoding_to_char(encoding), datcollate, datctype from pg_database"
        " where datname = current_database()"
    ).fetchone()
    lock.rollback()
    assert found is not None
    name, *form = found
    ending = "_backup_check"
    scratch = name.encode()[: _NAME_BYTES - len(ending)].decode(errors="ignore") + ending
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(scratch))
    lock.autocommit = True
    try:
        lock.execute(drop)
        lock.execute(
            sql.SQL(
                "create database {} template template0 encoding {} lc_collate {} lc_ctype {}"
            ).format(sql.Identifier(scratch), *map(sql.Literal, form))
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise ScratchRefused(
            f"The backup cannot be checked: {error.diag.message_primary}.",
            "Let an administrator run `alter role NAME createdb`, or leave the check out with "
            "--no-verify.",
        ) from error
    try:
        with database.connect(dbname=scratch) as connection:
            yield connection
    finally:
        lock.execute(drop)


def _refuse_differences(expected: Contents, found: Contents) -> None:
    differences = expected.differences(found)
    if differences:
        raise CopyDiffers(
            f"The copy is not what was dumped: {'; '.join(differences[:5])}.",
            "Nothing was kept. `shopwright doctor` looks for what is wrong with the database.",
        )


def _refuse_to_lose(database: Database, tables: list[str]) -> None:
    if tables:
        more = len(tables) - _NAMED_TABLES
        named = ", ".join(tables[:_NAMED_TABLES]) + (f" and {more} more" if more > 0 else "")
        raise DatabaseNotEmpty(
            f"{address(database.url)} is not empty: {named} hold rows.",
            "Name an empty database, or let all that is there be replaced: --replace.",
        )


def _refuse_newer(dump: DumpFile) -> None:
    version = dump.version()
    known = {one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if version not in known:
        raise BackupTooNew(
            f"{dump.path} has version {version} of the schema, which this Shopwright does not "
            "know.",
            "Upgrade with `pip install --upgrade shopwright`.",
        )


def _identity(database: Database) -> tuple[object, ...]:
    """The same for two ways to one database."""
    with database.connect() as connection:
        found = connection.execute(
            "select current_database(), pg_postmaster_start_time(),"
            " (select oid from pg_database where datname = current_database())"
        ).fetchone()
    assert found is not None
    return found
