"""Opening the workspace's database, embedded and by URL."""

import socket
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from shopwright.config import DatabaseSettings, Settings, ShopSettings
from shopwright.config.workspace import Workspace
from shopwright.storage.database import (
    Database,
    DatabaseTooOld,
    DatabaseUnreachable,
    create_database,
    open_database,
)


def _workspace(folder: Path, **database: object) -> Workspace:
    settings = Settings(
        shop=ShopSettings(timezone="Asia/Tokyo"),
        database=DatabaseSettings.model_validate(database),
    )
    return Workspace(folder, settings)


def test_a_session_runs_in_the_shops_time_zone(empty_database: Database, tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, url=empty_database.url)
    with open_database(workspace) as database, database.connect() as connection:
        connection.rollback()
        row = connection.execute(
            "select cast(timestamptz '2024-05-01 20:00Z' as date)::text,"
            " current_setting('application_name')"
        ).fetchone()
    assert row == ("2024-05-02", "shopwright")


def test_the_engine_and_the_connections_reach_the_same_database(empty_database: Database) -> None:
    with empty_database.connect() as connection:
        connection.execute("create table seen (a int)")
    with empty_database.engine().begin() as session:
        session.execute(sqlalchemy.text("insert into seen values (7)"))
    with empty_database.connect() as connection:
        assert connection.execute("select a from seen").fetchall() == [(7,)]
    assert empty_database.engine() is empty_database.engine()


def test_a_statement_that_a_signal_leaves_unfinished_is_ended_without_a_word(
    empty_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    connection = empty_database.connect()
    process = connection.info.backend_pid

    def be_interrupted() -> None:
        with connection:
            connection.pgconn.send_query(b"select pg_sleep(60)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert connection.closed
    assert caplog.records == []
    _wait_until_gone(empty_database, process)


def test_a_statement_whose_client_is_gone_is_ended(empty_database: Database) -> None:
    with empty_database.connect() as connection:
        process = connection.info.backend_pid
        connection.pgconn.send_query(b"select pg_sleep(60)")
        connection.close()
    _wait_until_gone(empty_database, process)


def _wait_until_gone(database: Database, process: int) -> None:
    deadline = time.monotonic() + 20
    with database.connect(autocommit=True) as watcher:
        at_work = "select count(*) from pg_stat_activity where pid = %s"
        while watcher.execute(at_work, [process]).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_sqlalchemy_url_is_understood(empty_database: Database) -> None:
    url = empty_database.url.replace("postgresql://", "postgresql+psycopg://")
    with Database(url) as database:
        assert database.url.startswith("postgresql://")
        assert database.server_version >= 130_000


def test_options_in_the_url_are_kept(empty_database: Database) -> None:
    separator = "&" if "?" in empty_database.url else "?"
    url = f"{empty_database.url}{separator}options=-c%20work_mem%3D7MB"
    with Database(url, timezone="Asia/Tokyo") as database, database.connect() as connection:
        row = connection.execute(
            "select current_setting('work_mem'), current_setting('timezone')"
        ).fetchone()
    assert row == ("7MB", "Asia/Tokyo")


def test_a_database_is_made_once(empty_database: Database) -> None:
    name = "shopwright_test_made_once"
    with empty_database.connect(autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        assert create_database(empty_database.url, name) is True
        assert create_database(empty_database.url, name) is False
        connection.execute(f"drop database {name}")


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # bound and not listening: refused
        with pytest.raises(DatabaseUnreachable) as caught:
            Database(f"postgresql://ann:hunter%402@127.0.0.1:{port}/shop")
    message = str(caught.value)
    assert f"database shop at 127.0.0.1, port {port}" in message
    assert "SHOPWRIGHT_DATABASE_URL" in message
    assert "hunter" not in message


def test_a_missing_database_is_told_from_a_missing_server(empty_database: Database) -> None:
    url = sqlalchemy.make_url(empty_database.url).set(database="no_such_shop")
    with pytest.raises(DatabaseUnreachable, match="createdb no_such_shop"):
        Database(url.render_as_string(hide_password=False))


def test_a_url_that_cannot_be_parsed_keeps_its_password_to_itself() -> None:
    with pytest.raises(DatabaseUnreachable, match="percent-encoded") as caught:
        Database("postgresql://ann:hunter2@host:port/db?nonsense")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_old_server_is_refused(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 120_018)
    with pytest.raises(DatabaseTooOld, match="is PostgreSQL 12"):
        Database(empty_database.url)
