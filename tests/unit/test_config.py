"""A workspace's settings: what is read, what is refused, and what the refusal says."""

import os
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from shopwright import config
from shopwright.config import DialectSettings
from shopwright.config.settings_file import SettingsInvalid, WorkspaceTooNew
from shopwright.config.workspace import (
    ROOT_DATA_FOLDER,
    Workspace,
    WorkspaceExists,
    WorkspaceNotFound,
)


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("SHOPWRIGHT_")]:
        monkeypatch.delenv(variable)


def _folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "shopwright.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_new_workspace_reads_back_as_it_was_made(tmp_path: Path) -> None:
    name = 'Ann\'s "Tea\\Coffee" à Paris\n'
    made = Workspace.create(tmp_path / "shop", name=name, timezone="Europe/Paris", currency="USD")
    opened = Workspace.open(tmp_path / "shop")
    assert opened == made
    assert opened.settings.shop.name == name
    assert opened.settings.shop.timezone == "Europe/Paris"
    assert opened.settings.shop.currency == "USD"
    assert opened.settings.run.batch_rows == 5_000_000
    assert all(f.is_dir() for f in (opened.deliveries, opened.mappings, opened.exports))


def test_a_new_workspace_is_named_after_its_folder(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "corner-shop")
    assert workspace.settings.shop.name == "corner-shop"
    assert (workspace.settings.shop.timezone, workspace.settings.shop.currency) == ("UTC", "EUR")


def test_a_new_workspace_says_all_that_run_days_removes(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "shop")
    lines = (made.folder / "shopwright.toml").read_text(encoding="utf-8").splitlines()
    (line,) = [one for one in lines if one.startswith("# run_days")]
    assert line.partition("  # ")[2] == (
        "steps of runs, runs that published nothing, alerts by then over"
    )


def test_a_workspace_is_not_made_over_another(tmp_path: Path) -> None:
    Workspace.create(tmp_path, currency="USD")
    with pytest.raises(WorkspaceExists):
        Workspace.create(tmp_path)
    assert Workspace.open(tmp_path).settings.shop.currency == "USD"


def test_a_workspace_with_wrong_settings_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="three capital letters"):
        Workspace.create(tmp_path / "shop", currency="euro")
    assert not (tmp_path / "shop").exists()


def test_a_workspace_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "shop")
    deep = workspace.deliveries / "2024-05-01"
    deep.mkdir()
    assert Workspace.find(deep).folder == workspace.folder


def test_the_nearest_workspace_is_found(tmp_path: Path) -> None:
    Workspace.create(tmp_path)
    inner = Workspace.create(tmp_path / "inner")
    assert Workspace.find(tmp_path / "inner" / "exports").folder == inner.folder


def test_no_workspace_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceNotFound, match="shopwright init") as caught:
        Workspace.open(tmp_path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "problem", "mend"),
    [
        ("version = 1\n[shop]\ntimezon = 'UTC'", "line 3: unknown setting 'timezon' in [shop]"
         " (did you mean 'timezone'?)", "Known are: name, timezone, currency, opened."),
        ("version = 1\n\n[shpo]\nname = 'x'", "line 3: unknown section or setting 'shpo'"
         " (did you mean 'shop'?)", "Known are: version, shop, database, run, schedule,"
          " dialect, columns, quality, archive, retention, alerts."),
        ("version = 1\ntimezone = 'UTC'", "line 2: unknown section or setting 'timezone'",
         "timezone belongs under [shop]."),
        ("version = 1\nshop = 3", "line 2: shop is a section", "`[shop]`"),
        ("version = 1\n[shop]\ntimezone = 'europe/pariss'",
         "line 3: [shop] timezone = 'europe/pariss': not a time zone (did you mean 'Europe/Paris'",
         "Correct it there"),
        ("version = 1\n[shop]\nname = ''", "line 3: [shop] name = ''", "Correct it there"),
        ("version = 1\n[run]\nbatch_rows = 0", "line 3: [run] batch_rows = 0: ", "greater than 0"),
        ("version = 1\n[run]\nbatch_rows = 'all'", "line 3: [run] batch_rows = 'all': ", "integer"),
        ("version = 1\n[schedule]\nat = '24:00'", "line 3: [schedule] at = '24:00': not a time of"
         " day in hours and minutes, such as \"02:00\".", "Correct it there"),
        ("version = 1\n[schedule]\nat = 02:00:30", "line 3: [schedule] at = ", "not a time of day"),
        ("version = 1\n[schedule]\nat = 2", "line 3: [schedule] at = 2: ", "not a time of day"),
        ("version = 1\n[schedule]\nsettle_seconds = -1", "settle_seconds = -1: ", "or equal to 0"),
        ("version = 1\n[schedule]\nmarker = 'a/b'", "marker = 'a/b': not the name of a file",
         "Correct it there"),
        ("version = 'one'", "line 1: version = 'one' is not a whole number", "version = 1"),
        ("version = 1\n[shop\n", "is not TOML: ", "line 2"),
        ("version = 1\n[quality.severity.products]\nodd = 'loud'",
         "line 3: [quality.severity.products] odd = 'loud': Input should be 'reject', 'wait',"
         " 'warn' or 'off'", "Correct it there"),
        ("version = 1\n[quality]\n'severity' . products.odd = 1",
         "line 3: [quality.severity.products] odd = 1: ", "'off'"),
        ("version = 1\n[quality.severity.product]\nodd = 'off'",
         "line 2: unknown setting 'product' in [quality.severity] (did you mean 'products'?)",
         "Known are: customers, products, transactions, transaction_items."),
        ("version = 1\n[quality]\nseverity = 'off'", "line 3: quality.severity is a section",
         "`[quality.severity]`"),
        ("version = 1\n[dialect]\ndecimal = ','\nthousands = ','",
         "line 2: dialect = ", "the thousands mark is the decimal mark"),
        ("version = 1\n[dialect.products]\n\ndecimal = ';'",
         "line 4: [dialect.products] decimal = ';': ", "Correct it there"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_line_and_mend(
    tmp_path: Path, text: str, problem: str, mend: str
) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Workspace.open(_folder_with(tmp_path, text))
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "shopwright.toml"))
    assert problem in message
    assert mend in message


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "shopwright.toml").write_bytes(b"version = 1\n[shop]\nname = 'caf\xe9'\n")
    with pytest.raises(SettingsInvalid, match="line 3: not UTF-8 text: 0xe9"):
        Workspace.open(tmp_path)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    folder = _folder_with(
        tmp_path, "version = 1\n[database]\nurl = 'postgresql://file/a'\n[shop]\nname = 'Tea'"
    )
    environment = {
        "SHOPWRIGHT_DATABASE_URL": "postgresql+psycopg://environment/b",
        "SHOPWRIGHT_RUN_BATCH_ROWS": "1000",
        "SHOPWRIGHT_SHOP_TIMEZONE": "",  # empty says nothing
    }
    settings = Workspace.open(folder, environment).settings
    assert settings.database.url == "postgresql+psycopg://environment/b"
    assert settings.run.batch_rows == 1000
    assert (settings.shop.name, settings.shop.timezone) == ("Tea", "UTC")


