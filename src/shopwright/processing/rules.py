"""The rules: what a delivered row may not break, read from the `*.rules.yml` beside the SELECTs."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Severity = Literal["reject", "wait", "warn"]
DIMENSIONS = ("completeness", "uniqueness", "validity", "consistency", "integrity", "timeliness")


@dataclass(frozen=True)
class Rule:
    """A rule. `predicate` is SQL over the typed row that is true where the row breaks the rule.

    `mend` is what the shop can do about it, where that is more than its kind of rule says already.
    """

    name: str
    dimension: str
    severity: Severity
    sentence: str
    predicate: str
    mend: str = ""


CONFLICT = Rule(
    name="conflicts_with_an_earlier_row",
    dimension="uniqueness",
    severity="reject",
    sentence="An earlier row of the delivery says something else of the same key and moment.",
    predicate="found by comparing rows, not by a predicate",
)


@cache
def rules(table: str) -> tuple[Rule, ...]:
    """The rules of a table of the contract, without CONFLICT, which all tables share."""
    file = files("shopwright.processing.checked").joinpath(f"{table}.rules.yml")
    return tuple(Rule(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")))
