"""The settings of a workspace, each default here and nowhere else."""

import codecs
import re
import zoneinfo
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from shopwright.config.errors import did_you_mean

FORMAT_VERSION = 1
"""Of the workspace: what `version` in shopwright.toml says."""


class Section(BaseModel):
    """A section of shopwright.toml: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _share(value: object) -> object:
    """`25%` as 0.25."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*%\s*", value):
        return float(value.strip().removesuffix("%")) / 100
    return value


def _is_a_share(value: float) -> float:
    if 0 <= value <= 1:
        return value
    raise ValueError('not a share such as "25%", from 0% to 100%')


Share = Annotated[float, BeforeValidator(_share), AfterValidator(_is_a_share)]


class ShopSettings(Section):
    """`[shop]`: what the numbers of this workspace are counted in."""

    name: str = Field(default="My shop", min_length=1)
    timezone: str = "UTC"
    currency: str = "EUR"
    opened: date | None = None

    @field_validator("timezone")
    @classmethod
    def _is_a_known_zone(cls, value: str) -> str:
        zones = zoneinfo.available_timezones()
        if value not in zones:
            raise ValueError(f"not a time zone{did_you_mean(value, zones)}")
        return value

    @field_validator("currency")
    @classmethod
    def _is_a_currency_code(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("not a currency's three capital letters, such as EUR or USD")
        return value


class DatabaseSettings(Section):
    """`[database]`: nothing for the embedded PostgreSQL, or the URL of another server.

    `listen` is where the embedded one lets the reader in by password, such as "127.0.0.1:5432";
    without it nobody gets in from the network.
    """

    url: str | None = Field(default=None, repr=False)  # may hold a password
    data_folder: Path | None = None
    listen: str | None = None

    @field_validator("url")
    @classmethod
    def _is_a_postgresql_url(cls, value: str | None) -> str | None:
        if value is None or re.match(r"postgres(ql)?(\+psycopg)?://", value):
            return value
        raise ValueError("not a URL such as postgresql://user@host:5432/database")

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or (
            (found := re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})", value))
            and 0 < int(found[1]) < 65536
        ):
            return value
        raise ValueError('not an address and a port such as "127.0.0.1:5432" or "[::1]:5432"')


class RunSettings(Section):
    """`[run]`: how much one transaction may take on."""

    batch_rows: int = Field(default=5_000_000, gt=0)


def _time_of_day(value: object) -> object:
    """`02:00` as a time of day; TOML's own times must be of a whole minute."""
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        return time.fromisoformat(value.strip().zfill(5))
    if isinstance(value, time) and value == value.replace(second=0, microsecond=0, tzinfo=None):
        return value
    raise ValueError('not a time of day in hours and minutes, such as "02:00"')


class ScheduleSettings(Section):
    """`[schedule]`: when `shopwright schedule` publishes by itself.

    `at` is a time of every day in the shop's time zone. A delivery that arrives is complete once
    nothing in its folder has changed for `settle_seconds`; with a `marker`, once it holds the file
    of that name.
    """

    at: Annotated[time, BeforeValidator(_time_of_day)] = time(2)
    settle_seconds: int = Field(default=60, ge=0)
    marker: str | None = None

    @field_validator("marker")
    @classmethod
    def _is_a_file_name(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"(?!\.{1,2}$)[^/\\]+", value):
            return value
        raise ValueError("not the name of a file, such as _SUCCESS")


class DialectSettings(Section):
    """`[dialect]`: how files are written; what is not declared is detected or plain.

    `date_format` is made of YYYY, MM and DD, such as "DD.MM.YYYY"; a time of day may follow.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", "'", " "] | None = None
    date_format: str | None = None

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            "".encode(value)
            return codecs.lookup(value).name.removesuffix("-sig")
        except LookupError:
            raise ValueError("not an encoding, such as utf-8, cp1252 or utf-16") from None

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"[\t !#-/:-@\[\]-`{-~]", value):
            return value
        raise ValueError("not one character such as ; or \\t")

    @field_validator("date_format")
    @classmethod
    def _is_a_date_format(cls, value: str | None) -> str | None:
        if value is None or sorted(re.findall("YYYY|MM|DD", value)) == ["DD", "MM", "YYYY"]:
            return value
        raise ValueError("not made of YYYY, MM and DD, such as DD.MM.YYYY or MM/DD/YYYY")

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise ValueError("the thousands mark is the decimal mark")
        return self

    def over(self, other: "DialectSettings") -> "DialectSettings":
        """What this one declares, and for the rest what the other one does."""
        if not self.model_fields_set:
            return other
        names = DialectSettings.model_fields
        mine = {name: getattr(self, name) for name in names}
        both = {name: getattr(other, name) if mine[name] is None else mine[name] for name in names}
        if both["thousands"] == (both["decimal"] or "."):  # the one it declares rules out the other
            both["decimal" if mine["decimal"] is None else "thousands"] = None
        return DialectSettings(**both)


class TableDialects(DialectSettings):
    """`[dialect]`, and `[dialect.customers]` and so on where one table is written otherwise."""

    customers: DialectSettings = DialectSettings()
    products: DialectSettings = DialectSettings()
    transactions: DialectSettings = DialectSettings()
    transaction_items: DialectSettings = DialectSettings()

    def of(self, table: str) -> DialectSettings:
        """The dialect of one table."""
        own: DialectSettings = getattr(self, table)
        return own.over(self)


class ColumnSettings(Section):
    """`[columns.customers]` and so on: what the files call a column = what the contract does."""

    customers: dict[str, str] = {}
    products: dict[str, str] = {}
    transactions: dict[str, str] = {}
    transaction_items: dict[str, str] = {}

    def of(self, table: str) -> dict[str, str]:
        """The names of one table's columns."""
        names: dict[str, str] = getattr(self, table)
        return names


