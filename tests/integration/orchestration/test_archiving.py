"""The archive: nothing is lost on the way, and deliveries in it count as they did before."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.orchestration import killed_moves
from tests.shop import Shop, csv_bytes, customer, item, product, sale

import shopwright
from shopwright.cli.overview import look, pending_deliveries
from shopwright.config import ArchiveSettings
from shopwright.ingestion.archive import RECORD, find_archived
from shopwright.ingestion.deliveries import DeliveryInvalid
from shopwright.orchestration.archiving import (
    DeliveryExists,
    NotArchived,
    archive_published,
    restore_archived,
)
from shopwright.orchestration.forgetting.forget import forget
from shopwright.orchestration.record import DeliveriesRefused
from shopwright.storage.database import Database

ADA = "KUNDE-4711"
DAYS = ["2024-05-01", "2024-05-02", "2024-05-03"]


def deliver(shop: Shop) -> None:
    """Three days: unpacked, packed, and with a declaration and a file of no table's."""
    shop.deliver(
        DAYS[0],
        customers=[customer(ADA, first_name="Ada", last_name="Lovelace", segment="gold")],
        products=[product(), product("P2")],
        transactions=[sale(customer_id=ADA)],
        transaction_items=[item(), item("I2", "T1", "P2", 2, "3.50")],
    )
    shop.deliver_file(f"{DAYS[1]}/transactions.csv.gz", csv_bytes([sale("T2", customer_id=ADA)]))
    shop.deliver_file(f"{DAYS[1]}/transaction_items.csv.zst", csv_bytes([item("I3", "T2")]))
    shop.deliver_file(f"{DAYS[1]}/transaction_items-2.csv", csv_bytes([item("I4", "T404")]))
    shop.deliver_file(f"{DAYS[2]}/products.csv", "product_id;product_name;unit_cost\nP3;Pen;1,5\n")
    shop.deliver_file(f"{DAYS[2]}/delivery.toml", '[dialect]\ndecimal = ","\n')
    shop.deliver_file(f"{DAYS[2]}/notes/from the shop.txt", "closed early")


def with_archive(shop: Shop, after_days: int = 0) -> Shop:
    settings = shop.workspace.settings.model_copy(
        update={"archive": ArchiveSettings(after_days=after_days)}
    )
    shop.workspace = replace(shop.workspace, settings=settings)
    return shop


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def archived(shop: Shop) -> list[str]:
    return [one.name for one in find_archived(shop.workspace.archive)[0]]


