"""How often each kind of fault is planted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopwright.generation.faults.kinds import KINDS
from shopwright.generation.shares import shares_from_table, shares_from_text

RESOLVED_SHARE = 0.5


@dataclass(frozen=True)
class FaultRates:
    """The share of a table's rows (of its files, for truncated last lines) that get each kind of
    fault, and the share of damaged rows that a later delivery brings as they should be."""

    shares: dict[str, float] = field(default_factory=dict)
    resolved: float = RESOLVED_SHARE

    @classmethod
    def parse(cls, text: str) -> "FaultRates":
        """From `1%`, or `1%,encoding_damage=0,negative_price=2%`. Raises ShareInvalid."""
        return cls(shares_from_text(text, KINDS, "faults"))

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> "FaultRates":
        """From a profile's `[faults]`: kinds, `all` and `resolved`. Raises ShareInvalid."""
        kinds = {name: value for name, value in table.items() if name != "resolved"}
        resolved = shares_from_table(
            {"resolved": table.get("resolved", RESOLVED_SHARE)}, ["resolved"], "faults"
        )
        return cls(shares_from_table(kinds, KINDS, "faults"), resolved["resolved"])

    def of(self, kind: str) -> float:
        """The share of one kind."""
        return self.shares.get(kind, 0.0)

    def __bool__(self) -> bool:
        return any(self.shares.values())
