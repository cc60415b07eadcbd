"""The rules: what a delivered row may not break, read from the `*.rules.yml` beside the SELECTs."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shopwright.config import Severity
from shopwright.config.yaml_text import read_yaml

DIMENSIONS = ("completeness", "uniqueness", "validity", "consistency", "integrity", "timeliness")


@dataclass(frozen=True)
class Rule:
    """A rule. `predicate` is SQL over the typed row that is true where the row breaks the rule.

    `mend` is what the shop can do about it, where that is more than its kind of rule says already.
    Without a `needed` rule, rows would come through that the warehouse cannot hold, or from which
    no right figure can be made: it always keeps them out. `place` is where a rule of the workspace
    itself is written; the package's have none.
    """

    name: str
    dimension: str
    severity: Severity
    sentence: str
    predicate: str
    mend: str = ""
    needed: bool = False
    place: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the workspace brings it, and not the package."""
        return bool(self.place)


CONFLICT = Rule(
    name="conflicts_with_an_earlier_row",
    dimension="uniqueness",
    severity="reject",
    sentence="An earlier row of the delivery says something else of the same key and moment.",
    predicate="found by comparing rows, not by a predicate",
    needed=True,
)


@cache
def package_rules(table: str) -> tuple[Rule, ...]:
    """The package's rules of a table of the contract, without CONFLICT, which all tables share."""
    file = files("shopwright.processing.checked").joinpath(f"{table}.rules.yml")
    return tuple(Rule(**entry) for entry in read_yaml(file.read_text(encoding="utf-8")))
