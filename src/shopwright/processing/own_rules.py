"""The workspace's own rules: `rules/<table>.rules.yml`, in the format of the package's."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shopwright.config import Severity
from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.ingestion.contract import contract
from shopwright.processing.rules import DIMENSIONS, Rule

SUFFIX = ".rules.yml"
SEVERITIES = ("reject", "warn")
REQUIRED = ("name", "dimension", "severity", "sentence", "predicate")
KEYS = (*REQUIRED, "mend")
EXAMPLE = """\
- name: unit_price_is_too_high
  dimension: validity
  severity: warn
  sentence: Nothing in the shop costs more than 10,000.
  predicate: unit_price > 10000"""


class RulesInvalid(ShopwrightError):
    """A rule of the workspace cannot be understood, or cannot be a rule."""

    exit_code = 2


@dataclass(frozen=True)
class _Entry:
    """What a file says of a rule: its values, and the line of each."""

    file: str
    line: int
    values: dict[str, str]
    lines: dict[str, int]

    def place(self, key: str = "") -> str:
        """Where a value stands, as messages say it."""
        return f"{self.file}, line {self.lines.get(key, self.line)}"


def own_rules(folder: Path) -> dict[str, list[Rule]]:
    """The rules in the workspace's folder of rules, by table. Raises RulesInvalid.

    What only PostgreSQL can say of a predicate is for `predicates` to find.
    """
    found: dict[str, list[Rule]] = {}
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        if file.suffix in (".yml", ".yaml") and not file.name.startswith("."):
            found[_table(file)] = [_rule(entry) for entry in _entries(file)]
    return found


def _table(file: Path) -> str:
    table = file.name.removesuffix(SUFFIX)
    if file.name.endswith(SUFFIX) and table in contract():
        return table
    nearest = get_close_matches(file.name.split(".")[0], contract(), n=1)
    hint = f" Did you mean {nearest[0]}{SUFFIX}?" if nearest else ""
    raise RulesInvalid(
        f"{_named(file)} is named after none of the contract's tables.{hint}",
        f"Name it {', '.join(f'{one}{SUFFIX}' for one in contract())}, or take it away.",
    )


def _named(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _entries(file: Path) -> list[_Entry]:
    name = _named(file)
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise RulesInvalid(f"{name} is not UTF-8 text.", "Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RulesInvalid(
            f"{name}{line}: not YAML: {error.problem}.",
            "A value with a colon, a # or a quote at its beginning stands in quotes, or on lines "
            f"of its own below `predicate: >-`. A rule looks like this:\n{EXAMPLE}",
        ) from error
    except yaml.YAMLError as error:
        raise RulesInvalid(f"{name} is not YAML: {error}.", f"For example:\n{EXAMPLE}") from error
    if root is None:
        return []
    if not isinstance(root, SequenceNode):
        raise _misshapen(name, root, "not a list of rules")
    return [_entry(name, node) for node in root.value]


def _entry(file: str, node: Node) -> _Entry:
    if not isinstance(node, MappingNode):
        raise _misshapen(file, node, "not a rule")
    entry = _Entry(file, node.start_mark.line + 1, {}, {})
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or not isinstance(value, ScalarNode):
            raise _misshapen(file, value, "a text is wanted here")
        line = key.start_mark.line + 1
        if key.value not in KEYS:
            raise RulesInvalid(
                f"{file}, line {line}: unknown key {key.value!r}{did_you_mean(key.value, KEYS)}.",
                f"A rule has {', '.join(REQUIRED)} and, where there is more to say, mend.",
            )
        if key.value in entry.values:
            raise RulesInvalid(
                f"{file}, line {line}: {key.value} stands there twice.", "Take one away."
            )
        entry.values[key.value] = value.value.strip()
        entry.lines[key.value] = line
    return entry


def _misshapen(file: str, node: Node, problem: str) -> RulesInvalid:
    return RulesInvalid(
        f"{file}, line {node.start_mark.line + 1}: {problem}.", f"For example:\n{EXAMPLE}"
    )


def _rule(entry: _Entry) -> Rule:
    values = entry.values
    for key in REQUIRED:
        if not values.get(key):
            raise RulesInvalid(
                f"{entry.place(key)}: the rule has no {key}.", f"For example:\n{EXAMPLE}"
            )
    if not re.fullmatch("[a-z][a-z0-9_]*", values["name"]):
        raise RulesInvalid(
            f"{entry.place('name')}: the name {values['name']!r} is not made of small letters, "
            "digits and underscores.",
            "Call it by what is wrong with the row, such as unit_price_is_too_high.",
        )
    _refuse_other(entry, "dimension", DIMENSIONS)
    if values["severity"] == "wait":
        raise RulesInvalid(
            f"{entry.place('severity')}: {values['name']} cannot wait.",
            "A row waits for another row that it refers to, and only the package's rules look at "
            "other rows: what a row says itself is the same tomorrow. Write reject or warn.",
        )
    _refuse_other(entry, "severity", SEVERITIES)
    severity: Severity = "reject" if values["severity"] == "reject" else "warn"
    return Rule(
        values["name"],
        values["dimension"],
        severity,
        values["sentence"],
        values["predicate"],
        values.get("mend", ""),
        place=entry.place("predicate"),
    )


def _refuse_other(entry: _Entry, key: str, known: tuple[str, ...]) -> None:
    value = entry.values[key]
    if value not in known:
        raise RulesInvalid(
            f"{entry.place(key)}: there is no {key} {value!r}{did_you_mean(value, known)}.",
            f"Known are: {', '.join(known)}.",
        )