def ledger(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(
        "select delivery_name, deliveries.content_hash, file_name, byte_count, modified_ns,"
        " files.content_hash from ops.deliveries inner join ops.files using (delivery_key)"
        " order by delivery_key, file_name"
    )


def test_published_deliveries_are_moved_and_come_back_to_the_byte(shop: Shop) -> None:
    deliver(shop)
    before = files(shop.workspace.deliveries)
    result = with_archive(shop).run()
    assert (result.deliveries, result.archived, result.left_undone) == (DAYS, DAYS, {})
    assert files(shop.workspace.deliveries) == {}
    packed = sorted(name for name in files(shop.workspace.archive) if not name.endswith(RECORD))
    assert packed == [
        "1/2024-05-01/customers.csv.zst", "1/2024-05-01/products.csv.zst",
        "1/2024-05-01/transaction_items.csv.zst", "1/2024-05-01/transactions.csv.zst",
        "1/2024-05-02/transaction_items-2.csv.zst", "1/2024-05-02/transaction_items.csv.zst",
        "1/2024-05-02/transactions.csv.gz", "1/2024-05-03/delivery.toml",
        "1/2024-05-03/notes/from the shop.txt", "1/2024-05-03/products.csv.zst",
    ]  # fmt: skip
    for name in DAYS:
        restore_archived(shop.workspace, name, shop.workspace.deliveries)
    assert files(shop.workspace.deliveries) == before
    assert shop.run().outcome == "nothing to do"  # restored, they count as published
    assert (archived(shop), files(shop.workspace.deliveries)) == (DAYS, {})
    assert shop.rows("select step_name, row_count from ops.steps where step_name = 'archive'") == [
        ("archive", 3), ("archive", 3)
    ]  # fmt: skip


def test_only_what_is_published_and_old_enough_is_moved(shop: Shop) -> None:
    deliver(shop)
    shop.run()
    shop.execute(
        "update ops.deliveries set published_at = now() - interval '8 days'"
        " where delivery_name <> '2024-05-02'"
    )
    shop.deliver_file(f"{DAYS[2]}/customers.csv", "customer_id\nC9,\n")  # a correction
    shop.deliver_file("2024-05-04/products.csv", "product_id\nP9\n")  # refused, as it lacks a name
    with pytest.raises(DeliveriesRefused):
        with_archive(shop, after_days=7).run()
    assert archived(shop) == [DAYS[0]]
    assert sorted(one.name for one in shop.workspace.deliveries.iterdir()) == [
        "2024-05-02", "2024-05-03", "2024-05-04"
    ]  # fmt: skip


def test_without_the_setting_deliveries_stay(shop: Shop) -> None:
    deliver(shop)
    shop.run()
    assert not shop.workspace.archive.exists()
    assert len(list(shop.workspace.deliveries.iterdir())) == 3


def test_repeated_deliveries_and_corrections_are_told_apart(shop: Shop, tmp_path: Path) -> None:
    deliver(shop)
    kept = shutil.copytree(shop.workspace.deliveries, tmp_path / "kept")
    with_archive(shop).run()
    before = shop.fingerprint()

    shutil.copytree(kept / DAYS[0], shop.workspace.deliveries / DAYS[0])  # once more, as it was
    assert shop.run().outcome == "nothing to do"
    assert (archived(shop), files(shop.workspace.deliveries)) == (DAYS, {})

    shop.deliver(DAYS[0], products=[product(product_name="Lamp")])  # other content
    assert shop.run().deliveries == [DAYS[0]]
    assert shop.value("select count(*) from ops.deliveries where revision = 2") == 1
    parts = [one.folder.parent.name for one in find_archived(shop.workspace.archive)[0]]
    assert parts == ["1", "2", "1", "1"]
    assert shop.fingerprint() != before
    restore_archived(shop.workspace, DAYS[0], tmp_path)
    assert b"Lamp" in (tmp_path / DAYS[0] / "products.csv").read_bytes()
    assert shop.rebuild() == {}


def test_an_empty_database_is_filled_from_the_archive(
    shop: Shop, server: object, template_database: str
) -> None:
    """As after a crash that took the last commits, or where the database is made anew."""
    deliver(shop)
    with_archive(shop).run()
    for name in ("Lamp", "Mug", "Lamp"):  # the same once more, after other content
        shop.deliver(DAYS[0], products=[product(product_name=name)])
        shop.run()
    assert len(list(shop.workspace.archive.glob(f"*/{DAYS[0]}"))) == 4
    shop.deliver("2024-05-04", transactions=[sale("T404", customer_id=ADA)])
    shop.deliver(DAYS[0], products=[product(product_name="Pen")])
    with_archive(shop, after_days=1).run()
    name = server.create(template=template_database)  # type: ignore[attr-defined]
    try:
        with Database(server.database_url(name)) as database:  # type: ignore[attr-defined]
            other = Shop(shop.workspace.folder, database)
            other.workspace = shop.workspace
            missing = [one.name for one in pending_deliveries(shop.workspace, database)]
            assert sorted(missing) == [DAYS[0]] * 5 + [*DAYS[1:], "2024-05-04"]
            result = other.run()
            assert pending_deliveries(shop.workspace, database) == []
            assert sorted(result.deliveries) == [DAYS[0]] * 5 + [*DAYS[1:], "2024-05-04"]
            assert other.fingerprint() == shop.fingerprint()
            assert ledger(other) == ledger(shop)
            product_names = "select product_name from warehouse.dim_product where product_id = 'P1'"
            assert other.rows(f"{product_names} and is_current") == [("Pen",)]
            assert other.run().outcome == "nothing to do"
            assert other.rebuild() == {}
    finally:
        server.drop(name)  # type: ignore[attr-defined]


def test_what_only_the_archive_holds_is_pending_where_the_database_has_no_tables_yet(
    shop: Shop, empty_database: Database
) -> None:
    deliver(shop)
    with_archive(shop).run()
    shop.deliver("2024-05-04", products=[product("P4")])
    found = look(shop.workspace, empty_database)
    assert (found.published, found.pending) == (0, [*DAYS, "2024-05-04"])
    assert found.next == "Publish what is pending: shopwright run"
    (shop.workspace.archive / "1" / DAYS[1] / RECORD).unlink()
    found = look(shop.workspace, empty_database)
    assert found.pending == [DAYS[0], DAYS[2], "2024-05-04"]
    assert found.problem is not None
    assert f"{DAYS[1]} in the archive has no {RECORD}" in found.problem


def test_a_customer_is_forgotten_in_the_archive_too(shop: Shop, tmp_path: Path) -> None:
    deliver(shop)
    with_archive(shop).run()
    figures = shop.rows("select * from warehouse.agg_daily_sales order by business_date")
    (shop.workspace.folder / "shop.dump").write_bytes(b"PGDMP, and Lovelace in there, packed")
    forgotten = forget(shop.workspace, shop.database, ADA)
    assert forgotten.search.remnants == []
    assert [("shop.dump: a backup" in one) for one in forgotten.search.not_searched] == [True]
    assert len(forgotten.files) == 3  # customers, and transactions of two days
    assert shop.rows("select * from warehouse.agg_daily_sales order by business_date") == figures
    assert shop.run().outcome == "nothing to do"  # the archive knows itself as the ledger does
    for name in DAYS[:2]:
        restore_archived(shop.workspace, name, tmp_path)
    text = b"".join(files(tmp_path / DAYS[0]).values()).decode()
    assert "Lovelace" not in text
    assert ADA not in text
    assert forgotten.pseudonym in text
    for one in find_archived(shop.workspace.archive)[0][:2]:
        assert len(one.content_hashes) == 2
        assert one.delivery.content_hash == one.content_hashes[0]
    restore_archived(shop.workspace, DAYS[0], shop.workspace.deliveries)
    assert with_archive(shop, after_days=9).run().outcome == "nothing to do"


def test_a_move_killed_at_any_step_loses_nothing(shop: Shop) -> None:
    for name in DAYS[:2]:
        shop.deliver_file(f"{name}/products.csv", csv_bytes([product()]))
    shop.deliver_file(f"{DAYS[0]}/delivery.toml", f"date = {DAYS[0]}\n")
    shop.run()
    folder = shop.workspace.folder
    shutil.copytree(folder / "deliveries", folder / "kept")
    size = sum(one.stat().st_size for one in folder.glob("kept/*/*.csv"))
    root = Path(__file__).resolve().parents[3]
    package = Path(shopwright.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, killed_moves.__file__, str(folder), shop.database.url],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{root}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    moves = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["killed"] for one in moves] == [True] * (len(moves) - 1) + [False]
    assert len(moves) > 25
    for one in moves:
        after = one["after_kill"]
        assert (after["pending"], after["refused"]) == ([], []), one
        assert {*after["deliveries"], *after["archived"]} == {*DAYS[:2]}
        assert one["in_the_end"] == {
            "refused": [], "pending": [], "deliveries": [], "archived": DAYS[:2], "bytes": size
        }  # fmt: skip
        assert one["left"] == []
    in_both = [one for one in moves if len(one["after_kill"]["deliveries"]) == 2
               and one["after_kill"]["archived"]]  # fmt: skip
    assert in_both  # some were killed between the copy and the removal


