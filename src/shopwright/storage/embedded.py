"""A real PostgreSQL 18 from a pip wheel, started for whoever needs it and stopped by the last.

The wheel's programs are driven directly: its own Python class gives a start 10 seconds (recovery
after a crash may take minutes), trusts stale pid files, never stops a server that a killed process
once used, and opens the permissions of every parent folder when root.

Who may start and stop: every process holds a shared lock on `<data folder>.users.lock`; the last
one to leave finds nobody else on it and stops the server. Starting and stopping take turns on
`<data folder>.guard.lock`. The locks are flocks, which vanish with their process however it ends.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from shopwright.storage.data_folder import OWNER, DataFolder
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed
from shopwright.storage.server_processes import (
    Postmaster,
    answers,
    end_remains,
    find_postmaster,
)
from shopwright.storage.server_settings import Address, access_text, settings_text

APPLICATION_NAME = "shopwright"
"""Sessions of this name end with their process; a server with any other session is left running."""

_START_SECONDS = 900  # recovery after a crash replays up to max_wal_size of log
_STOP_SECONDS = 600  # stopping writes out all that is in memory
_HALF_REMOVED = '": File exists'
_SOCKET_PREFIX = ".s.PGSQL."
_SOCKET_PATH_BYTES = 103  # macOS; Linux allows 107


class EmbeddedServer:
    """The PostgreSQL server of one data folder, shared by all processes that use it.

    `start()` gives a URL; `stop()`, or leaving the `with` block, stops the server if nobody else
    uses it. `settings` are PostgreSQL settings that replace Shopwright's own when this process is
    the one that starts the server. With `listen`, such as `127.0.0.1:5432`, the reader role comes
    in from the network by password once it has one; without, nobody does.
    """

    def __init__(
        self,
        data_folder: Path | str,
        settings: Mapping[str, str] | None = None,
        listen: str | None = None,
    ) -> None:
        self.data_folder = Path(data_folder).expanduser().resolve()
        self.listen = Address.of(listen) if listen is not None else None
        self._files = DataFolder(self.data_folder)
        self._settings = dict(settings or {})
        self._users_lock: int | None = None
        self._started_by = 0
        digest = hashlib.sha256(os.fsencode(self.data_folder)).hexdigest()[:8]
        self._cluster_name = f"{OWNER}-{digest}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> str:
        """The URL of the running server's database `postgres`; the first call makes the database.

        Waits for another process that is starting it, and for recovery after a crash. Raises
        DataFolderUnusable or EmbeddedServerFailed.
        """
        if self._users_lock is None:
            self._files.make_parent()
            with self._guarded():
                lock = self._files.open_lock("users")
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH)
                    self._files.make()
                    self._ensure_running()
                except BaseException:
                    _release(lock)
                    raise
                self._users_lock, self._started_by = lock, os.getpid()
            atexit.register(self.stop)
        else:
            with self._guarded():
                self._ensure_running()  # it may have been killed since, this very moment even
        return self.url()

    def stop(self) -> None:
        """Leaves the server, and stops it if neither Shopwright nor psql and the like use it.

        On a server that was never started here this stops what a killed process left running.
        """
        if self._users_lock is not None and self._started_by != os.getpid():
            return  # a fork's copy: the lock is its parent's
        if not self.data_folder.parent.is_dir():
            return
        atexit.unregister(self.stop)
        with self._guarded():
            lock, self._users_lock = self._users_lock, None
            if lock is None:
                lock = self._files.open_lock("users")
            try:
                # Not a conversion from shared to exclusive, which waits for nobody but may
                # drop the lock: under the guard nobody comes in between.
                fcntl.flock(lock, fcntl.LOCK_UN)
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                self._stop_unless_in_use()
            finally:
                _release(lock)

    def url(self, database: str = "postgres") -> str:
        """Where a database of the running server is, for libpq. Without a password: the socket
        lies in a folder that only its owner may enter."""
        postmaster = find_postmaster(self.data_folder)
        if postmaster is None:
            raise EmbeddedServerFailed(
                f"The embedded PostgreSQL in {self.data_folder} is not running.",
                "Run the command again: it starts and recovers by itself.",
            )
        return _url(postmaster, database)

    @property
    def bin_folder(self) -> Path:
        """psql, pg_dump and the other programs of this PostgreSQL."""
        return self._files.bin_folder

    def lacks_space(self) -> bool:
        """Whether a connection that was lost was lost because the server's disk is full."""
        return self._files.lacks_space()

    def free_space(self) -> str:
        """What is free on the server's disk, for messages."""
        return self._files.free_space()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Waits for its turn to start or stop the server."""
        lock = self._files.open_lock("guard")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            _release(lock)

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while postmaster := find_postmaster(self.data_folder):
            # The pid file alone does not tell: a server killed just now still says it is ready.
            if postmaster.status == "ready" and answers(_url(postmaster)):
                return
            if time.monotonic() > deadline:
                raise self._files.failed(
                    f"has been {postmaster.status} for {_START_SECONDS} s", self._files.log_tail()
                )
            time.sleep(0.02)
        self._clear_remains()
        self._write_settings()
        self._start_postmaster()

    def _clear_remains(self) -> None:
        """Frees the data folder of a killed server: what is left of its processes and lock files.

        A backend busy with a statement may outlive its postmaster and would block a new one. The
        number in the lock files may by now be any other process of this user, or a process that
        ended and was never waited for: PostgreSQL would take either for a running server.
        """
        pid_file = self.data_folder / "postmaster.pid"
        if not pid_file.exists():
            return  # it was stopped as it should
        end_remains(self._cluster_name)
        for lock in self._socket_folder().glob(f"{_SOCKET_PREFIX}*.lock"):
            lock.unlink(missing_ok=True)
        pid_file.unlink()

    def _write_settings(self) -> None:
        text = settings_text(
            self.data_folder, self._socket_folder(), self._cluster_name, self._settings,
            self.listen,
        )  # fmt: skip
        self._files.write_settings(text)
        if self.listen is not None:
            self._files.write_access(access_text())

    def _start_postmaster(self, tries: int = 3) -> None:
        """Starts and recovers. When only the postmaster was killed, a backend may have removed half
        of an unlogged table that it was making; recovery then fails once, and the next succeeds.
        """
        result = self._files.run(
            "pg_ctl",
            *("start", "--wait", "--timeout", str(_START_SECONDS), "--silent"),
            *("--pgdata", str(self.data_folder)),
            *("--log", str(self.data_folder / "log" / "start.log")),
        )
        if result.returncode != 0 and _HALF_REMOVED in self._files.log_tail() and tries > 1:
            self._start_postmaster(tries - 1)
        elif result.returncode != 0:
            raise self._files.failed("did not start", self._files.log_tail() or result.stderr)

    def _stop_unless_in_use(self) -> None:
        postmaster = find_postmaster(self.data_folder)
        if postmaster is None or self._has_other_sessions():
            return
        # One that recovers from a crash has nothing to write out, and asked to stop as usual it may
        # wait for ever: PostgreSQL 18 does where its recovery fails or is broken off.
        mode = "fast" if answers(_url(postmaster)) else "immediate"
        result = self._files.run(
            "pg_ctl",
            *("stop", "--mode", mode, "--wait", "--timeout", str(_STOP_SECONDS)),
            *("--silent", "--pgdata", str(self.data_folder)),
        )
        if result.returncode != 0 and find_postmaster(self.data_folder) is not None:
            raise self._files.failed("did not stop", result.stderr + self._files.log_tail())

    def _has_other_sessions(self) -> bool:
        query = """
            select count(*) from pg_stat_activity
            where backend_type = 'client backend' and application_name not like %s
        """
        try:
            with psycopg.connect(
                self.url(), application_name=APPLICATION_NAME, connect_timeout=10
            ) as connection:
                row = connection.execute(query, [f"{APPLICATION_NAME}%"]).fetchone()
        except (psycopg.Error, EmbeddedServerFailed):
            return False  # starting, stopping or broken: nobody works with it
        return row is not None and row[0] > 0

    def _socket_folder(self) -> Path:
        """The data folder, which only its owner may enter; where its path is too long for a
        socket, one as private among the temporary files."""
        if len(os.fsencode(self.data_folder / f"{_SOCKET_PREFIX}65535")) <= _SOCKET_PATH_BYTES:
            return self.data_folder
        folder = Path(tempfile.gettempdir()) / self._cluster_name
        account = self._files.account
        owner = account.uid if account else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
            if account:
                os.chown(folder, account.uid, account.gid)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
                raise DataFolderUnusable(
                    f"{folder}, meant for the database's socket, belongs to someone else.",
                    "Set a shorter data_folder under [database].",
                ) from None
            folder.chmod(0o700)
        return folder


def _url(postmaster: Postmaster, database: str = "postgres") -> str:
    host = urllib.parse.quote(postmaster.socket_folder, safe="")
    name = urllib.parse.quote(database, safe="")
    return f"postgresql://{OWNER}@/{name}?host={host}&port={postmaster.port}"


def _release(lock: int) -> None:
    # Unlocked and not merely closed: a forked child may hold a copy of the descriptor.
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
