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
import shutil
import stat
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from shopwright.config import ROOT_DATA_FOLDER
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed
from shopwright.storage.server_processes import (
    Postmaster,
    answers,
    end_remains,
    find_postmaster,
)
from shopwright.storage.server_programs import (
    MAJOR_VERSION,
    account_for,
    check_reachable,
    programs_folder,
    run_program,
    user_name,
)
from shopwright.storage.server_settings import settings_text

APPLICATION_NAME = "shopwright"
"""Sessions of this name end with their process; a server with any other session is left running."""

OWNER = "shopwright"
"""The database role that owns everything."""

_START_SECONDS = 900  # recovery after a crash replays up to max_wal_size of log
_STOP_SECONDS = 600  # stopping writes out all that is in memory
_HALF_REMOVED = '": File exists'
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 103  # macOS; Linux allows 107


class EmbeddedServer:
    """The PostgreSQL server of one data folder, shared by all processes that use it.

    `start()` gives a URL; `stop()`, or leaving the `with` block, stops the server if nobody else
    uses it. `settings` are PostgreSQL settings that replace Shopwright's own when this process is
    the one that starts the server.
    """

    def __init__(self, data_folder: Path | str, settings: Mapping[str, str] | None = None) -> None:
        self.data_folder = Path(data_folder).expanduser().resolve()
        self._settings = dict(settings or {})
        self._users_lock: int | None = None
        self._started_by = 0
        self._bin_folder: Path | None = None
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
            self._make_parent_folder()
            with self._guarded():
                lock = self._opened_lock("users")
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH)
                    self._make_database()
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
            lock = self._users_lock if self._users_lock is not None else self._opened_lock("users")
            self._users_lock = None
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
        if self._bin_folder is None:
            self._bin_folder = programs_folder(account_for(self.data_folder))
        return self._bin_folder

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Waits for its turn to start or stop the server."""
        lock = self._opened_lock("guard")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            _release(lock)

    def _opened_lock(self, name: str) -> int:
        file = self.data_folder.with_name(f"{self.data_folder.name}.{name}.lock")
        try:
            return os.open(file, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise self._unusable(error) from error

    def _make_parent_folder(self) -> None:
        parent = self.data_folder.parent
        try:
            missing = not parent.exists()
            parent.mkdir(parents=True, exist_ok=True)
            if missing and parent == ROOT_DATA_FOLDER:
                parent.chmod(0o755)  # whatever root's umask: PostgreSQL's user must pass
        except OSError as error:
            raise self._unusable(error) from error

    def _make_database(self) -> None:
        """Runs initdb beside the data folder and moves the result there: whole or not at all."""
        try:
            if self.data_folder.exists() and self._is_made():
                return
            new = self.data_folder.with_name(f"{self.data_folder.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            if account := account_for(self.data_folder):
                check_reachable(account, self.data_folder)
                os.chown(new, account.uid, account.gid)
            self._initdb(new)
            new.replace(self.data_folder)
        except OSError as error:
            raise self._unusable(error) from error

    def _is_made(self) -> bool:
        """False for an empty folder. Raises DataFolderUnusable for whatever is not ours."""
        owner = self.data_folder.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise DataFolderUnusable(
                f"{self.data_folder} belongs to the user {user_name(owner)}.",
                "Run Shopwright as that user, or set another data_folder under [database].",
            )
        if not any(self.data_folder.iterdir()):
            return False
        version_file = self.data_folder / "PG_VERSION"
        if not version_file.exists():
            raise DataFolderUnusable(
                f"{self.data_folder} holds files but no PostgreSQL database.",
                "Name an empty or new folder as data_folder under [database].",
            )
        found = version_file.read_text().strip()
        if found != str(MAJOR_VERSION):
            raise DataFolderUnusable(
                f"{self.data_folder} was made by PostgreSQL {found}; this Shopwright brings "
                f"PostgreSQL {MAJOR_VERSION}.",
                "Move the folder aside; `shopwright run` then publishes all deliveries again.",
            )
        return True

    def _initdb(self, folder: Path) -> None:
        arguments = [
            *("--username", OWNER, "--auth-local=trust", "--auth-host=reject"),
            # Sorts by code point, the fastest and the same everywhere, yet lower('É') is 'é'.
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions", "--pgdata", str(folder)),
        ]
        result = self._run("initdb", *arguments)
        if result.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise self._failed("could not be made", result.stderr)
        self._shell("echo \"include_if_exists = 'shopwright.conf'\" >> postgresql.conf", folder)

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while postmaster := find_postmaster(self.data_folder):
            # The pid file alone does not tell: a server killed just now still says it is ready.
            if postmaster.status == "ready" and answers(_url(postmaster)):
                return
            if time.monotonic() > deadline:
                raise self._failed(f"has been {postmaster.status} for {_START_SECONDS} s")
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
        (self._socket_folder() / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)
        pid_file.unlink()

    def _write_settings(self) -> None:
        text = settings_text(
            self.data_folder, self._socket_folder(), self._cluster_name, self._settings
        )
        command = "mkdir -p log && : > log/start.log && cat > shopwright.conf"
        self._shell(command, self.data_folder, text)

    def _start_postmaster(self, tries: int = 3) -> None:
        """Starts and recovers. When only the postmaster was killed, a backend may have removed half
        of an unlogged table that it was making; recovery then fails once, and the next succeeds.
        """
        result = self._run(
            "pg_ctl",
            *("start", "--wait", "--timeout", str(_START_SECONDS), "--silent"),
            *("--pgdata", str(self.data_folder)),
            *("--log", str(self.data_folder / "log" / "start.log")),
        )
        if result.returncode != 0 and _HALF_REMOVED in self._log_tail() and tries > 1:
            self._start_postmaster(tries - 1)
        elif result.returncode != 0:
            raise self._failed("did not start", self._log_tail() or result.stderr)

    def _stop_unless_in_use(self) -> None:
        postmaster = find_postmaster(self.data_folder)
        if postmaster is None or self._has_other_sessions():
            return
        result = self._run(
            "pg_ctl",
            *("stop", "--mode", "fast", "--wait", "--timeout", str(_STOP_SECONDS)),
            *("--silent", "--pgdata", str(self.data_folder)),
        )
        if result.returncode != 0 and find_postmaster(self.data_folder) is not None:
            raise self._failed("did not stop", result.stderr + self._log_tail())

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
        if len(os.fsencode(self.data_folder / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES:
            return self.data_folder
        folder = Path(tempfile.gettempdir()) / self._cluster_name
        account = account_for(self.data_folder)
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

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        account = account_for(self.data_folder)
        return run_program(self.bin_folder / program, *arguments, account=account)

    def _shell(self, command: str, folder: Path, text: str = "") -> None:
        """Writes in the data folder as its owner: root is not to follow links found there."""
        account = account_for(self.data_folder)
        arguments = ("-c", f'cd "$1" && {command}', "sh", str(folder))
        result = run_program(Path("/bin/sh"), *arguments, account=account, text=text)
        if result.returncode != 0:
            raise self._failed("cannot be written to", result.stderr)

    def _log_tail(self, lines: int = 15) -> str:
        """The end of what the server said, its latest start included."""
        logs = sorted(
            (self.data_folder / "log").glob("*.log"), key=lambda file: file.stat().st_mtime
        )
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in logs[-2:]]
        return "\n".join("\n".join(texts).splitlines()[-lines:])

    def _failed(self, what: str, log: str | None = None) -> EmbeddedServerFailed:
        log = self._log_tail() if log is None else log
        if "No space left on device" in log:
            free = shutil.disk_usage(self.data_folder.parent).free // 1_000_000
            mend = f"Free some space (now {free} MB), or set data_folder under [database]."
        elif "Permission denied" in log:
            mend = "Give back the permissions, or set another data_folder under [database]."
        else:
            folder = self.data_folder / "log"
            mend = f"The whole log: {folder}" if folder.exists() else ""
        return EmbeddedServerFailed(
            f"The embedded PostgreSQL in {self.data_folder} {what}:\n{log.strip()}", mend
        )

    def _unusable(self, error: OSError) -> DataFolderUnusable:
        path = error.filename or self.data_folder
        return DataFolderUnusable(
            f"The embedded database cannot use {path}: {error.strerror}.",
            "Free space or give permission there, or set another data_folder under [database].",
        )


def _url(postmaster: Postmaster, database: str = "postgres") -> str:
    host = urllib.parse.quote(postmaster.socket_folder, safe="")
    name = urllib.parse.quote(database, safe="")
    return f"postgresql://{OWNER}@/{name}?host={host}&port=5432"


def _release(lock: int) -> None:
    # Unlocked and not merely closed: a forked child may hold a copy of the descriptor.
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