def test_one_that_changes_while_it_is_moved_stays_a_correction(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deliver(DAYS[0], products=[product()])
    shop.run()
    rename = Path.rename

    def meanwhile(path: Path, target: Path) -> Path:
        if path == shop.workspace.deliveries / DAYS[0]:
            (path / "products.csv").write_text("product_id,product_name\nP1,Lamp\n")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", meanwhile)
    with shop.database.connect() as connection:
        assert archive_published(shop.workspace, connection, 0) == []
    monkeypatch.undo()
    assert shop.run().deliveries == [DAYS[0]]
    assert shop.value("select product_name from production.products") == "Lamp"


def test_what_cannot_be_moved_is_told_and_fails_no_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "archive")

    deliver(shop)
    monkeypatch.setattr("shopwright.orchestration.archiving.pack", full)
    result = with_archive(shop).run()
    assert (result.outcome, result.archived) == ("published", [])
    assert "No space left on device" in result.left_undone["archive"]
    assert [one.name for one in shop.workspace.archive.iterdir()] == []
    monkeypatch.undo()
    assert shop.run().archived == DAYS


def test_what_is_not_in_the_archive_or_damaged_there_is_said(shop: Shop, tmp_path: Path) -> None:
    deliver(shop)
    with_archive(shop).run()
    with pytest.raises(NotArchived, match="There is no delivery 2024-06-01"):
        restore_archived(shop.workspace, "2024-06-01", tmp_path)
    restore_archived(shop.workspace, DAYS[0], tmp_path)
    with pytest.raises(DeliveryExists):
        restore_archived(shop.workspace, DAYS[0], tmp_path)
    (one,) = shop.workspace.archive.glob(f"1/{DAYS[1]}/transactions.csv.gz")
    one.write_bytes(one.read_bytes() + b"\0")
    with pytest.raises(DeliveryInvalid, match="its bytes have changed"):
        restore_archived(shop.workspace, DAYS[1], tmp_path)
    assert [path.name for path in tmp_path.glob(f"*{DAYS[1]}*")] == []
    (shop.workspace.archive / "1" / DAYS[2] / RECORD).write_text("{")
    with pytest.raises(DeliveriesRefused, match=r"has no archived\.json that can be read"):
        shop.run()