@pytest.mark.parametrize("at", ['"6:05"', '"06:05"', "06:05:00"])
def test_a_time_of_day_is_text_or_a_time_of_toml(tmp_path: Path, at: str) -> None:
    folder = _folder_with(tmp_path, f"version = 1\n[schedule]\nat = {at}\nmarker = 'done'")
    schedule = Workspace.open(folder).settings.schedule
    assert (schedule.at, schedule.marker) == (time(6, 5), "done")
    assert Workspace.open(folder, {"SHOPWRIGHT_SCHEDULE_AT": "7:30"}).settings.schedule.at == time(
        7, 30
    )


def test_a_wrong_value_in_the_environment_is_blamed_on_its_variable(tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, "version = 1\n[shop]\ncurrency = 'EUR'")
    with pytest.raises(SettingsInvalid, match=r"variable SHOPWRIGHT_SHOP_CURRENCY: .* = 'euro'"):
        Workspace.open(folder, {"SHOPWRIGHT_SHOP_CURRENCY": "euro"})


def test_a_wrong_database_url_is_not_repeated(tmp_path: Path) -> None:
    folder = _folder_with(
        tmp_path, "version = 1\n[database]\nurl = 'mysql://ann:hunter2@host/shop'"
    )
    with pytest.raises(SettingsInvalid, match=r"line 3: \[database\] url: not a URL such") as error:
        Workspace.open(folder)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "listen", ["127.0.0.1:5432", "localhost:1", "db-1.example:65535", "[::1]:5432"]
)
def test_an_address_to_listen_at_is_taken(tmp_path: Path, listen: str) -> None:
    folder = _folder_with(tmp_path, f"version = 1\n[database]\nlisten = '{listen}'")
    assert Workspace.open(folder).settings.database.listen == listen


@pytest.mark.parametrize(
    "listen",
    ["127.0.0.1", ":5432", "localhost:0", "localhost:65536", "::1:5432", "*:5432", "a b:1"],
)
def test_what_is_no_address_to_listen_at_is_refused(tmp_path: Path, listen: str) -> None:
    folder = _folder_with(tmp_path, f"version = 1\n[database]\nlisten = '{listen}'")
    with pytest.raises(SettingsInvalid, match=r"line 3: \[database\] listen = .*: not an address"):
        Workspace.open(folder)


def test_settings_do_not_show_a_password(tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, "version = 1\n[database]\nurl = 'postgresql://a:hunter2@h/d'")
    assert "hunter2" not in repr(Workspace.open(folder))


def test_a_workspace_of_an_older_format_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, "# by hand\n[shop]\nname = 'Tea'  # and coffee\n")
    assert Workspace.open(folder).settings.version == config.FORMAT_VERSION
    text = (folder / "shopwright.toml").read_text()
    assert text == "version = 1\n# by hand\n[shop]\nname = 'Tea'  # and coffee\n"
    assert Workspace.open(folder).settings.shop.name == "Tea"


