"""The verbs backup, restore, migrate-database and archive: what they say, and how they end."""

import json
from pathlib import Path

from tests.conftest import DatabaseServer
from tests.integration.cli.conftest import deliver, shopwright


def test_a_backup_goes_and_comes(published: Path, new_workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.dump"
    result = shopwright("backup", file, "-w", published)
    assert result.exit_code == 0, result.output
    assert f"Wrote {file}" in result.stdout
    assert "every table is the same there" in result.stdout

    result = shopwright("restore", file, "-w", new_workspace)
    assert result.exit_code == 0, result.output
    assert "Put back" in result.stdout
    net = ["query", "--sql", "select sum(net_amount) as net from warehouse.fact_sales",
           "--format", "csv"]  # fmt: skip
    assert shopwright(*net, "-w", new_workspace).stdout == "net\n15.5035\n"

    result = shopwright("restore", file, "-w", new_workspace)
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert "--replace" in result.stderr
    done = json.loads(
        shopwright("restore", file, "--replace", "--json", "-w", new_workspace).stdout
    )
    made = json.loads(
        shopwright("backup", file, "--no-verify", "--json", "-w", new_workspace).stdout
    )
    assert (done["rows"], done["not_granted"]) == (made["rows"], [])
    assert made["verified"] is False


def test_what_is_no_backup_is_said(new_workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.dump").write_text("no dump")
    result = shopwright("restore", tmp_path / "shop.dump", "-w", new_workspace)
    assert (result.exit_code, "cannot be read as a backup" in result.stderr) == (1, True)
    result = shopwright("backup", tmp_path / "new.dump", "-w", new_workspace)
    assert (result.exit_code, "holds no warehouse yet" in result.stderr) == (1, True)


def test_a_move_says_what_to_write(published: Path, server: DatabaseServer, tmp_path: Path) -> None:
    name = server.create()
    try:
        url = server.database_url(name).replace("://shopwright@", "://shopwright:secret@")
        result = shopwright("migrate-database", url, "-w", published)
        assert result.exit_code == 0, result.output
        assert "Copied, and found the same," in result.stdout
        assert f"write into {published}/shopwright.toml" in result.stdout
        assert f"/{name}?host=" in result.stdout
        assert "secret" not in result.output
        if "secret" in url:
            assert "~/.pgpass" in result.stdout
        assert list((published / ".shopwright").glob("moving-*")) == []
        again = shopwright("migrate-database", url, "-w", published)
        assert (again.exit_code, "is not empty" in again.stderr) == (2, True)
    finally:
        server.drop(name)


def test_the_archive_is_listed_filled_and_read(workspace: Path, tmp_path: Path) -> None:
    deliver(workspace)
    empty = shopwright("archive", "list", "-w", workspace)
    assert (empty.exit_code, "0 deliveries in" in empty.stdout) == (0, True)
    assert shopwright("run", "-w", workspace).exit_code == 0
    moved = shopwright("archive", "move", "--json", "-w", workspace)
    assert json.loads(moved.stdout) == ["2024-05-02"]
    (one,) = json.loads(shopwright("archive", "list", "--json", "-w", workspace).stdout)
    assert one["folder"] == str(workspace / "archive" / "1" / "2024-05-02")
    assert "every delivery is published" in shopwright("run", "-w", workspace).stdout
    result = shopwright("archive", "restore", "2024-05-02", "--out", tmp_path, "-w", workspace)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "2024-05-02" / "products.csv").read_text().startswith("product_id,")
    missing = shopwright("archive", "restore", "2024-05-09", "-w", workspace)
    assert (missing.exit_code, "shopwright archive list" in missing.stderr) == (2, True)


def test_a_run_says_what_it_moved(workspace: Path) -> None:
    deliver(workspace)
    settings = workspace / "shopwright.toml"
    settings.write_text(settings.read_text().replace("# after_days = 30", "after_days = 0"))
    result = shopwright("run", "-w", workspace)
    assert result.exit_code == 0, result.output
    assert "Moved 1 delivery to the archive." in result.stdout
