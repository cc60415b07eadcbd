"""A workspace's folder and its settings: each default stands here and nowhere else."""

import codecs
import difflib
import hashlib
import os
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

SETTINGS_FILE = "shopwright.toml"
FORMAT_VERSION = 1
"""Of the workspace: what `version` in shopwright.toml says."""

ROOT_DATA_FOLDER = Path("/var/lib/shopwright")
"""Where databases live when root runs Shopwright: PostgreSQL refuses to run as root, and the user
it then runs as may not be able to enter the workspace."""


class ShopwrightError(Exception):
    """What was wrong, with the value, the file and the line; then the move that mends it.

    Every error that a user can do something about is a subclass of this. `exit_code` is what the
    command line ends with: 1 the data or the run failed, 2 used wrongly.
    """

    exit_code = 1

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(f"{problem}\n{mend}" if mend else problem)
        self.problem = problem
        self.mend = mend


class WorkspaceNotFound(ShopwrightError):
    """No folder with a shopwright.toml, here or above."""

    exit_code = 2


class WorkspaceExists(ShopwrightError):
    """A workspace was to be made where there is one already."""

    exit_code = 2


class WorkspaceTooNew(ShopwrightError):
    """The workspace was made by a newer Shopwright than this one."""

    exit_code = 2


class SettingsInvalid(ShopwrightError):
    """shopwright.toml, or an environment variable that overrides it, holds what it may not."""

    exit_code = 2


class _Section(BaseModel):
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


class ShopSettings(_Section):
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


class DatabaseSettings(_Section):
    """`[database]`: nothing for the embedded PostgreSQL, or the URL of another server."""

    url: str | None = Field(default=None, repr=False)  # may hold a password
    data_folder: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_a_postgresql_url(cls, value: str | None) -> str | None:
        if value is None or re.match(r"postgres(ql)?(\+psycopg)?://", value):
            return value
        raise ValueError("not a URL such as postgresql://user@host:5432/database")


class RunSettings(_Section):
    """`[run]`: how much one transaction may take on."""

    batch_rows: int = Field(default=5_000_000, gt=0)


class DialectSettings(_Section):
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
        names = DialectSettings.model_fields
        mine = {name: getattr(self, name) for name in names}
        return DialectSettings(
            **{name: getattr(other, name) if mine[name] is None else mine[name] for name in names}
        )


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


class ColumnSettings(_Section):
    """`[columns.customers]` and so on: what the files call a column = what the contract does."""

    customers: dict[str, str] = {}
    products: dict[str, str] = {}
    transactions: dict[str, str] = {}
    transaction_items: dict[str, str] = {}

    def of(self, table: str) -> dict[str, str]:
        """The names of one table's columns."""
        names: dict[str, str] = getattr(self, table)
        return names


class QualitySettings(_Section):
    """`[quality]`: from which share of rejected rows on a batch is refused, such as 25%.

    A table named under `[quality]` as `stop_when_rejected_<table>` has a share of its own.
    """

    stop_when_rejected: Share = 0.25
    stop_when_rejected_customers: Share | None = None
    stop_when_rejected_products: Share | None = None
    stop_when_rejected_transactions: Share | None = None
    stop_when_rejected_transaction_items: Share | None = None

    def largest_share(self, table: str) -> float:
        """The share of a table's rows that may be rejected, 0 to 1."""
        own: float | None = getattr(self, f"stop_when_rejected_{table}")
        return self.stop_when_rejected if own is None else own


class Settings(_Section):
    """All of shopwright.toml, checked."""

    version: int = FORMAT_VERSION
    shop: ShopSettings = ShopSettings()
    database: DatabaseSettings = DatabaseSettings()
    run: RunSettings = RunSettings()
    dialect: TableDialects = TableDialects()
    columns: ColumnSettings = ColumnSettings()
    quality: QualitySettings = QualitySettings()


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
            _checked({"version": FORMAT_VERSION, "shop": shop}, file, "", {}).shop
        )
        for subfolder in ("deliveries", "mappings", "exports", ".shopwright"):
            (folder / subfolder).mkdir(parents=True, exist_ok=True)
        (folder / ".shopwright" / ".gitignore").write_text("*\n", encoding="utf-8")
        _replace_text(file, text)
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
        text, values = _up_to_date(file)
        return cls(folder, _checked(values, file, text, environment))

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
    def mappings(self) -> Path:
        """The user's own import mappings, a folder each."""
        return self.folder / "mappings"

    @property
    def exports(self) -> Path:
        """Where exports are written unless told otherwise."""
        return self.folder / "exports"

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
    run, quality = RunSettings(), QualitySettings()
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

[run]
# batch_rows = {run.batch_rows:_}  # rows that one transaction may publish

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


