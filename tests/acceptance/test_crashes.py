"""A run or its server is killed at a random moment: the next run ends as if nothing had been."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from tests.acceptance.small_shop import deliver_days, run_in_another_process
from tests.shop import Shop

from shopwright.orchestration.record import LOCK_PATIENCE, RunInProgress, the_lock
from shopwright.storage.database import Database, create_database
from shopwright.storage.embedded import EmbeddedServer
from shopwright.storage.migrations import migrate

BATCH_ROWS = 400
"""Some batches a run, so that it may be killed in a first load, in a later one and between."""

MOMENTS = [round(random.Random(2024).uniform(part, part + 1) / 10, 3) for part in range(10)]
"""Ten, each in a tenth of the time that an undisturbed run takes."""

embedded_only = pytest.mark.skipif(
    "SHOPWRIGHT_TEST_DATABASE_URL" in os.environ,
    reason="another server is under test (SHOPWRIGHT_TEST_DATABASE_URL): it is not ours to kill",
)


@dataclass(frozen=True)
class Undisturbed:
    """What a run ends with when nothing happens to it, and how long it takes."""

    fingerprint: dict[str, tuple[int, int]]
    accounts: list[tuple[Any, ...]]
    seconds: float


def deliver(shop: Shop) -> None:
    deliver_days(shop, range(6), orders=150)


def accounts(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows(
        "select delivery_name, delivery_tables.* from ops.delivery_tables"
        " inner join ops.deliveries using (delivery_key) order by 2, 3"
    )


def run_undisturbed(folder: Path, database: Database) -> Undisturbed:
    shop = Shop(folder, database, batch_rows=BATCH_ROWS)
    deliver(shop)
    process = run_in_another_process(folder, database, batch_rows=BATCH_ROWS)
    started = time.perf_counter()
    output, errors = process.communicate(timeout=60)
    seconds = time.perf_counter() - started
    assert output == "published\n", errors
    assert shop.value("select count(*) from ops.deliveries") == 6
    assert shop.value("select max(batch_number) from quality.claim_results") >= 3
    return Undisturbed(shop.fingerprint(), accounts(shop), seconds)


@pytest.fixture(scope="module")
def undisturbed(
    server: Any, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Undisturbed]:
    """A run that nothing happens to."""
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database:
            yield run_undisturbed(tmp_path_factory.mktemp("undisturbed"), database)
    finally:
        server.drop(name)


def finish(shop: Shop, expected: Undisturbed) -> None:
    """The next run ends as the undisturbed one did, and nothing is left to do."""
    shop.run()
    assert shop.fingerprint() == expected.fingerprint
    assert accounts(shop) == expected.accounts
    assert shop.rebuild() == {}
    assert shop.run().outcome == "nothing to do"
    assert shop.value("select count(*) from ops.runs where outcome = 'running'") == 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_is_made_good_by_the_next(
    undisturbed: Undisturbed, database: Database, tmp_path: Path, moment: float
) -> None:
    shop = Shop(tmp_path, database, batch_rows=BATCH_ROWS)
    deliver(shop)
    process = run_in_another_process(tmp_path, database, batch_rows=BATCH_ROWS)
    time.sleep(moment * undisturbed.seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    if process.returncode == -signal.SIGKILL:
        outcomes = [outcome for (outcome,) in shop.rows("select outcome from ops.runs")]
        assert outcomes in ([], ["running"], ["published"])
    finish(shop, undisturbed)


@pytest.fixture(scope="module")
def own_server() -> Iterator[tuple[EmbeddedServer, Path]]:
    """A server that may be killed: no other test uses it."""
    parent = Path(tempfile.mkdtemp(prefix="shopwright-crash-"))
    parent.chmod(0o755)
    folder = parent / "database"
    # What a killed server wrote is with the system already: only a power cut asks for fsync.
    with EmbeddedServer(folder, {"shared_buffers": "64MB", "fsync": "off"}) as started:
        yield started, folder
    EmbeddedServer(folder).stop()
    rmtree(parent)


@embedded_only
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_server_is_made_good_by_the_next_run(
    undisturbed: Undisturbed,
    own_server: tuple[EmbeddedServer, Path],
    tmp_path: Path,
    moment: float,
) -> None:
    server, folder = own_server
    name = f"shop_{MOMENTS.index(moment)}"
    create_database(server.start(), name)
    try:
        with Database(server.url(name)) as database:
            migrate(database)
            shop = Shop(tmp_path, database, batch_rows=BATCH_ROWS)
            deliver(shop)
            process = run_in_another_process(tmp_path, database, batch_rows=BATCH_ROWS)
        time.sleep(moment * undisturbed.seconds)
        postmaster = int((folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        output, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 1), errors
        assert (process.returncode == 0) == (output == "published\n"), errors
        server.start()
        with Database(server.url(name)) as database:
            finish(Shop(tmp_path, database, batch_rows=BATCH_ROWS), undisturbed)
    finally:
        server.stop()


def test_of_two_runs_at_once_one_publishes_and_nothing_is_done_twice(
    undisturbed: Undisturbed, database: Database, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, database, batch_rows=BATCH_ROWS)
    deliver(shop)
    both = [run_in_another_process(tmp_path, database, batch_rows=BATCH_ROWS) for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    outcomes = sorted(output.strip() for output, _ in ends)
    assert "published" in outcomes
    if outcomes != ["nothing to do", "published"]:  # the second lost its patience
        assert outcomes == ["", "published"]
        assert any("RunInProgress" in errors for _, errors in ends), ends
    assert shop.value("select count(*) from ops.deliveries") == 6
    finish(shop, undisturbed)


def test_a_run_beside_another_that_does_not_end_says_so(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path, database)
    deliver_days(shop, range(1), orders=5)
    assert LOCK_PATIENCE <= 30
    monkeypatch.setattr(the_lock.__wrapped__, "__defaults__", (0.3,))  # type: ignore[attr-defined]
    with the_lock(database), pytest.raises(RunInProgress, match="Another run is at work") as caught:
        shop.run()
    assert "shopwright status" in caught.value.mend
    assert shop.value("select count(*) from ops.runs") == 0
    assert shop.run().outcome == "published"
