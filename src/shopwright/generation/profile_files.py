"""Where profiles lie and how they are read: shop.toml files, the package's and the user's own."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.config.settings_file import parse_toml
from shopwright.generation.profile import Profile

PROFILE_FILE = "shop.toml"
"""A workspace's own profile, beside its shopwright.toml."""

DEFAULT_PROFILE = "fashion"
BASED_ON = "based_on"
_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "string": 'a text in "quotes"',
    "date": "a day such as 2024-12-31, without quotes",
    "tuple": "a list such as [1, 2, 3]",
    "dict": "a [section]",
    "model": "a [section]",
    "finite": "a number that is not infinite",
}
"""What pydantic's error types begin with, and what is allowed there."""

_LIMITS = {"ge": "{} or more", "gt": "more than {}", "le": "{} or less", "lt": "less than {}"}


class ProfileNotFound(ShopwrightError):
    """Neither a profile of the package nor a file."""

    exit_code = 2


class ProfileInvalid(ShopwrightError):
    """A profile that no shop can have: the file, the line, the field and the allowed values."""

    exit_code = 2


def profile_names() -> list[str]:
    """The profiles of the package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in _package_folder().iterdir()
        if entry.name.endswith(".toml")
    )


def profile_text(name: str) -> str:
    """The file of a profile of the package, comments included. Raises ProfileNotFound."""
    if name not in profile_names():
        raise ProfileNotFound(
            f"There is no profile {name!r}{did_you_mean(name, profile_names())}.",
            f"Name one of {', '.join(profile_names())}, or a file: ./my/{PROFILE_FILE}.",
        )
    return (_package_folder() / f"{name}.toml").read_text(encoding="utf-8")


def load_profile(name_or_file: str | Path = DEFAULT_PROFILE) -> Profile:
    """A profile of the package by its name, or the one in a file.

    A file may begin with `based_on = "<profile of the package>"` and say only what differs:
    sections are merged setting by setting, lists and [countries] replaced as a whole.

    Raises ProfileNotFound or ProfileInvalid.
    """
    file = Path(name_or_file)
    if not _means_a_file(name_or_file):
        name = str(name_or_file)
        return _checked(tomllib.loads(profile_text(name)), f"the profile {name}", "")
    text = _read(file)
    values = parse_toml(text, file, ProfileInvalid)
    base = values.pop(BASED_ON, None)
    if base is not None:
        if base not in profile_names():
            raise ProfileInvalid(
                f"{file}, line {_line_of(text, [BASED_ON])}: {BASED_ON} = {base!r} is no profile"
                f"{did_you_mean(str(base), profile_names())}.",
                f"Allowed are {', '.join(profile_names())}.",
            )
        values = _merged(tomllib.loads(profile_text(base)), values)
    return _checked(values, str(file), text)


def _means_a_file(name_or_file: str | Path) -> bool:
    file = Path(name_or_file)
    return isinstance(name_or_file, Path) or file.suffix == ".toml" or len(file.parts) > 1


def _package_folder() -> Traversable:
    return resources.files("shopwright.generation") / "profiles"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProfileNotFound(
            f"There is no file {file}.",
            f"Name one that exists, or one of {', '.join(profile_names())}.",
        ) from None
    except UnicodeDecodeError as error:
        raise ProfileInvalid(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise ProfileInvalid(
            f"{file} cannot be read: {error.strerror}.", "Name a file that you may read."
        ) from error


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        known = base.get(key)
        merge = key != "countries" and isinstance(known, dict) and isinstance(value, dict)
        merged[key] = {**known, **value} if merge and known else value
    return merged


def _checked(values: Mapping[str, Any], source: str, text: str) -> Profile:
    try:
        return Profile.model_validate(_tuples(values))
    except ValidationError as error:
        raise _refusal(error.errors()[0], source, text) from None


def _tuples(value: Any) -> Any:
    """Lists as tuples: a profile cannot be changed."""
    if isinstance(value, list):
        return tuple(_tuples(one) for one in value)
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return value


def _refusal(error: ErrorDetails, source: str, text: str) -> ProfileInvalid:
    location = error["loc"]
    line = _line_of(text, location)
    where = f"{source}, line {line}" if line else source
    field = _field(location)
    if error["type"] == "extra_forbidden":
        known = _known_at(location)
        return ProfileInvalid(
            f"{where}: unknown setting {field}{did_you_mean(str(location[-1]), known)}.",
            f"Known there are {', '.join(known)}.",
        )
    if error["type"] == "missing":
        in_a_list = any(isinstance(part, int) for part in location)
        based = f', or begin the file with `{BASED_ON} = "{DEFAULT_PROFILE}"`'
        return ProfileInvalid(
            f"{source}: {field} is missing.", f"Add it{'' if in_a_list else based}."
        )
    value = error["input"]
    shown = "" if isinstance(value, dict) or len(repr(value)) > 80 else f" = {_toml(value)}"
    problem, allowed = _reason(error)
    return ProfileInvalid(f"{where}: {field}{shown} is {problem}.", f"Allowed {allowed}.")


def _reason(error: ErrorDetails) -> tuple[str, str]:
    """What is wrong with a value, and which values are allowed."""
    context = error.get("ctx", {})
    for limit, phrase in _LIMITS.items():
        if limit in context:
            return "out of range", f"is {phrase.format(context[limit])}"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error" and "; allowed " in message:
        problem, _, allowed = message.rpartition("; allowed ")
        return f"not possible: {problem}", allowed
    if error["type"] == "value_error" and message.startswith("allowed "):
        return "not possible", message.removeprefix("allowed ")
    if "min_length" in context or "max_length" in context:
        limits = [
            f"{word} {context[key]}"
            for word, key in (("at least", "min_length"), ("at most", "max_length"))
            if context.get(key) is not None
        ]
        return f"{context.get('actual_length', 0)} long", f"is a length of {' and '.join(limits)}"
    kind = error["type"].split("_")[0]
    return "not possible", f"is {_KINDS[kind]}" if kind in _KINDS else f"is other: {message}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _field(location: Sequence[int | str]) -> str:
    """`size.end`, `shelves[3].margin`: lists are counted from 1."""
    field = ""
    for part in location:
        field += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if field else part
    return field


def _known_at(location: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] = Profile
    for part in location[:-1]:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            arguments = getattr(annotation, "__args__", ())
            model = next(
                one
                for one in (annotation, *arguments)
                if isinstance(one, type) and issubclass(one, BaseModel)
            )
    known = list(model.model_fields)
    return [BASED_ON, *known] if model is Profile else known


def _line_of(text: str, location: Sequence[int | str]) -> int:
    """The line of a setting (or, where it cannot be told, of its section); 0 for neither."""
    section = str(location[0])
    number = location[1] if len(location) > 1 and isinstance(location[1], int) else None
    key = next((str(part) for part in location[1:] if isinstance(part, str)), None)
    current, seen, found = "", -1, 0
    for line_number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            current = bare.split("#")[0].strip().strip("[]").strip()
            seen += current == section
            if current == section and (number is None or seen == number):
                found = line_number
        elif "=" in bare and not bare.startswith("#"):
            name = bare.split("=")[0].strip().strip("\"'")
            if not current and name == section:
                return line_number
            if current == section and (number is None or seen == number) and name == key:
                return line_number
    return found
