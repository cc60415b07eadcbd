"""The marks of an exam: of a rule, of a kind of fault, of the rows that came twice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleScore:
    """What a rule found. `expected` rows break it, `found` were said to, `hits` are in both.

    Rows that were only warned of are not kept one by one: their hits are counts.
    """

    table: str
    rule: str
    severity: str
    expected: int
    found: int
    hits: int

    @property
    def precision(self) -> float | None:
        """The share of what was found that should have been."""
        return self.hits / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of what should have been found that was."""
        return self.hits / self.expected if self.expected else None

    @property
    def is_right(self) -> bool:
        """Whether all was found, and nothing else."""
        return self.expected == self.found == self.hits


@dataclass(frozen=True)
class KindScore:
    """What became of a kind of fault: `handled` as it should be. `precision` is that of the rules
    that catch it, None where no rule does."""

    kind: str
    expected: str
    planted: int
    handled: int
    precision: float | None

    @property
    def recall(self) -> float:
        """The share that was handled as it should be."""
        return self.handled / self.planted

    @property
    def is_right(self) -> bool:
        """Whether every fault of the kind was handled as it should be, and nothing else was."""
        return self.handled == self.planted and self.precision in (None, 1.0)


@dataclass(frozen=True)
class DuplicateScore:
    """Rows of a table that repeat another one."""

    table: str
    expected: int
    found: int

    @property
    def is_right(self) -> bool:
        """Whether as many were found as there are."""
        return self.expected == self.found