Severity = Literal["reject", "wait", "warn", "off"]


class SeveritySettings(Section):
    """`[quality.severity.customers]` and so on: how severe rules are, other than they come."""

    customers: dict[str, Severity] = {}
    products: dict[str, Severity] = {}
    transactions: dict[str, Severity] = {}
    transaction_items: dict[str, Severity] = {}

    def of(self, table: str) -> dict[str, Severity]:
        """The severities of one table's rules, by name."""
        severities: dict[str, Severity] = getattr(self, table)
        return severities


class QualitySettings(Section):
    """`[quality]`: from which share of rejected rows on a batch is refused, such as 25%, and how
    severe rules are.

    A table named under `[quality]` as `stop_when_rejected_<table>` has a share of its own.
    """

    stop_when_rejected: Share = 0.25
    stop_when_rejected_customers: Share | None = None
    stop_when_rejected_products: Share | None = None
    stop_when_rejected_transactions: Share | None = None
    stop_when_rejected_transaction_items: Share | None = None
    severity: SeveritySettings = SeveritySettings()

    def largest_share(self, table: str) -> float:
        """The share of a table's rows that may be rejected, 0 to 1."""
        own: float | None = getattr(self, f"stop_when_rejected_{table}")
        return self.stop_when_rejected if own is None else own


class ArchiveSettings(Section):
    """`[archive]`: how many days after they were published deliveries are moved to the archive and
    packed; 0 at once, nothing never."""

    after_days: int | None = Field(default=None, ge=0)


class RetentionSettings(Section):
    """`[retention]`: for how many days what only serves to look back is kept.

    `run_days`: steps and claim results of runs, runs that published nothing, and alerts that are
    over. `rejected_days`: what rows said that were set aside and are settled, and lines that are no
    rows; that they were is kept. `sample_days`: rows shown for rules that warn. `score_days`:
    scores of quality; nothing keeps them for ever. `staging_megabytes`: a larger staging is emptied
    at the end of a run.
    """

    run_days: int = Field(default=400, gt=0)
    rejected_days: int = Field(default=400, gt=0)
    sample_days: int = Field(default=400, gt=0)
    score_days: int | None = Field(default=None, gt=0)
    staging_megabytes: int = Field(default=256, ge=0)


_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"


class AlertSettings(Section):
    """`[alerts]`: who is told when something is wrong, how often, and what is wrong.

    `urls` are Apprise's; `${NAME}` in them is the environment's. `quiet_hours` and `delivery_due`
    are times of the shop's day, the latter of the day after the one that a delivery speaks for.
    """

    urls: tuple[str, ...] = Field(default=(), repr=False)  # may hold secrets
    quiet_hours: str | None = None
    repeat_hours: float = Field(default=24, ge=0)
    expect_deliveries: Literal["auto", "daily", "weekdays", "never"] = "auto"
    delivery_due: str = "12:00"
    least_free_bytes: int = Field(default=1_000_000_000, ge=0)
    backlog_rows: int = Field(default=100, gt=0)

    @field_validator("urls", mode="before")
    @classmethod
    def _may_be_one_text(cls, value: object) -> object:
        """Out of the environment they come as one text, with blanks between them."""
        return value.split() if isinstance(value, str) else value

    @field_validator("urls")
    @classmethod
    def _are_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, one in enumerate(value, 1):
            if not re.fullmatch(r"(\$\{\w+\}|[a-zA-Z][\w+]*://)\S*", one):
                raise ValueError(
                    f"number {number} is neither a URL such as mailtos://... or json://... nor "
                    "${NAME}, a variable of the environment that holds one"
                )
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(f"{_TIME}-{_TIME}", value):
            return value
        raise ValueError('not two times of the day such as "22:00-07:00"')

    @field_validator("delivery_due")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if re.fullmatch(_TIME, value):
            return value
        raise ValueError('not a time of the day such as "12:00"')


class Settings(Section):
    """All of shopwright.toml, checked."""

    version: int = FORMAT_VERSION
    shop: ShopSettings = ShopSettings()
    database: DatabaseSettings = DatabaseSettings()
    run: RunSettings = RunSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    dialect: TableDialects = TableDialects()
    columns: ColumnSettings = ColumnSettings()
    quality: QualitySettings = QualitySettings()
    archive: ArchiveSettings = ArchiveSettings()
    retention: RetentionSettings = RetentionSettings()
    alerts: AlertSettings = AlertSettings()
