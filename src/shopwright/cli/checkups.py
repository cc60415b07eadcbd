"""What `doctor` looks at, one function each: what was found, and the move that mends it."""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shopwright.cli.overview import is_migrated, last_run, pending_deliveries, version_text
from shopwright.cli.printing import byte_size, database_name, plural
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.header import read_header
from shopwright.storage.database import Database, open_database

LEAST_FREE_BYTES = 1_000_000_000
BYTES_PER_DELIVERED_BYTE = 6
"""Disk that a delivered byte takes until it is published: staging, production, warehouse, log."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` says what to do where it is not ok."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def examine(workspace: Workspace) -> Iterator[Finding]:
    """Looks at one thing after the other; what needs the database is left out without one."""
    yield _python()
    yield _platform()
    yield Finding("workspace", True, str(workspace.folder))
    yield _data_folder(workspace)
    try:
        with open_database(workspace) as database:
            yield Finding(
                "server",
                True,
                f"{version_text(database.server_version)}, {database_name(database)}",
            )
            for check in (_schema, _constraints, _reader):
                yield _guarded(check, database)
            found, deliveries = _deliveries(workspace, database)
            yield found
            yield _disk(workspace, sum(one.byte_count for one in deliveries))
            yield _guarded(_last_run, database)
    except ShopwrightError as error:
        yield Finding("server", False, error.problem, error.mend)
        yield _disk(workspace, 0)


def _guarded(check: Callable[[Database], Finding], database: Database) -> Finding:
    """A check that breaks on something unforeseen is a finding, and the others go on."""
    try:
        return check(database)
    except ShopwrightError as error:
        return Finding(check.__name__.strip("_"), False, error.problem, error.mend)


def _python() -> Finding:
    version = platform.python_version()
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Finding("python", ok, version, "Install Shopwright on Python 3.11, 3.12 or 3.13.")


def _platform() -> Finding:
    found = f"{platform.system()} {platform.release()}, {platform.machine()}"
    ok = platform.system() in ("Linux", "Darwin")
    return Finding("platform", ok, found, "Use Linux, macOS, or Linux under Windows (WSL 2).")


def _data_folder(workspace: Workspace) -> Finding:
    if workspace.settings.database.url is not None:
        return Finding("data folder", True, "none: the database is on another server")
    folder = workspace.data_folder
    if not folder.exists():
        return Finding("data folder", True, f"{folder}, made at the first use")
    if not folder.is_dir():
        mend = "Set another data_folder under [database] in shopwright.toml."
        return Finding("data folder", False, f"{folder} is a file", mend)
    return Finding("data folder", True, str(folder))


def _disk(workspace: Workspace, pending_bytes: int) -> Finding:
    """The fullest disk of those that the workspace and the database lie on."""
    folders = [workspace.folder]
    if workspace.settings.database.url is None:
        folders.append(_existing(workspace.data_folder))
    free, folder = min((shutil.disk_usage(folder).free, folder) for folder in folders)
    wanted = max(LEAST_FREE_BYTES, BYTES_PER_DELIVERED_BYTE * pending_bytes)
    return Finding(
        "disk space",
        free >= wanted,
        f"{byte_size(free)} free at {folder}",
        f"Free some: {byte_size(wanted)} are wanted. Or set data_folder to another disk.",
    )


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _schema(database: Database) -> Finding:
    from alembic.script import ScriptDirectory

    from shopwright.storage.migrations import VERSION_TABLE, alembic_config

    if not is_migrated(database):
        return Finding("schema", True, "not made yet; the first run makes it")
    script = ScriptDirectory.from_config(alembic_config())
    head = script.get_current_head()
    with database.connect() as connection:
        rows = connection.execute(f"select version_num from ops.{VERSION_TABLE}").fetchall()
    version = rows[0][0] if rows else None
    if version == head:
        return Finding("schema", True, f"version {version}, the newest")
    if version in {one.revision for one in script.walk_revisions()}:
        return Finding("schema", True, f"version {version}; the next run brings it to {head}")
    return Finding(
        "schema",
        False,
        f"version {version}, which this Shopwright does not know",
        "Upgrade with `pip install --upgrade shopwright`.",
    )


def _constraints(database: Database) -> Finding:
    if not is_migrated(database):
        return Finding("constraints", True, "none yet")
    wanted = _wanted_constraints()
    with database.connect() as connection:
        present = {
            row[0]
            for row in connection.execute(
                "select nspname || '.' || conname from pg_constraint"
                " inner join pg_namespace on pg_namespace.oid = connamespace"
                " union all select schemaname || '.' || indexname from pg_indexes"
            )
        }
    missing = sorted(wanted - present)
    return Finding(
        "constraints",
        not missing,
        f"all {len(wanted)} present" if not missing else f"missing: {', '.join(missing)}",
        "Somebody dropped them by hand: restore a backup, or publish all deliveries into an empty "
        "database.",
    )


def _wanted_constraints() -> set[str]:
    """Schema and name of every key, reference, check and index that the tables declare."""
    from sqlalchemy.dialects import postgresql

    from shopwright.storage.tables import metadata

    names = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    wanted = set()
    for table in metadata.tables.values():
        own = [names.format_constraint(one) for one in table.constraints]
        own += [names.format_index(one) for one in table.indexes]
        wanted |= {f"{table.schema}.{str(name).strip(chr(34))}" for name in own}
    return wanted


def _reader(database: Database) -> Finding:
    from shopwright.storage.roles import READER

    if not is_migrated(database):
        return Finding("reader role", True, "not made yet; the first run makes it")
    with database.connect() as connection:
        found = connection.execute(
            "select case when exists (select from pg_roles where rolname = %(role)s)"
            " then has_table_privilege(%(role)s, 'warehouse.fact_sales', 'select') end",
            {"role": READER},
        ).fetchone()
    ok = found is not None and found[0] is True
    what = "sees the warehouse" if ok else "does not exist, or may not read the warehouse"
    mend = f"Let an administrator run `create role {READER} login`, then `shopwright run`."
    return Finding("reader role", ok, f"{READER} {what}", mend)


def _deliveries(workspace: Workspace, database: Database) -> tuple[Finding, list[Delivery]]:
    try:
        pending = pending_deliveries(workspace, database)
        for delivery in pending:
            for file in delivery.files:
                read_header(file, delivery.declared, workspace.settings)
    except ShopwrightError as error:
        return Finding("deliveries", False, error.problem, error.mend), []
    except OSError as error:
        found = f"{error.filename} cannot be read: {error.strerror}"
        return Finding("deliveries", False, found, "Give permission to read it."), []
    return Finding("deliveries", True, f"{plural(len(pending), 'pending', 'pending')}"), pending


def _last_run(database: Database) -> Finding:
    run = last_run(database) if is_migrated(database) else None
    if run is None:
        return Finding("last run", True, "none yet")
    found = f"{run.command} {run.run_id}: {run.outcome}, {run.started_at:%Y-%m-%d %H:%M:%S}"
    if run.error:
        found += f": {run.error.splitlines()[0]}"
    ok = run.outcome not in ("failed", "interrupted")
    return Finding("last run", ok, found, "Mend what it says, then `shopwright run`.")
