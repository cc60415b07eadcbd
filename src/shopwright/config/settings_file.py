"""Reading shopwright.toml: every setting checked, and what is wrong named with its line."""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shopwright.config import FORMAT_VERSION, Section, Settings, ShopwrightError, did_you_mean


class WorkspaceTooNew(ShopwrightError):
    """The workspace was made by a newer Shopwright than this one."""

    exit_code = 2


class SettingsInvalid(ShopwrightError):
    """shopwright.toml, or an environment variable that overrides it, holds what it may not."""

    exit_code = 2


def _with_a_version(text: str) -> str:
    """Format 0, such as a file written by hand, says no version."""
    return f"version = 1\n{re.sub(r'(?m)^version *=.*$', '', text, count=1)}"


_MIGRATIONS: dict[int, Callable[[str], str]] = {0: _with_a_version}
"""From each older format to the next one, as changes to the text, so that comments survive."""


def read_settings_file(file: Path) -> tuple[str, dict[str, Any]]:
    """The text and values of the file, brought up to this format.

    Raises SettingsInvalid or WorkspaceTooNew.
    """
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
        replace_text(file, text)
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


def checked_settings(
    values: dict[str, Any], file: Path, text: str, environment: Mapping[str, str]
) -> Settings:
    """The settings that the values make, with what the environment says instead.

    The text is where the line of a wrong one is looked up. Raises SettingsInvalid.
    """
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


def _sections() -> dict[str, type[Section]]:
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
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


def replace_text(file: Path, text: str) -> None:
    """Whole or not at all: a reader never sees half a file."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
