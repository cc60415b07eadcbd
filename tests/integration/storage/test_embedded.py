"""The embedded server's life: shared, left, killed, recovered, refused. With real processes."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

import shopwright
from shopwright.storage import embedded, server_programs
from shopwright.storage.embedded import EmbeddedServer
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed

pytestmark = pytest.mark.skipif(
    "SHOPWRIGHT_TEST_DATABASE_URL" in os.environ,
    reason="another server is under test (SHOPWRIGHT_TEST_DATABASE_URL)",
)
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

_FAST = {"shared_buffers": "128MB"}

_ANOTHER_PROCESS = """
import sys
from shopwright.storage.embedded import EmbeddedServer
with EmbeddedServer(sys.argv[1], {"shared_buffers": "128MB"}) as server:
    print(server.url(), flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A short path that PostgreSQL's user may enter; afterwards neither files nor a server."""
    parent = Path(tempfile.mkdtemp(prefix="shopwright-embedded-"))
    parent.chmod(0o755)
    yield parent / "database"
    EmbeddedServer(parent / "database").stop()
    shutil.rmtree(parent)


def _another_process(data_folder: Path) -> subprocess.Popen[str]:
    """A process that uses the server until a line is written to it or it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _ANOTHER_PROCESS, str(data_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(shopwright.__file__).parents[1])},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def _postmaster_id(data_folder: Path) -> int:
    return int((data_folder / "postmaster.pid").read_text().splitlines()[0])


def _is_running(data_folder: Path) -> bool:
    try:
        return psutil.Process(_postmaster_id(data_folder)).is_running()
    except (FileNotFoundError, psutil.NoSuchProcess):
        return False


def _connect(server: EmbeddedServer, name: str = "shopwright") -> psycopg.Connection:
    return psycopg.connect(server.url(), autocommit=True, application_name=name)


def test_what_was_written_is_there_at_the_next_start(data_folder: Path) -> None:
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        connection.execute("create table kept as select 42 as answer")
    assert not _is_running(data_folder)
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        assert connection.execute("select answer from kept").fetchall() == [(42,)]


def test_texts_sort_by_code_point_and_lower_knows_accents(data_folder: Path) -> None:
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        row = connection.execute("select lower('ÉCOLE Ψ'), 'Z' < 'a', 'z' < 'é'").fetchone()
    assert row == ("école ψ", True, True)


def test_settings_suit_bulk_work_and_an_override_wins(data_folder: Path) -> None:
    names = ("wal_level", "synchronous_commit", "listen_addresses", "work_mem")
    server = EmbeddedServer(data_folder, {**_FAST, "work_mem": "9MB"})
    with server, _connect(server) as connection:
        found = [connection.execute(f"show {name}").fetchone() for name in names]
    assert found == [("minimal",), ("off",), ("",), ("9MB",)]


def test_only_its_owner_can_reach_the_socket(data_folder: Path) -> None:
    with EmbeddedServer(data_folder, _FAST):
        assert (data_folder / ".s.PGSQL.5432").is_socket()
        assert data_folder.stat().st_mode & 0o077 == 0


def test_the_last_process_to_leave_stops_the_server(data_folder: Path) -> None:
    first = _another_process(data_folder)
    postmaster = _postmaster_id(data_folder)
    with EmbeddedServer(data_folder, _FAST) as server:
        assert _postmaster_id(data_folder) == postmaster
        first.communicate("leave\n")
        with _connect(server) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert not _is_running(data_folder)


def test_two_users_in_one_process_share_the_server(data_folder: Path) -> None:
    one, two = EmbeddedServer(data_folder, _FAST), EmbeddedServer(data_folder, _FAST)
    assert one.start() == two.start()
    one.stop()
    one.stop()
    assert _is_running(data_folder)
    two.stop()
    assert not _is_running(data_folder)


def test_processes_that_start_at_once_get_one_server(data_folder: Path) -> None:
    command = [sys.executable, "-c", _ANOTHER_PROCESS, str(data_folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(shopwright.__file__).parents[1])}
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(4)
    ]
    urls = {process.communicate("leave\n")[0] for process in processes}
    assert len(urls) == 1
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert not _is_running(data_folder)


def test_an_open_psql_keeps_the_server_running(data_folder: Path) -> None:
    server = EmbeddedServer(data_folder, _FAST)
    server.start()
    with _connect(server, name="psql") as connection:
        server.stop()
        assert connection.execute("select 1").fetchone() == (1,)
    server.stop()
    assert not _is_running(data_folder)


def test_a_forgotten_connection_of_our_own_does_not(data_folder: Path) -> None:
    server = EmbeddedServer(data_folder, _FAST)
    server.start()
    with _connect(server):
        server.stop()
        assert not _is_running(data_folder)


def test_a_killed_process_holds_nothing(data_folder: Path) -> None:
    killed = _another_process(data_folder)
    killed.kill()
    killed.communicate()
    assert _is_running(data_folder)
    with EmbeddedServer(data_folder, _FAST):
        pass
    assert not _is_running(data_folder)


@forks
def test_a_fork_that_ends_does_not_take_the_server_along(data_folder: Path) -> None:
    with EmbeddedServer(data_folder, _FAST) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)
        with EmbeddedServer(data_folder, _FAST):
            pass
        assert _is_running(data_folder)
    assert not _is_running(data_folder)


def test_a_killed_server_recovers_whole_transactions(data_folder: Path) -> None:
    server = EmbeddedServer(data_folder, _FAST)
    server.start()
    with _connect(server) as connection:
        connection.execute("set synchronous_commit = on")
        connection.execute("create table loaded (a int)")
        connection.execute("insert into loaded select generate_series(1, 1000)")
    loading = _connect(server)
    loading.autocommit = False
    loading.execute("insert into loaded select generate_series(1, 200000)")
    os.kill(_postmaster_id(data_folder), signal.SIGKILL)
    # The first user is still there: whoever comes next starts it again.
    with EmbeddedServer(data_folder, _FAST) as next_one, _connect(next_one) as connection:
        assert connection.execute("select count(*) from loaded").fetchone() == (1000,)
    with pytest.raises(psycopg.OperationalError):
        loading.execute("select 1")
    loading.close()
    server.stop()
    assert not _is_running(data_folder)


def test_a_backend_that_outlives_its_server_is_ended(data_folder: Path) -> None:
    server = EmbeddedServer(data_folder, _FAST)
    server.start()
    busy = _connect(server)
    backend = psutil.Process(busy.info.backend_pid)
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 1000000000) a where a % 2 = 3")
    time.sleep(0.2)
    os.kill(_postmaster_id(data_folder), signal.SIGKILL)
    time.sleep(0.2)
    assert backend.is_running()
    with EmbeddedServer(data_folder, _FAST) as next_one, _connect(next_one) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert not backend.is_running()
    busy.close()
    server.stop()


def test_a_server_killed_this_moment_is_there_again(data_folder: Path) -> None:
    """No wait between the kill and the start: its pid file still says that it is ready."""
    with EmbeddedServer(data_folder, _FAST) as server:
        for _ in range(20):
            killed = _postmaster_id(data_folder)
            os.kill(killed, signal.SIGKILL)
            with psycopg.connect(server.start()) as connection:
                assert connection.execute("select 1").fetchone() == (1,)
            assert _postmaster_id(data_folder) != killed


def test_a_server_that_recovers_from_a_crash_is_stopped_at_once(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_STOP_SECONDS", 20)
    for _ in range(5):
        server = EmbeddedServer(data_folder, _FAST)
        server.start()
        with _connect(server) as connection:
            connection.execute("create table if not exists loaded (a int)")
            connection.execute("insert into loaded select generate_series(1, 200000)")
            backend = psutil.Process(connection.info.backend_pid)
            backend.kill()
            backend.wait()
        server.stop()
        assert not _is_running(data_folder)


@pytest.mark.parametrize("state", ["running", "ended"])
def test_a_stale_pid_file_is_no_obstacle(data_folder: Path, state: str) -> None:
    with EmbeddedServer(data_folder, _FAST):
        lines = (data_folder / "postmaster.pid").read_text().splitlines()
    # The number is now that of another process, and of the same user, which PostgreSQL minds.
    owner = {"user": data_folder.owner()} if os.geteuid() == 0 else {}
    other = subprocess.Popen(["sleep", "600"], **owner)
    if state == "ended":
        other.kill()
        other.wait()
    lines[0] = str(other.pid)
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (data_folder / name).write_text("\n".join(lines) + "\n")
        shutil.chown(data_folder / name, data_folder.owner())
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert other.poll() == (None if state == "running" else -signal.SIGKILL)
    other.kill()
    other.wait()


def test_a_database_half_made_is_made_anew(data_folder: Path) -> None:
    half = data_folder.with_name("database.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not half.exists()


def test_a_path_too_long_for_a_socket_gets_one_elsewhere(data_folder: Path) -> None:
    deep = data_folder / ("d" * 90) / "database"
    server = EmbeddedServer(deep, _FAST)
    try:
        server.start()
        with _connect(server) as connection:
            row = connection.execute("show unix_socket_directories").fetchone()
        assert row is not None
        socket_folder = Path(row[0].strip('"'))
        assert not socket_folder.is_relative_to(data_folder)
        assert socket_folder.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
    assert not _is_running(deep)
    socket_folder.rmdir()


def test_a_database_of_another_version_is_left_alone(data_folder: Path) -> None:
    data_folder.mkdir()
    (data_folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(DataFolderUnusable, match=r"made by PostgreSQL 16(.|\n)*shopwright run"):
        EmbeddedServer(data_folder).start()
    assert [file.name for file in data_folder.iterdir()] == ["PG_VERSION"]


def test_a_folder_of_other_files_is_left_alone(data_folder: Path) -> None:
    data_folder.mkdir()
    (data_folder / "thesis.txt").write_text("mine")
    with pytest.raises(DataFolderUnusable, match="no PostgreSQL database"):
        EmbeddedServer(data_folder).start()
    assert (data_folder / "thesis.txt").read_text() == "mine"


def test_a_failed_start_shows_the_log(data_folder: Path) -> None:
    with EmbeddedServer(data_folder, _FAST):
        pass
    with pytest.raises(EmbeddedServerFailed, match=r"did not start(.|\n)*shared_buffers") as caught:
        EmbeddedServer(data_folder, {"shared_buffers": "plenty"}).start()
    assert "The whole log" in caught.value.mend
    with EmbeddedServer(data_folder, _FAST):
        pass  # and nothing is left locked


@as_root
def test_root_is_told_of_a_folder_that_the_servers_user_may_not_enter(data_folder: Path) -> None:
    data_folder.mkdir(mode=0o700)
    with pytest.raises(DataFolderUnusable, match=f"may not enter {data_folder} on the way"):
        EmbeddedServer(data_folder / "inside").start()
    assert data_folder.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_wheel_out_of_reach_is_copied_and_not_opened(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = data_folder.parent / "home"
    home.mkdir(mode=0o700)
    package = server_programs._wheel_folder()
    for part in (package, package.with_name(f"{package.name}.libs")):
        (home / part.name).symlink_to(part)
    monkeypatch.setattr(server_programs, "_wheel_folder", lambda: home / package.name)
    monkeypatch.setattr(server_programs, "ROOT_DATA_FOLDER", data_folder.parent / "root")
    with EmbeddedServer(data_folder, _FAST) as server:
        assert server.bin_folder.is_relative_to(data_folder.parent / "root")
        url = server.url()
        psql = [server.bin_folder / "psql", url, "-Atc", "select 6 * 7"]
        assert subprocess.run(psql, capture_output=True, text=True).stdout == "42\n"
    assert home.stat().st_mode & 0o777 == 0o700


@as_root
@forks
def test_an_ordinary_user_needs_no_root_and_root_may_join(data_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(data_folder.parent, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
                connection.execute("create table made_by_nobody as select 1 as a")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert data_folder.owner() == "nobody"
    with EmbeddedServer(data_folder, _FAST) as server, _connect(server) as connection:
        assert connection.execute("select a from made_by_nobody").fetchone() == (1,)
        assert psutil.Process(_postmaster_id(data_folder)).username() == "nobody"


@as_root
def test_a_full_disk_is_named(data_folder: Path) -> None:
    disk = data_folder.parent / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", disk], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a small disk here")
    try:
        with pytest.raises(EmbeddedServerFailed, match="No space left on device") as caught:
            EmbeddedServer(disk / "database").start()
        assert caught.value.mend.startswith("Free some space")
        assert not (disk / "database").exists()
    finally:
        subprocess.run(["umount", disk], check=True)
