"""A workspace: its folder, how it is made and found, and where things lie in it."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shopwright.config import (
    FORMAT_VERSION,
    AlertSettings,
    QualitySettings,
    RetentionSettings,
    RunSettings,
    ScheduleSettings,
    Settings,
    ShopSettings,
)
from shopwright.config.errors import ShopwrightError
from shopwright.config.settings_file import checked_settings, read_settings_file, replace_text

SETTINGS_FILE = "shopwright.toml"

ROOT_DATA_FOLDER = Path("/var/lib/shopwright")
"""Where databases live when root runs Shopwright: PostgreSQL refuses to run as root, and the user
it then runs as may not be able to enter the workspace."""


class WorkspaceNotFound(ShopwrightError):
    """No folder with a shopwright.toml, here or above."""

    exit_code = 2


class WorkspaceExists(ShopwrightError):
    """A workspace was to be made where there is one already."""

    exit_code = 2


@dataclass(frozen=True)
class Workspace:
    """A folder with shopwright.toml, and the deliveries, mappings and exports beside it."""

    folder: Path
    settings: Settings

    @classmethod
    def create(
        cls,
        folder: Path | str,
        *,
        name: str | None = None,
        timezone: str | None = None,
        currency: str | None = None,
    ) -> "Workspace":
        """Makes the folder (it may exist and hold other files), its settings and its subfolders.

        Raises WorkspaceExists, or SettingsInvalid before anything is written.
        """
        folder = Path(folder).expanduser().resolve()
        file = folder / SETTINGS_FILE
        if file.exists():
            raise WorkspaceExists(
                f"{folder} is a workspace already.",
                "Use it as it is, or name another folder.",
            )
        given = {"name": name or folder.name, "timezone": timezone, "currency": currency}
        shop = {key: value for key, value in given.items() if value is not None}
        text = _settings_text(
            checked_settings({"version": FORMAT_VERSION, "shop": shop}, file, "", {}).shop
        )
        for subfolder in ("deliveries", "mappings", "rules", "exports", ".shopwright"):
            (folder / subfolder).mkdir(parents=True, exist_ok=True)
        (folder / ".shopwright" / ".gitignore").write_text("*\n", encoding="utf-8")
        replace_text(file, text)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path | str, environment: Mapping[str, str] = os.environ) -> "Workspace":
        """Reads the folder's settings; `SHOPWRIGHT_<SECTION>_<KEY>` in the environment wins.

        A workspace of an older format is brought up to date. Raises WorkspaceNotFound,
        WorkspaceTooNew or SettingsInvalid.
        """
        folder = Path(folder).expanduser().resolve()
        file = folder / SETTINGS_FILE
        if not file.is_file():
            raise WorkspaceNotFound(
                f"{folder} is not a workspace: it has no {SETTINGS_FILE}.",
                f"Make one with `shopwright init {folder}`, or name yours with --workspace FOLDER.",
            )
        text, values = read_settings_file(file)
        return cls(folder, checked_settings(values, file, text, environment))

    @classmethod
    def find(cls, start: Path | str = ".") -> "Workspace":
        """Opens the workspace that `start` lies in: the nearest shopwright.toml, here or above."""
        start = Path(start).expanduser().resolve()
        for folder in (start, *start.parents):
            if (folder / SETTINGS_FILE).is_file():
                return cls.open(folder)
        raise WorkspaceNotFound(
            f"There is no workspace in {start} or above it: no {SETTINGS_FILE}.",
            "Make one with `shopwright init FOLDER`, or name yours with --workspace FOLDER.",
        )

    @property
    def deliveries(self) -> Path:
        """Where deliveries arrive, a folder each."""
        return self.folder / "deliveries"

    @property
    def archive(self) -> Path:
        """Where published deliveries are moved to, packed, if `[archive]` says so."""
        return self.folder / "archive"

    @property
    def mappings(self) -> Path:
        """The user's own import mappings, a folder each."""
        return self.folder / "mappings"

    @property
    def rules(self) -> Path:
        """The user's own rules, a file for each table."""
        return self.folder / "rules"

    @property
    def exports(self) -> Path:
        """Where exports are written unless told otherwise."""
        return self.folder / "exports"

    @property
    def alert_file(self) -> Path:
        """What is told of and cannot be kept in the database, as that is what is down."""
        return self.folder / ".shopwright" / "alerts.json"

    @property
    def data_folder(self) -> Path:
        """The embedded database's files: as set, else in the workspace, or for root outside it.

        A database that an ordinary user began in the workspace stays there when root joins in.
        """
        if self.settings.database.data_folder is not None:
            return (self.folder / self.settings.database.data_folder.expanduser()).resolve()
        inside = self.folder / ".shopwright" / "database"
        if os.geteuid() != 0 or inside.exists():
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]
        readable = re.sub("[^A-Za-z0-9._-]+", "-", self.folder.name).strip("-.") or "workspace"
        return ROOT_DATA_FOLDER / f"{readable}-{digest}"


