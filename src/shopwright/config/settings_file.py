"""Reading shopwright.toml: every setting checked, and what is wrong named with its line."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from shopwright.config import FORMAT_VERSION, Section, Settings
from shopwright.config.errors import ShopwrightError, did_you_mean


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
            f"{file}{line_of(text, ['version'])}: version = {version!r} is not a whole number.",
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
        path = tuple(str(part) for part in first["loc"])
        *sections, key = path
        where = overrides.get((path[0], path[-1]), f"{file}{line_of(text, path)}")
        if first["type"] == "extra_forbidden":
            raise _unknown_setting(where, sections, key) from None
        if first["type"] == "model_type":
            raise SettingsInvalid(
                f"{where}: {'.'.join(path)} is a section, not a setting.",
                f"Write `[{'.'.join(path)}]` on its own line.",
            ) from None
        name = f"[{'.'.join(sections)}] {key}" if sections else key
        # The URL itself is not repeated: it may hold a password.
        holds_secrets = not {"url", "urls"}.isdisjoint(path)
        value = "" if holds_secrets else f" = {first['input']!r}"
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
            variable, value = _in_environment(f"SHOPWRIGHT_{section}_{key}".upper(), environment)
            if value and isinstance(merged.setdefault(section, {}), dict):
                merged[section][key] = value
                overrides[section, key] = f"the environment variable {variable}"
    return merged, overrides


def _in_environment(variable: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """A variable and its value; or that of the file which the variable with _FILE after it names,
    as secrets are handed to containers. Raises SettingsInvalid."""
    if environment.get(variable) or not environment.get(f"{variable}_FILE"):
        return variable, environment.get(variable, "")
    variable = f"{variable}_FILE"
    try:
        return variable, Path(environment[variable]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"The file that the environment variable {variable} names, {environment[variable]}, "
            f"cannot be read: {error}.",
            "Let the user that Shopwright runs as read it.",
        ) from error


def _sections() -> dict[str, type[Section]]:
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def _unknown_setting(where: str, sections: list[str], key: str) -> SettingsInvalid:
    model: type[BaseModel] = Settings
    for section in sections:
        model = cast(type[BaseModel], model.model_fields[section].annotation)
    what = (
        f"setting {key!r} in [{'.'.join(sections)}]" if sections else f"section or setting {key!r}"
    )
    homes = [name for name, one in _sections().items() if key in one.model_fields]
    if homes and sections[:1] != homes[:1]:
        mend = f"{key} belongs under [{homes[0]}]."
    else:
        mend = f"Known are: {', '.join(model.model_fields)}."
    return SettingsInvalid(f"{where}: unknown {what}{did_you_mean(key, model.model_fields)}.", mend)


_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*\[+\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")


def line_of(text: str, path: Sequence[str]) -> str:
    """`, line N` of a setting, or of the nearest section around it; nothing where it has none."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _parts(header[1])
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            lines.setdefault((*section, *_parts(key[1])), number)
    for length in range(len(path), 0, -1):
        if number_found := lines.get(tuple(path[:length])):
            return f", line {number_found}"
    return ""


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def replace_text(file: Path, text: str) -> None:
    """Whole or not at all: a reader never sees half a file."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
