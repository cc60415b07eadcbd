"""Backup, restore and moving to another database: the same to the row, or nothing at all."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import DatabaseServer
from tests.shop import Shop, customer, generated_shop, item, product, sale

from shopwright.orchestration import backups
from shopwright.orchestration.backups import (
    Backup,
    BackupInProgress,
    BackupTooNew,
    CopyDiffers,
    DatabaseNotEmpty,
    NothingToBackUp,
    SameDatabase,
    ScratchRefused,
    back_up,
    move,
    restore,
)
from shopwright.storage.backup.contents import Contents
from shopwright.storage.backup.dump_file import DumpFile, NotADump
from shopwright.storage.database import Database, create_database
from shopwright.storage.roles import READER

TOTALS = (
    "select count(*), sum(net_amount), sum(unit_count), max(date_key) from warehouse.fact_sales"
    " inner join (select sum(order_count) as unit_count from warehouse.agg_daily_sales) as daily"
    " on true"
)
RESTORING = """
import sys
from pathlib import Path
from shopwright.orchestration.backups import restore
from shopwright.storage.database import Database
with Database(sys.argv[1]) as database:
    print("ready", flush=True)
    restore(database, Path(sys.argv[2]), replace=True)
"""


@pytest.fixture(scope="module")
def shop(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A month of a shop, with a view of somebody's own. Tests leave it as it is."""
    folder = tmp_path_factory.mktemp("shop")
    with generated_shop(
        server, template_database, folder, days=30, transactions=1_500, seed=4
    ) as made:
        made.execute(
            "create schema reports;"
            "create view reports.net as select sum(net_amount) as net from warehouse.fact_sales;"
            "create table public.notes (note text primary key);"
            "insert into public.notes values ('ours');"
            "create type public.mood as enum ('good'); create domain public.cent as numeric(18, 2);"
            "create function public.twice(n integer) returns integer language sql"
            " as 'select 2 * n';"
            f"grant usage on schema reports to {READER}; grant select on reports.net to {READER}"
        )
        yield made


