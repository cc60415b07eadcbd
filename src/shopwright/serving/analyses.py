"""The named analyses: SELECTs in `serving/queries` with a head that says what they take and give.

The head's first line is the grain, `-- parameter: name type default | sentence` a parameter, and
the other lines are notes for the reader. In the SELECT a parameter stands as `:name`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from psycopg import sql

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.serving.query import Answer, ask
from shopwright.storage.database import Database

Value = int | Decimal | date | str | None
_PARAMETER = re.compile(r"-- parameter: (\w+) (integer|numeric|date|text) (\S+) \| (.+)")
_PLACEHOLDER = re.compile(r"(?<!:):([a-z_]\w*)")
_TABLE = re.compile(r"\b(?:from|join) (warehouse|quality|ops)\.(\w+)")
_MOST = 1_000_000_000


class AnalysisUnknown(ShopwrightError):
    """No analysis has this name."""

    exit_code = 2


class ParameterInvalid(ShopwrightError):
    """An analysis was given a parameter that it does not have, or a value that it cannot be."""

    exit_code = 2


@dataclass(frozen=True)
class Parameter:
    """What an analysis can be told; `default` holds where it is not."""

    name: str
    kind: str
    default: Value
    sentence: str


@dataclass(frozen=True)
class Analysis:
    """A named SELECT. `grain` says what a row is, `notes` how to read the figures."""

    name: str
    grain: str
    notes: str
    parameters: tuple[Parameter, ...]
    select: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns: what the SELECT at the margin lists."""
        listed = re.split(r"^select(?: distinct)?$", self.select, flags=re.MULTILINE)[-1]
        listed = re.split(r"^from\b", listed, flags=re.MULTILINE)[0]
        while (flat := re.sub(r"\([^()]*\)", "", listed)) != listed:
            listed = flat
        return tuple(re.findall(r"\w+", one)[-1] for one in listed.split(","))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it reads, each once."""
        return tuple(dict.fromkeys(name for _, name in _TABLE.findall(self.select)))

    @property
    def schemas(self) -> set[str]:
        """The schemas that they lie in."""
        return {schema for schema, _ in _TABLE.findall(self.select)}

    def bound(self, given: Mapping[str, object]) -> tuple[str, list[Value]]:
        """The statement with `$1`, `$2` for its parameters, and their values.

        Values may be texts. Raises ParameterInvalid.
        """
        by_name = {one.name: one for one in self.parameters}
        for name in given:
            if name not in by_name:
                raise ParameterInvalid(
                    f"{self.name} has no parameter {name!r}{did_you_mean(name, by_name)}.",
                    f"It has: {', '.join(by_name)}." if by_name else "It has none.",
                )
        values = [
            _value(self.name, one, given[one.name]) if one.name in given else one.default
            for one in self.parameters
        ]
        places = {one.name: number for number, one in enumerate(self.parameters, 1)}
        statement = _PLACEHOLDER.sub(
            lambda found: f"cast(${places[found[1]]} as {by_name[found[1]].kind})", self.select
        )
        return statement, values

    def written_out(self, given: Mapping[str, object]) -> str:
        """The statement with its values written into it, for COPY and tools, which bind none."""
        statement, values = self.bound(given)
        for number, value in reversed(list(enumerate(values, 1))):
            statement = statement.replace(f"${number} ", f"{sql.Literal(value).as_string()} ")
        return statement


@cache
def analyses() -> dict[str, Analysis]:
    """The analyses by name."""
    return read_analyses(files("shopwright.serving.queries"))


def read_analyses(folder: Traversable) -> dict[str, Analysis]:
    """The analyses of a folder's files, by name."""
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql"))
    return {
        name.removesuffix(".sql"): parsed(
            name.removesuffix(".sql"), folder.joinpath(name).read_text(encoding="utf-8")
        )
        for name in names
    }


def analysis(name: str) -> Analysis:
    """The analysis of a name. Raises AnalysisUnknown."""
    if name not in analyses():
        raise AnalysisUnknown(
            f"There is no analysis {name!r}{did_you_mean(name, analyses())}.",
            "`shopwright query --list` lists them.",
        )
    return analyses()[name]


@contextmanager
def ask_analysis(
    database: Database,
    name: str,
    given: Mapping[str, object] | None = None,
    *,
    seconds: float | None = None,
    lists: bool = False,
) -> Iterator[Answer]:
    """Runs an analysis as the reader. Raises AnalysisUnknown, ParameterInvalid or QueryFailed."""
    statement, values = analysis(name).bound(given or {})
    with ask(database, statement, parameters=values, seconds=seconds, lists=lists) as answer:
        yield answer


def parsed(name: str, text: str) -> Analysis:
    """An analysis from its file's text."""
    head = re.match(r"(--.*\n)+", text)
    assert head is not None, f"{name}.sql has no head"
    grain, *others = head[0].splitlines()
    parameters, notes = [], []
    for line in others:
        if found := _PARAMETER.fullmatch(line):
            kind, default = found[2], found[3]
            untyped = Parameter(found[1], kind, None, found[4])
            value = None if default == "null" else _value(name, untyped, default)
            parameters.append(Parameter(found[1], kind, value, found[4]))
        else:
            assert not line.startswith("-- parameter"), f"{name}.sql: {line}"
            notes.append(line.removeprefix("-- "))
    select = text[head.end() :].strip()
    return Analysis(name, grain.removeprefix("-- "), " ".join(notes), tuple(parameters), select)


def _value(name: str, parameter: Parameter, given: object) -> Value:
    if given is None:
        return None
    try:
        return _converted(parameter.kind, given)
    except (ValueError, InvalidOperation):
        examples = {"integer": "10", "numeric": "0.8", "date": "2024-01-31"}
        raise ParameterInvalid(
            f"{name}: {parameter.name} = {str(given)[:50]!r} is not a value of type "
            f"{parameter.kind}.",
            f"Write it like {examples.get(parameter.kind, 'a text')}. {parameter.sentence}",
        ) from None


def _converted(kind: str, given: object) -> Value:
    text = str(given)
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "text":
        if "\0" in text:
            raise ValueError
        return text
    number = Decimal(text)
    if not number.is_finite() or not 0 < number < _MOST:
        raise ValueError
    if kind == "numeric":
        return number
    if number != int(number):
        raise ValueError
    return int(number)