def test_a_workspace_of_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = "version = 7\n[clouds]\nnumber = 9\n"
    folder = _folder_with(tmp_path, text)
    with pytest.raises(WorkspaceTooNew, match="pip install --upgrade shopwright"):
        Workspace.open(folder)
    assert (folder / "shopwright.toml").read_text() == text


def test_the_database_of_an_ordinary_user_lies_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    workspace = Workspace.create(tmp_path / "shop")
    assert workspace.data_folder == workspace.folder / ".shopwright" / "database"
    assert (workspace.folder / ".shopwright" / ".gitignore").read_text() == "*\n"


def test_the_databases_of_root_lie_outside_one_for_each_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    one = Workspace.create(tmp_path / "one" / "tea & cakes")
    two = Workspace.create(tmp_path / "two" / "tea & cakes")
    assert one.data_folder.parent == ROOT_DATA_FOLDER
    assert one.data_folder.name.startswith("tea-cakes-")
    assert one.data_folder != two.data_folder


def test_root_joins_the_database_that_a_user_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    workspace = Workspace.create(tmp_path)
    inside = workspace.folder / ".shopwright" / "database"
    inside.mkdir()
    assert workspace.data_folder == inside


def test_a_data_folder_that_is_set_is_seen_from_the_workspace(tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, "version = 1\n[database]\ndata_folder = '../disk'")
    assert Workspace.open(folder).data_folder == tmp_path.parent / "disk"


def test_a_share_is_written_as_a_percentage_or_a_fraction(tmp_path: Path) -> None:
    text = '[quality]\nstop_when_rejected = "5%"\nstop_when_rejected_products = 0.125\n'
    quality = Workspace.open(_folder_with(tmp_path, f"version = 1\n{text}")).settings.quality
    assert quality.largest_share("customers") == 0.05
    assert quality.largest_share("products") == 0.125


@pytest.mark.parametrize("share", ['"five"', '"101%"', "-0.1", "25"])
def test_what_is_no_share_is_refused(tmp_path: Path, share: str) -> None:
    folder = _folder_with(tmp_path, f"version = 1\n[quality]\nstop_when_rejected = {share}\n")
    with pytest.raises(SettingsInvalid, match=r"line 3: \[quality\] stop_when_rejected = "):
        Workspace.open(folder)


def test_a_setting_may_stand_in_a_file_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Workspace.create(tmp_path / "shop").folder
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://shop:secret@db/shop\n")
    monkeypatch.setenv("SHOPWRIGHT_DATABASE_URL_FILE", str(secret))
    assert Workspace.open(folder).settings.database.url == "postgresql://shop:secret@db/shop"
    monkeypatch.setenv("SHOPWRIGHT_DATABASE_URL", "postgresql://other@db/shop")
    assert Workspace.open(folder).settings.database.url == "postgresql://other@db/shop"
    monkeypatch.delenv("SHOPWRIGHT_DATABASE_URL")
    secret.write_text("mysql://shop:secret@db/shop")
    with pytest.raises(SettingsInvalid, match="SHOPWRIGHT_DATABASE_URL_FILE") as caught:
        Workspace.open(folder)
    assert "secret" not in str(caught.value)
    secret.unlink()
    with pytest.raises(SettingsInvalid, match="database_url, cannot be read"):
        Workspace.open(folder)


def test_what_is_kept_for_how_long_is_set(tmp_path: Path) -> None:
    folder = Workspace.create(tmp_path / "shop").folder
    settings = Workspace.open(folder).settings
    assert settings.archive.after_days is None
    assert (settings.retention.run_days, settings.retention.score_days) == (400, None)
    file = folder / "shopwright.toml"
    file.write_text(file.read_text().replace("# after_days = 30", "after_days = -1"))
    with pytest.raises(SettingsInvalid, match=r"\[archive\] after_days = -1"):
        Workspace.open(folder)


@pytest.mark.parametrize(
    ("mine", "its", "both"),
    [
        ({}, {"decimal": ",", "thousands": "."}, {"decimal": ",", "thousands": "."}),
        (
            {"delimiter": ";"},
            {"delimiter": ",", "decimal": ","},
            {"delimiter": ";", "decimal": ","},
        ),
        ({"decimal": ","}, {"thousands": ","}, {"decimal": ","}),
        ({"thousands": ","}, {"decimal": ",", "thousands": "."}, {"thousands": ","}),
        ({"decimal": "."}, {"decimal": ",", "thousands": "."}, {"decimal": "."}),
    ],
)
def test_what_a_file_declares_goes_before_what_the_workspace_does(
    mine: dict[str, Any], its: dict[str, Any], both: dict[str, Any]
) -> None:
    merged = DialectSettings(**mine).over(DialectSettings(**its))
    assert merged.model_dump(exclude_none=True) == both
