"""The database's disk fills up during a run: it says so, and the next one ends as it should."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.conftest import fill
from tests.acceptance.small_shop import deliver_days
from tests.shop import Shop

from shopwright.config import DatabaseSettings, Settings
from shopwright.config.workspace import Workspace
from shopwright.storage.database import Database, open_database
from shopwright.storage.disk_space import DiskFull
from shopwright.storage.server_errors import EmbeddedServerFailed

FIRST_DAYS, LATER_DAYS = range(2), range(2, 6)
LOG_FILE_BYTES = 16 << 20
REASONS = {
    "tables": "could not extend file",
    "log": "could not write to file .pg_wal|the server could not go on",
    "everything": "",
}
"""What is said when there is no space left for it; a server that ends may not say anything."""

pytestmark = pytest.mark.skipif(
    "SHOPWRIGHT_TEST_DATABASE_URL" in os.environ,
    reason="another server is under test (SHOPWRIGHT_TEST_DATABASE_URL): its disk is not ours",
)


@contextmanager
def opened(disk: Path) -> Iterator[Database]:
    """The embedded database on the disk."""
    settings = Settings(database=DatabaseSettings(data_folder=disk / "database"))
    with open_database(Workspace(disk, settings)) as database:
        yield database


def use_up_log(database: Database) -> None:
    """Writes the last file of the write-ahead log nearly full: soon the server needs another."""
    with database.connect(autocommit=True) as connection:
        left = """
            select (1 + count(*)) * %(file)s - 65536
                - mod(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'), %(file)s)
            from pg_ls_waldir() where name > pg_walfile_name(pg_current_wal_insert_lsn())
        """
        connection.execute(
            f"select pg_logical_emit_message(false, '', repeat('x', cast(({left}) as integer)))",
            {"file": LOG_FILE_BYTES},
        )


@pytest.mark.parametrize(
    ("what", "leave"), [("tables", 500_000), ("log", 6_000_000), ("everything", 0)]
)
def test_a_full_disk_is_told_and_the_next_run_makes_it_good(
    disk: Path, database: Database, tmp_path: Path, what: str, leave: int
) -> None:
    undisturbed = Shop(tmp_path / "undisturbed", database)
    deliver_days(undisturbed, FIRST_DAYS, orders=100)
    deliver_days(undisturbed, LATER_DAYS, orders=100)
    undisturbed.run()

    with opened(disk) as first:
        shop = Shop(tmp_path / "shop", first)
        deliver_days(shop, FIRST_DAYS, orders=100)
        shop.run()
        before = shop.fingerprint()
        deliver_days(shop, LATER_DAYS, orders=100)
        shop.execute("checkpoint")  # a crash may lose the last half second: not this test's subject
        for _ in range(3):
            if what == "log":
                use_up_log(first)
            ballast = fill(disk, leave=leave)
            with pytest.raises(DiskFull) as caught, opened(disk) as second:
                Shop(tmp_path / "shop", second).run()
            if re.search(REASONS[what], caught.value.problem):
                break
            # A table needed the space just while a file of the log was being made of it.
            ballast.unlink()
            assert first.server is not None
            first.server.start()  # which may have ended of that file
        assert f"The disk of {disk / 'database'} is full" in caught.value.problem
        assert re.search(REASONS[what], caught.value.problem)
        assert re.search(r"Free some space on it \(now \d MB\)", caught.value.mend)
        assert "run the command again" in caught.value.mend
        if what == "log":  # the server is gone, and cannot come back
            assert first.server is not None
            with pytest.raises(EmbeddedServerFailed, match="its disk is full") as caught_again:
                first.server.start()
            assert "Free some space" in caught_again.value.mend
        ballast.unlink()

    with opened(disk) as again:
        shop = Shop(tmp_path / "shop", again)
        assert shop.fingerprint() == before
        assert shop.run().outcome == "published"
        assert shop.fingerprint() == undisturbed.fingerprint()
        assert shop.rebuild() == {}