def _with_a_version(text: str) -> str:
    """Format 0, such as a file written by hand, says no version."""
    return f"version = 1\n{re.sub(r'(?m)^version *=.*$', '', text, count=1)}"


_MIGRATIONS: dict[int, Callable[[str], str]] = {0: _with_a_version}
"""From each older format to the next one, as changes to the text, so that comments survive."""


def _up_to_date(file: Path) -> tuple[str, dict[str, Any]]:
    """The text and values of the settings file, after it was migrated to this format."""
    text = _read_text(file)
    values = parse_toml(text, file, SettingsInvalid)
    version = values.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise SettingsInvalid(
            f"{file}{_line(text, '', 'version')}: version = {version!r} is not a whole number.",
            f"Write `version = {FORMAT_VERSION}`.",
        )
    if version > FORMAT_VERSION:
        raise WorkspaceTooNew(
            f"{file}: this workspace has format {version}, and this Shopwright knows "
            f"formats up to {FORMAT_VERSION}.",
            "Upgrade with `pip install --upgrade shopwright`.",
        )
    if version < FORMAT_VERSION:
        for older in range(version, FORMAT_VERSION):
            text = _MIGRATIONS[older](text)
        values = parse_toml(text, file, SettingsInvalid)
        _replace_text(file, text)
    return text, values


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsInvalid(
            f"{file}, line {line}: not UTF-8 text: {error.object[error.start]:#04x}.",
            "Save it as UTF-8.",
        ) from error
    except OSError as error:
        raise SettingsInvalid(f"{file} cannot be read: {error.strerror}.") from error


def parse_toml(text: str, file: Path, refusal: type[ShopwrightError]) -> dict[str, Any]:
    """What a file of settings says. Raises the refusal where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refusal(
            f"{file} is not TOML: {error}.",
            'Texts stand in "quotes", one `key = value` a line, under a [section].',
        ) from error


def _checked(
    values: dict[str, Any], file: Path, text: str, environment: Mapping[str, str]
) -> Settings:
    merged, overrides = _overridden(values, environment)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        location = [str(part) for part in first["loc"]]
        section, key = ("", location[0]) if len(location) == 1 else (location[0], location[1])
        where = overrides.get((section, key), f"{file}{_line(text, section, key)}")
        if first["type"] == "extra_forbidden":
            raise _unknown_setting(where, section, key) from None
        if not section and key in _sections():
            raise SettingsInvalid(
                f"{where}: {key} is a section, not a setting.", f"Write `[{key}]` on its own line."
            ) from None
        name = f"[{section}] {key}" if section else key
        # The URL itself is not repeated: it may hold a password.
        value = "" if key == "url" else f" = {first['input']!r}"
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsInvalid(
            f"{where}: {name}{value}: {reason}.", "Correct it there and run the command again."
        ) from None


def _overridden(
    values: dict[str, Any], environment: Mapping[str, str]
) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """The values with what the environment says instead, and which variable said it."""
    merged = {k: dict(v) if isinstance(v, dict) else v for k, v in values.items()}
    overrides = {}
    for section, model in _sections().items():
        for key in model.model_fields:
            variable = f"SHOPWRIGHT_{section}_{key}".upper()
            if environment.get(variable) and isinstance(merged.setdefault(section, {}), dict):
                merged[section][key] = environment[variable]
                overrides[section, key] = f"the environment variable {variable}"
    return merged, overrides


def _sections() -> dict[str, type[_Section]]:
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section)
    }


def _unknown_setting(where: str, section: str, key: str) -> SettingsInvalid:
    known = _sections()[section].model_fields if section else Settings.model_fields
    what = f"setting {key!r} in [{section}]" if section else f"section or setting {key!r}"
    homes = [name for name, model in _sections().items() if key in model.model_fields]
    if homes and section not in homes:
        mend = f"{key} belongs under [{homes[0]}]."
    else:
        mend = f"Known are: {', '.join(known)}."
    return SettingsInvalid(f"{where}: unknown {what}{did_you_mean(key, known)}.", mend)


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` with the nearest of the known, or nothing where nothing is near."""
    by_lower_case = {name.lower(): name for name in known}
    nearest = difflib.get_close_matches(value.lower(), by_lower_case, n=1)
    return f" (did you mean {by_lower_case[nearest[0]]!r}?)" if nearest else ""


def _line(text: str, section: str, key: str) -> str:
    """`, line N` of a key, or of its section; nothing where it cannot be told."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]\s]+)\s*\]", line):
            current = header[1]
            if (current if not section else None) == key:
                return f", line {number}"
        elif current == section and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return f", line {number}"
    return ""


def _replace_text(file: Path, text: str) -> None:
    """Whole or not at all: a reader never sees half a file."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