@pytest.fixture(scope="module")
def backup(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    return back_up(shop.database, tmp_path_factory.mktemp("backup") / "shop.dump")


def contents(database: Database) -> Contents:
    with database.connect() as connection:
        return Contents.of(connection)


def databases(shop: Shop) -> list[str]:
    return [name for (name,) in shop.rows("select datname from pg_database order by 1")]


def refuses_what_breaks_a_key(shop: Shop) -> bool:
    statement = "set constraints all immediate; update warehouse.fact_sales set product_key = -7"
    with shop.database.connect() as connection:
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(statement)
        connection.rollback()
    return True


def test_a_backup_was_put_back_and_compared(shop: Shop, backup: Backup) -> None:
    assert backup.verified
    assert backup.file.read_bytes().startswith(b"PGDMP")
    assert backup.file.stat().st_mode & 0o777 == 0o600  # it holds personal data
    found = contents(shop.database)
    assert (backup.tables, backup.rows) == (len(found.tables), found.rows)
    assert found.tables["warehouse.fact_sales"].rows > 2_000
    assert [path.name for path in backup.file.parent.iterdir()] == ["shop.dump"]
    assert not any("backup_check" in name for name in databases(shop))


def test_what_is_restored_is_the_same_with_keys_grants_and_own_views(
    shop: Shop, backup: Backup, empty_database: Database, tmp_path: Path
) -> None:
    done = restore(empty_database, backup.file)
    assert contents(empty_database) == contents(shop.database)
    assert (done.rows, done.not_granted) == (backup.rows, [])
    other = Shop(tmp_path, empty_database)
    assert other.row(TOTALS) == shop.row(TOTALS)
    assert other.fingerprint() == shop.fingerprint()
    assert other.value("select version_num from ops.schema_version") == shop.value(
        "select version_num from ops.schema_version"
    )
    assert refuses_what_breaks_a_key(other)
    for table, may in (
        ("warehouse.fact_sales", True), ("reports.net", True), ("production.customers", False)
    ):  # fmt: skip
        assert other.value(
            "select has_table_privilege(%s, %s, 'select')", [READER, table]
        ) is may, table  # fmt: skip
    # it goes on: what was published is known, and what comes is published
    other.workspace = shop.workspace
    assert other.run().outcome == "nothing to do"
    assert other.rebuild() == {}
    new = Shop(tmp_path, empty_database)
    new.deliver("2025-01-01", customers=[customer("NEW")], products=[product("NEW")],
                transactions=[sale("NEW", "2025-01-01 10:00", customer_id="NEW")],
                transaction_items=[item("NEW", "NEW", "NEW")])  # fmt: skip
    assert new.run().deliveries == ["2025-01-01"]


def test_a_database_with_rows_is_not_replaced_unasked(
    shop: Shop, backup: Backup, database: Database, tmp_path: Path
) -> None:
    other = Shop(tmp_path, database)
    other.deliver("2024-05-01", products=[product()])
    other.run()
    other.execute("create table public.notes (note text); create table public.others (n int)")
    before = contents(database)
    with pytest.raises(DatabaseNotEmpty, match="hold rows") as caught:
        restore(database, backup.file)
    assert "--replace" in caught.value.mend
    assert contents(database) == before
    for _ in range(2):
        restore(database, backup.file, replace=True)
        assert contents(database) == contents(shop.database)
        assert other.value("select public.twice(21)") == 42
    assert other.value("select to_regclass('public.others')") is None


def test_a_restore_that_fails_or_is_killed_changes_nothing(
    backup: Backup, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Shop(tmp_path, database)
    other.deliver("2024-05-01", products=[product()])
    other.run()
    before = contents(database)
    cut = tmp_path / "cut.dump"
    cut.write_bytes(backup.file.read_bytes()[: backup.byte_count * 2 // 3])
    with pytest.raises(NotADump, match=r"cut\.dump is damaged: .*end of file"):
        restore(database, cut, replace=True)
    assert contents(database) == before
    started = time.perf_counter()
    restoring = subprocess.Popen(
        [sys.executable, "-c", RESTORING, database.url, str(backup.file)],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(backups.__file__).parents[2])},
    )  # fmt: skip
    assert restoring.stdout is not None
    assert restoring.stdout.readline() == "ready\n"
    while not other.value(  # it has dropped the tables and fills them anew
        "select exists (select from pg_locks where mode = 'AccessExclusiveLock'"
        " and database = (select oid from pg_database where datname = current_database()))"
    ):
        assert restoring.poll() is None
        assert time.perf_counter() - started < 60
        time.sleep(0.01)
    restoring.send_signal(signal.SIGKILL)
    restoring.communicate()
    with database.connect() as connection:
        connection.execute("set lock_timeout = '30s'")
        assert Contents.of(connection) == before


def test_a_backup_that_does_not_come_back_the_same_is_not_kept(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = DumpFile.load

    def with_a_loss(self: DumpFile, connection: psycopg.Connection) -> list[str]:
        missing = load(self, connection)
        connection.execute("delete from ops.steps where step_number = 1")
        connection.execute("alter table warehouse.fact_sales drop constraint fact_sales_pkey")
        return missing

    file = tmp_path / "shop.dump"
    file.write_text("the one of yesterday")
    monkeypatch.setattr(DumpFile, "load", with_a_loss)
    with pytest.raises(CopyDiffers, match=r"ops\.steps has [\d,]+ rows instead of .*fact_sales"):
        back_up(shop.database, file)
    assert file.read_text() == "the one of yesterday"
    assert [path.name for path in tmp_path.iterdir()] == ["shop.dump"]
    assert not any("backup_check" in name for name in databases(shop))


def test_what_a_killed_backup_left_is_cleared_by_the_next(
    shop: Shop, server: DatabaseServer, tmp_path: Path
) -> None:
    scratch = f"{shop.value('select current_database()')}_backup_check"
    create_database(server.url, scratch)
    (tmp_path / ".shop.dump.part").write_text("half")
    assert back_up(shop.database, tmp_path / "shop.dump").verified
    assert scratch not in databases(shop)
    assert [path.name for path in tmp_path.iterdir()] == ["shop.dump"]
    with shop.database.connect() as other:
        other.execute("select pg_advisory_lock(%s)", [backups._BACKUP_LOCK])
        with pytest.raises(BackupInProgress):
            back_up(shop.database, tmp_path / "shop.dump")


def test_what_is_no_backup_or_of_a_newer_version_is_refused(
    backup: Backup, empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no dump")
    for file in (text, tmp_path / "missing.dump"):
        with pytest.raises(NotADump):
            restore(empty_database, file)
    with pytest.raises(NothingToBackUp):
        back_up(empty_database, tmp_path / "empty.dump")
    monkeypatch.setattr(DumpFile, "version", lambda _: "9999")
    with pytest.raises(BackupTooNew, match="version 9999"):
        restore(empty_database, backup.file)
    assert contents(empty_database).tables == {}


def test_moving_compares_before_it_commits(
    shop: Shop, empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SameDatabase):
        move(shop.database, Database(shop.database.url), tmp_path)
    monkeypatch.setattr(Contents, "differences", lambda *_: ["ops.runs has 1 rows instead of 2"])
    with pytest.raises(CopyDiffers):
        move(shop.database, empty_database, tmp_path)
    assert contents(empty_database).tables == {}
    monkeypatch.undo()
    done = move(shop.database, empty_database, tmp_path)
    assert contents(empty_database) == contents(shop.database)
    assert done.rows == contents(shop.database).rows
    assert list(tmp_path.iterdir()) == []  # the dump held personal data


@pytest.fixture(scope="module")
def older_server() -> Iterator[str]:
    """The URL of a database on Debian's PostgreSQL 15, whose owner is no superuser."""
    programs = Path("/usr/lib/postgresql/15/bin")
    if not (programs / "initdb").exists():
        pytest.skip(f"there is no PostgreSQL 15 in {programs}")
    folder = Path(tempfile.mkdtemp(prefix="shopwright-15-"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "--pgdata", folder / "data", *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **as_user,
        )  # fmt: skip

    run("initdb", "--auth=trust", "--username=admin", "--encoding=UTF8", "--locale=C.UTF-8",
        "--no-sync")  # fmt: skip
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run("pg_ctl", "start", "--wait", "--silent", "--log", f"{folder}/log", "--options", options)
    try:
        with psycopg.connect(f"postgresql://admin@/postgres?host={folder}", autocommit=True) as one:
            one.execute("create role shop login createdb createrole")
            one.execute("create database shop owner shop")
        yield f"postgresql://shop@/shop?host={folder}"
    finally:
        run("pg_ctl", "stop", "--mode=immediate", "--silent")
        shutil.rmtree(folder)


def test_from_the_embedded_18_to_a_15_and_back(
    shop: Shop, older_server: str, empty_database: Database, tmp_path: Path
) -> None:
    if shop.database.server_version < 160_000:
        pytest.skip("the server under test is not newer")
    with Database(older_server) as older:
        done = move(shop.database, older, tmp_path)
        assert done.not_granted == []
        assert contents(older) == contents(shop.database)
        there = Shop(tmp_path / "shop", older)
        assert there.row(TOTALS) == shop.row(TOTALS)
        assert refuses_what_breaks_a_key(there)
        there.deliver("2025-01-01", products=[product("NEW"), product("BAD", unit_price="x")])
        there.run()  # by functions for servers before 16
        assert there.account("products", "2025-01-01") == (2, 1, 0, 1, 0)
        back_up(older, tmp_path / "shop.dump")  # by whatever pg_dump there is
        move(older, empty_database, tmp_path)
        assert contents(empty_database) == contents(older)
        assert Shop(tmp_path / "back", empty_database).rebuild() == {}


def test_a_role_that_may_not_make_databases_is_told_so(
    server: DatabaseServer, database: Database, tmp_path: Path
) -> None:
    role = f"shopwright_test_{secrets.token_hex(4)}"
    admin = Shop(tmp_path, database)
    admin.execute(f"create role {role} login password 'x'")
    try:
        admin.execute(f"grant {role} to current_user")
        for schema in ("production", "warehouse", "quality", "ops", "checked"):
            for what in ("usage on", "select on all tables in", "select on all sequences in"):
                admin.execute(f"grant {what} schema {schema} to {role}")
        with database.connect() as connection:
            given = connection.info
            url = f"postgresql://{role}:x@/{given.dbname}?host={given.host}&port={given.port}"
        with Database(url) as theirs:
            with pytest.raises(ScratchRefused, match="permission denied to create database"):
                back_up(theirs, tmp_path / "shop.dump")
            assert not (tmp_path / "shop.dump").exists()
            assert not back_up(theirs, tmp_path / "shop.dump", verify=False).verified
    finally:
        admin.execute(f"drop owned by {role}; drop role {role}")
