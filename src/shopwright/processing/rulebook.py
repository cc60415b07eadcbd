"""The rulebook: which rules the rows of a workspace are judged by, and how severely."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shopwright.config import Severity
from shopwright.config.errors import did_you_mean
from shopwright.config.settings_file import SettingsInvalid, line_of
from shopwright.config.workspace import SETTINGS_FILE, Workspace
from shopwright.ingestion.contract import contract
from shopwright.processing.own_rules import RulesInvalid, own_rules
from shopwright.processing.rules import CONFLICT, Rule, package_rules
from shopwright.processing.watching import Watch, watches


@dataclass(frozen=True)
class Rulebook:
    """All rules by table, also those that are switched off, and what is watched in batches."""

    rules: Mapping[str, tuple[Rule, ...]]
    watches: tuple[Watch, ...]

    @classmethod
    def of_package(cls) -> "Rulebook":
        """The rules as the package brings them."""
        return cls({table: package_rules(table) for table in contract()}, watches())

    @classmethod
    def of_workspace(cls, workspace: Workspace) -> "Rulebook":
        """The package's rules and the workspace's own, as severe as its settings say.

        Raises RulesInvalid, or SettingsInvalid where a rule cannot be as severe as it should.
        """
        book = cls.of_package()._with(own_rules(workspace.rules))
        severities = workspace.settings.quality.severity
        for table in contract():
            for name, severity in severities.of(table).items():
                try:
                    book = book._changed(table, name, severity)
                except _Refused as refusal:
                    where = _place(workspace, "quality", "severity", table, name)
                    raise SettingsInvalid(
                        f"{where} {name} = {severity!r}: {refusal.problem}.", refusal.mend
                    ) from None
        return book

    def _with(self, own: Mapping[str, list[Rule]]) -> "Rulebook":
        rules = dict(self.rules)
        for table, added in own.items():
            taken = self.known(table).keys() | {one.name for one in self.watches_of(table)}
            for rule in added:
                if rule.name in taken:
                    raise RulesInvalid(
                        f"{rule.place}: there is a rule {rule.name} of {table} already.",
                        "Give yours another name. How severe a rule is, is set in "
                        f'{SETTINGS_FILE}: [quality.severity.{table}] {rule.name} = "off".',
                    )
                taken.add(rule.name)
            rules[table] = (*rules[table], *added)
        return replace(self, rules=rules)

    def _changed(self, table: str, name: str, severity: Severity) -> "Rulebook":
        if watch := next((one for one in self.watches_of(table) if one.name == name), None):
            if severity not in ("warn", "off"):
                raise _Refused(
                    "it looks at many rows together and can only warn", 'Write "warn" or "off".'
                )
            changed_watch = replace(watch, severity=severity)
            watched = tuple(changed_watch if one == watch else one for one in self.watches)
            return replace(self, watches=watched)
        rule = self.known(table).get(name)
        if rule is None:
            known = [*self.known(table), *(one.name for one in self.watches_of(table))]
            raise _Refused(
                f"{table} has no such rule{did_you_mean(name, known)}",
                "`shopwright rules` lists them.",
            )
        _refuse(rule, severity)
        changed = (
            replace(one, severity=severity) if one.name == name else one
            for one in self.rules[table]
        )
        return replace(self, rules={**self.rules, table: tuple(changed)})

    def watches_of(self, table: str) -> list[Watch]:
        """What is watched of a table."""
        return [one for one in self.watches if one.table == table]

    def in_force(self, table: str) -> tuple[Rule, ...]:
        """The rules that a row of the table is held against, without CONFLICT."""
        return tuple(rule for rule in self.rules[table] if rule.severity != "off")

    def known(self, table: str) -> dict[str, Rule]:
        """The rules about rows of a table by name: CONFLICT, and those switched off, too."""
        return {rule.name: rule for rule in (*self.rules[table], CONFLICT)}

    def listed(self, table: str) -> list[Rule | Watch]:
        """All rules of a table, whatever they look at, and whether they are switched off."""
        return [*self.known(table).values(), *self.watches_of(table)]

    @property
    def has_own_rules(self) -> bool:
        """Whether the workspace has brought any."""
        return any(rule.is_own for rules in self.rules.values() for rule in rules)

    @property
    def names(self) -> set[str]:
        """Of all rules about rows."""
        return {name for table in self.rules for name in self.known(table)}


def _place(workspace: Workspace, *path: str) -> str:
    """Where a setting stands, as messages say it."""
    file = workspace.folder / SETTINGS_FILE
    text = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
    return f"{file}{line_of(text, path)}: [{'.'.join(path[:-1])}]"


class _Refused(Exception):
    """A rule cannot be as severe as that: what is wrong, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


def _refuse(rule: Rule, severity: Severity) -> None:
    if severity == rule.severity:
        return
    if severity == "wait":
        raise _Refused(
            "only rules about what a row refers to can wait: what a row says itself is the same "
            "tomorrow",
            'Write "reject", "warn" or "off".',
        )
    if rule == CONFLICT or (rule.needed and severity in ("warn", "off")):
        raise _Refused(
            "it keeps out what the warehouse cannot hold, or make no right figure of",
            'Take the line away; a rule that waits may be set to "reject".',
        )