def _settings_text(shop: ShopSettings) -> str:
    run, schedule, quality = RunSettings(), ScheduleSettings(), QualitySettings()
    retention, alerts = RetentionSettings(), AlertSettings()
    return f"""\
# A Shopwright workspace. In the environment, SHOPWRIGHT_<SECTION>_<KEY> overrides a setting.
version = {FORMAT_VERSION}

[shop]
name = {_toml_string(shop.name)}
timezone = {_toml_string(shop.timezone)}  # of the business day, such as "Europe/Paris"
currency = {_toml_string(shop.currency)}  # what reports are counted in
# opened = 2019-03-01  # the first day of business: what is dated before is rejected

[database]
# Left empty, Shopwright runs its own PostgreSQL. Any other, 13 or newer:
# url = "postgresql://user@host:5432/database"
# data_folder = "/a/larger/disk/shopwright"
# listen = "127.0.0.1:5432"  # lets BI tools in as the reader; see `shopwright reader-password`

[run]
# batch_rows = {run.batch_rows:_}  # rows that one transaction may publish

# What `shopwright schedule` does by itself.
[schedule]
# at = "{schedule.at:%H:%M}"  # every day, in the shop's time zone
# settle_seconds = {schedule.settle_seconds}  # without a change: a delivery is complete
# marker = "_SUCCESS"  # or rather, if it holds a file of this name

# How all files are written, where they say it nowhere themselves; a delivery.toml may differ.
# [dialect]
# decimal = ","
# date_format = "DD.MM.YYYY"

# What the files call a column, and what the contract does.
# [columns.customers]
# customerid = "customer_id"

[quality]
# stop_when_rejected = "{quality.stop_when_rejected:.0%}"  # of a table's rows: publishes nothing
# stop_when_rejected_products = "5%"  # for one table

# How severe a rule is, other than it comes: reject, warn or off. `shopwright rules` lists them.
# [quality.severity.transactions]
# status_is_unknown = "warn"

[archive]
# after_days = 30  # after they were published, deliveries are packed and moved to archive/

[retention]
# run_days = {retention.run_days}  # steps of runs, runs that published nothing, alerts by then over
# rejected_days = {retention.rejected_days}  # what rejected rows said that are settled by now

# Who is told when something is wrong; docs/monitoring.md has the ways. Secrets stay outside.
[alerts]
# urls = ["mailtos://shop:${{MAIL_PASSWORD}}@example.com?to=data@example.com", "${{SLACK_URL}}"]
# quiet_hours = "22:00-07:00"  # what happens then is told afterwards
# repeat_hours = {alerts.repeat_hours:g}  # what goes on is told again; 0: never
# expect_deliveries = "{alerts.expect_deliveries}"  # as they came; or daily, weekdays, never
# delivery_due = "{alerts.delivery_due}"  # of the next day
# least_free_bytes = {alerts.least_free_bytes:_}
# backlog_rows = {alerts.backlog_rows}  # that rejected rows may grow by in three runs
"""


def _toml_string(value: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\"}
    return (
        '"'
        + "".join(
            f"\\u{ord(c):04x}" if c < " " or c == "\x7f" else escapes.get(c, c) for c in value
        )
        + '"'
    )
