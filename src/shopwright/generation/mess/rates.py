"""How often deliveries arrive otherwise than one a day, in order and all alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopwright.generation.shares import shares_from_table, shares_from_text

ARRIVAL_KINDS = (
    "late",
    "out_of_order",
    "twice",
    "corrected",
    "missing_file",
    "renamed_column",
)
FORM_KINDS = ("part_files", "gzip", "dialect", "new_column")
MESS_KINDS = (*ARRIVAL_KINDS, *FORM_KINDS)


@dataclass(frozen=True)
class MessRates:
    """The share of days with each kind of arrival, at most one a day, and the share of files in
    each form, where several may meet."""

    shares: dict[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "MessRates":
        """From `5%`, or `late=5%,twice=5%,gzip=20%`. Raises ShareInvalid."""
        return cls(shares_from_text(text, MESS_KINDS, "mess"))

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> "MessRates":
        """From a profile's `[mess]`. Raises ShareInvalid."""
        return cls(shares_from_table(table, MESS_KINDS, "mess"))

    def of(self, kind: str) -> float:
        """The share of one kind."""
        return self.shares.get(kind, 0.0)

    def __bool__(self) -> bool:
        return any(self.shares.values())
