"""The folder of an embedded database: made by initdb, checked, written to as its owner."""

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from shopwright.config.workspace import ROOT_DATA_FOLDER
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed
from shopwright.storage.server_programs import (
    MAJOR_VERSION,
    Account,
    account_for,
    check_reachable,
    programs_folder,
    run_program,
    user_name,
)
from shopwright.storage.server_settings import ACCESS_FILE

OWNER = "shopwright"
"""The database role that owns everything."""

LOG_GROWTH_BYTES = 16 << 20
"""What the write-ahead log grows by at a time: with less disk left, the server cannot go on."""

_NO_SPACE = "No space left on device"


class DataFolder:
    """The files of one embedded server, which belong to the user that it runs as."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def account(self) -> Account | None:
        """The user that the server runs as when root asks for it; None for an ordinary user."""
        return account_for(self.path)

    @cached_property
    def bin_folder(self) -> Path:
        """psql, pg_dump and the other programs of this PostgreSQL."""
        return programs_folder(self.account)

    def make_parent(self) -> None:
        """Makes the folder that the data folder and its locks lie in."""
        parent = self.path.parent
        try:
            missing = not parent.exists()
            parent.mkdir(parents=True, exist_ok=True)
            if missing and parent == ROOT_DATA_FOLDER:
                parent.chmod(0o755)  # whatever root's umask: PostgreSQL's user must pass
        except OSError as error:
            raise self.unusable(error) from error

    def open_lock(self, name: str) -> int:
        """The descriptor of a lock file beside the data folder."""
        file = self.path.with_name(f"{self.path.name}.{name}.lock")
        try:
            return os.open(file, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise self.unusable(error) from error

    def make(self) -> None:
        """Runs initdb beside the data folder and moves the result there: whole or not at all.

        Raises DataFolderUnusable for whatever is there and not ours, or EmbeddedServerFailed.
        """
        try:
            if self.path.exists() and self._is_made():
                return
            new = self.path.with_name(f"{self.path.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            if account := self.account:
                check_reachable(account, self.path)
                os.chown(new, account.uid, account.gid)
            self._initdb(new)
            new.replace(self.path)
        except OSError as error:
            raise self.unusable(error) from error

    def _is_made(self) -> bool:
        """False for an empty folder."""
        owner = self.path.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise DataFolderUnusable(
                f"{self.path} belongs to the user {user_name(owner)}.",
                "Run Shopwright as that user, or set another data_folder under [database].",
            )
        if not any(self.path.iterdir()):
            return False
        version_file = self.path / "PG_VERSION"
        if not version_file.exists():
            raise DataFolderUnusable(
                f"{self.path} holds files but no PostgreSQL database.",
                "Name an empty or new folder as data_folder under [database].",
            )
        found = version_file.read_text().strip()
        if found != str(MAJOR_VERSION):
            raise DataFolderUnusable(
                f"{self.path} was made by PostgreSQL {found}; this Shopwright brings "
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
        result = self.run("initdb", *arguments)
        if result.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise self.failed("could not be made", result.stderr)
        self._shell("echo \"include_if_exists = 'shopwright.conf'\" >> postgresql.conf", folder)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs as the folder's owner."""
        return run_program(self.bin_folder / program, *arguments, account=self.account)

    def write_settings(self, text: str) -> None:
        """Replaces Shopwright's part of the server's settings, and empties the log of its start."""
        command = "mkdir -p log && : > log/start.log && cat > shopwright.conf"
        self._shell(command, self.path, text)

    def write_access(self, text: str) -> None:
        """Replaces the file of who may come in from the network."""
        self._shell(f"cat > {ACCESS_FILE}", self.path, text)

    def _shell(self, command: str, folder: Path, text: str = "") -> None:
        """Writes in the data folder as its owner: root is not to follow links found there."""
        arguments = ("-c", f'cd "$1" && {command}', "sh", str(folder))
        result = run_program(Path("/bin/sh"), *arguments, account=self.account, text=text)
        if result.returncode != 0:
            raise self.failed("cannot be written to", result.stderr)

    def log_tail(self, lines: int = 15) -> str:
        """The end of what the server said, its latest start included."""
        return "\n".join(self._log().splitlines()[-lines:])

    def _log(self) -> str:
        logs = sorted((self.path / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in logs[-2:])

    def lacks_space(self) -> bool:
        """Whether the server ended, if it did, because its disk is full.

        Then its log may have no space for a word of it either.
        """
        since_start = self._log().rpartition("starting PostgreSQL")[2]
        return self._free_bytes() < LOG_GROWTH_BYTES or _NO_SPACE in since_start

    def free_space(self) -> str:
        """What is free on the folder's disk, for messages."""
        return f"{self._free_bytes() // 1_000_000} MB"

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self.path.parent).free

    def failed(self, what: str, log: str) -> EmbeddedServerFailed:
        """The error for a server that did not do as it should; `log` says why."""
        problem = f"The embedded PostgreSQL in {self.path} {what}"
        if _NO_SPACE in log or (self.path.exists() and self.lacks_space()):
            reasons = [line for line in log.splitlines() if _NO_SPACE in line]
            reason = f"\n{reasons[-1].strip()}" if reasons else ""
            return EmbeddedServerFailed(
                f"{problem}: its disk is full.{reason}",
                f"Free some space (now {self.free_space()}) and run the command again, or set "
                "data_folder under [database].",
            )
        if "Address already in use" in log:
            mend = "Another server listens there: set another port in listen under [database]."
        elif "Permission denied" in log:
            mend = "Give back the permissions, or set another data_folder under [database]."
        else:
            folder = self.path / "log"
            mend = f"The whole log: {folder}" if folder.exists() else ""
        return EmbeddedServerFailed(f"{problem}:\n{log.strip()}", mend)

    def unusable(self, error: OSError) -> DataFolderUnusable:
        """The error for a folder that the system does not let us use."""
        return DataFolderUnusable(
            f"The embedded database cannot use {error.filename or self.path}: {error.strerror}.",
            "Free space or give permission there, or set another data_folder under [database].",
        )
