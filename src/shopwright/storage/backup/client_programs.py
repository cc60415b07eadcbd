"""pg_dump and pg_restore: where they are, and how they reach a database."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from shopwright.storage.database import Database
from shopwright.storage.embedded import EmbeddedServer


@dataclass(frozen=True)
class Address:
    """Where a database is, for libpq's programs: the password stands in the environment alone,
    as everybody on the machine may read what a program was called with."""

    text: str
    environment: dict[str, str]


def address_of(url: str) -> Address:
    """A database's URL for a program."""
    given: dict[str, Any] = conninfo_to_dict(url)
    password = given.pop("password", None)
    environment = {**os.environ, "LC_ALL": "C"}
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return Address(make_conninfo(**given), environment)


def pg_dump(database: Database) -> str:
    """One that is not older than the server: the wheel's own for the embedded one; for another the
    one on PATH, which can TLS, or the wheel's."""
    own = str(_wheels_folder() / "pg_dump")
    if database.server is not None:
        return own
    found = shutil.which("pg_dump")
    wanted = database.server_version // 10_000
    return found if found and wanted <= _version(found) <= _version(own) else own


def pg_restore() -> str:
    """The wheel's, the newest of them: it reads the files of all before it."""
    return str(_wheels_folder() / "pg_restore")


def _wheels_folder() -> Path:
    return EmbeddedServer(Path.home()).bin_folder


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r" (\d+)", said.stdout)
    return int(found[1]) if found else 0
