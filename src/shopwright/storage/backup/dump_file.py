"""A file in pg_dump's custom format: how it is made, what it says, and how it is put back.

pg_restore only unpacks it into SQL here, and the connection at hand carries that out: so that it is
one transaction with all else that belongs to it, any version of the server takes it, and TLS, which
the wheel's own programs cannot, works too.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection

from shopwright.config.errors import ShopwrightError
from shopwright.storage.backup.client_programs import address_of, pg_dump, pg_restore
from shopwright.storage.backup.sql_script import SqlScript
from shopwright.storage.database import Database
from shopwright.storage.migrations import VERSION_TABLE

NOT_DUMPED = ("staging", "staging_before")
"""Schemas of a run at work: the delivered files say the same."""

_NOBODYS = ("--no-owner", "--no-privileges")
_PERMISSION = re.compile(r"^\d+; \d+ \d+ (DEFAULT )?ACL ")
_GRANT = (b"GRANT ", b"REVOKE ", b"ALTER DEFAULT PRIVILEGES ")
_SHARE_WAIT_SECONDS = 60


class DumpFailed(ShopwrightError):
    """pg_dump did not do as it should; holds what it said."""


class NotADump(ShopwrightError):
    """The file is no backup of a Shopwright database, or a damaged one."""


@dataclass(frozen=True)
class DumpFile:
    """A file in pg_dump's custom format."""

    path: Path

    @classmethod
    def make(cls, database: Database, path: Path, snapshot: str) -> "DumpFile":
        """Dumps what a transaction with that exported snapshot sees. The file holds personal data:
        nobody but its owner may read it. Raises DumpFailed."""
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        program, address = pg_dump(database), address_of(database.url)
        done = subprocess.run(
            [
                *(program, "--format=custom", f"--snapshot={snapshot}", f"--file={path}"),
                f"--lock-wait-timeout={_SHARE_WAIT_SECONDS * 1000}",
                *(f"--exclude-schema={schema}" for schema in NOT_DUMPED),
                f"--dbname={address.text}",
            ],
            env=address.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise _failed(program, done.stderr.strip(), database)
        return cls(path)

    def version(self) -> str:
        """The version of the schema that it was made of. Raises NotADump."""
        if not any(f" TABLE DATA ops {VERSION_TABLE} " in entry for entry in self._entries()):
            raise NotADump(
                f"{self.path} is a dump of a database that is not Shopwright's.",
                "Name a file that `shopwright backup` made.",
            )
        with self._script("--data-only", "--schema=ops", f"--table={VERSION_TABLE}") as script:
            for line in script:
                if line.startswith(b"COPY "):
                    return b"".join(script.rows()).decode().strip()
        raise NotADump(f"{self.path} does not tell the version of its schema.")

    def load(self, connection: Connection) -> list[str]:
        """Puts all of it into an empty database, within the connection's transaction.

        The connection's role owns it then. Gives what could not be granted, for want of a role that
        the dump knows and this server does not. Raises NotADump.
        """
        with self._script("--section=pre-data", *_NOBODYS) as script:
            script.run(connection)
        with self._script("--section=data", *_NOBODYS) as script:
            script.copy_rows(connection)
        connection.execute("set local maintenance_work_mem = '256MB'")
        with self._script("--section=post-data", *_NOBODYS) as script:
            script.run(connection)
        return self._grant(connection)

    def _grant(self, connection: Connection) -> list[str]:
        missing: dict[str, None] = {}
        with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
            chosen.write("\n".join(one for one in self._entries() if _PERMISSION.match(one)))
            chosen.flush()
            with self._script(f"--use-list={chosen.name}", "--no-owner") as script:
                grants = [line for line in script if line.startswith(_GRANT)]
        for grant in grants:
            try:
                with connection.transaction():
                    connection.execute(grant)
            except psycopg.errors.UndefinedObject as error:
                missing[error.diag.message_primary or str(error)] = None
        return list(missing)

    def _entries(self) -> list[str]:
        """What it holds, a line each. Raises NotADump."""
        if not self.path.is_file():
            raise NotADump(f"There is no file {self.path}.", "Name the file of a backup.")
        done = subprocess.run(
            [pg_restore(), "--list", str(self.path)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NotADump(
                f"{self.path} cannot be read as a backup: {done.stderr.strip()}.",
                "Name a file that `shopwright backup` made; this one is another, or damaged.",
            )
        return done.stdout.splitlines()

    @contextmanager
    def _script(self, *options: str) -> Iterator[SqlScript]:
        """A part of it as SQL. Raises NotADump where the file is damaged."""
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                [pg_restore(), *options, "--file=-", str(self.path)],
                stdout=subprocess.PIPE,
                stderr=said,
            ) as process,
        ):
            assert process.stdout is not None
            try:
                yield SqlScript(process.stdout)
                process.stdout.read()
                is_whole = True
            except EOFError:
                is_whole = False
            except BaseException:
                process.kill()
                raise
            if process.wait() != 0 or not is_whole:
                said.seek(0)
                reason = said.read().decode("utf-8", "replace").strip()
                raise NotADump(f"{self.path} is damaged: {reason}.", "Take an earlier backup.")


def _failed(program: str, said: str, database: Database) -> DumpFailed:
    needed = database.server_version // 10_000
    if "server version mismatch" in said:
        mend = f"Install pg_dump {needed} (Debian: apt-get install postgresql-client-{needed})."
    elif "SSL" in said:
        mend = (
            "The wheel's pg_dump cannot TLS: install PostgreSQL's own, "
            f"{needed} or newer (Debian: apt-get install postgresql-client-{needed})."
        )
    elif "lock" in said and "timeout" in said:
        mend = "A run holds its tables: try again when it has ended."
    else:
        mend = "Mend what it says and run the command again: no file was written."
    return DumpFailed(f"{program} ended with: {said}", mend)
