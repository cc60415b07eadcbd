"""What the quality report says of a shop's data, and how its figures are added up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from shopwright.ingestion.contract import contract
from shopwright.ingestion.drift import ColumnChange
from shopwright.processing.rules import DIMENSIONS
from shopwright.processing.scores import ALL
from shopwright.processing.watching import ROW

FORMULA = (
    "A score is the share of the rows delivered that have no flaw of its kind: "
    "1 - rows with a flaw / rows delivered. A row counts once, however many rules it breaks; rows "
    "that were set aside and rows that were only warned of count alike. 100 % is shown only where "
    "not a single row has a flaw. A line that could not be read is a row with a flaw of validity. "
    "What only many rows together show, such as a day unlike others, counts in no score."
)
ACCOUNT_COLUMNS = ("rows in", "accepted", "duplicates", "rejected", "waiting", "malformed")
"""What the counts of an account are called."""
SEVERITY_ORDER = {"reject": 0, "wait": 1, "warn": 2}
"""What keeps rows out comes first."""
QUESTIONS = {
    "completeness": "Is everything there that must be?",
    "uniqueness": "Does each key say one thing only?",
    "validity": "Can each value be read, and is it possible?",
    "consistency": "Do the values of a row agree with each other?",
    "integrity": "Does what a row refers to exist?",
    "timeliness": "Do the times lie where they can?",
}


@dataclass(frozen=True)
class Score:
    """Rows, and how many of them have a flaw: set aside, or published with a warning."""

    rows: int = 0
    set_aside: int = 0
    warned: int = 0

    @property
    def flawless(self) -> int:
        """Rows without a flaw."""
        return self.rows - self.set_aside - self.warned

    @property
    def share(self) -> float:
        """The score, 0 to 1; of no rows at all, 1."""
        return self.flawless / self.rows if self.rows else 1.0

    @property
    def text(self) -> str:
        """The score as a percentage, rounded down: 100 % only where it is all of them."""
        hundredths = self.flawless * 10_000 // self.rows if self.rows else 10_000
        return "100 %" if hundredths == 10_000 else f"{hundredths / 100:.2f} %"

    def __add__(self, other: Self) -> "Score":
        return Score(
            self.rows + other.rows, self.set_aside + other.set_aside, self.warned + other.warned
        )


@dataclass(frozen=True)
class Account:
    """What became of rows: rows = accepted + duplicates + rejected + waiting + malformed."""

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    malformed: int = 0

    @property
    def counts(self) -> list[int]:
        """All of them, in the order of ACCOUNT_COLUMNS."""
        return [
            self.rows, self.accepted, self.duplicates, self.rejected, self.waiting, self.malformed
        ]  # fmt: skip

    @property
    def balances(self) -> bool:
        """Whether every row is accounted for."""
        told = self.accepted + self.duplicates + self.rejected + self.waiting + self.malformed
        return self.rows == told

    def __add__(self, other: Self) -> "Account":
        return Account(
            self.rows + other.rows,
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
            self.waiting + other.waiting,
            self.malformed + other.malformed,
        )


@dataclass(frozen=True)
class DeliveryQuality:
    """A delivery, its scores by table and dimension, and the accounts of its tables."""

    name: str
    day: date
    revision: int
    scores: dict[tuple[str, str], Score]
    accounts: dict[str, Account]

    @property
    def score(self) -> Score:
        """Of all its rows, in all dimensions."""
        return total(self.scores, dimension=ALL)

    @property
    def account(self) -> Account:
        """Of all its tables together."""
        return sum(self.accounts.values(), Account())


@dataclass(frozen=True)
class Sample:
    """A row that broke a rule: where it stands, and what may be shown of it, by column."""

    place: str
    values: dict[str, str]


@dataclass(frozen=True)
class BrokenRule:
    """A rule that rows broke. `open_rows` are still set aside; of a rule that warns, none are.

    `unit` is what `rows` counts where a rule looks at many rows together: `day`, `order`; such a
    rule has no sample rows, but `examples` of the days or orders.
    """

    table: str
    name: str
    dimension: str
    severity: str
    sentence: str
    mend: str
    rows: int
    open_rows: int
    columns: list[str]
    samples: list[Sample]
    unit: str = ROW
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What must be true of a warehouse, and how often it was looked at."""

    sentence: str
    holds: bool
    times: int


@dataclass(frozen=True)
class MalformedLines:
    """Lines of a table that are no rows for the same reason, and where the newest of them stand."""

    table: str
    reason: str
    mend: str
    count: int
    places: list[str]


@dataclass(frozen=True)
class QualityReport:
    """All that the report says, of every delivery that was ever published.

    `open_rows` are still set aside: rejected or waiting, and neither resolved nor dismissed since.
    """

    shop: str
    made_at: datetime
    deliveries: list[DeliveryQuality]
    broken_rules: list[BrokenRule]
    open_rows: int
    claims: list[Claim]
    failure: str | None
    malformed: list[MalformedLines]
    changes: list[ColumnChange]
    change_count: int

    def score(self, *, table: str | None = None, dimension: str = ALL) -> Score:
        """Over all deliveries; of all tables unless one is named."""
        found = (total(one.scores, table=table, dimension=dimension) for one in self.deliveries)
        return sum(found, Score())

    @property
    def accounts(self) -> dict[str, Account]:
        """What became of all rows, by table."""
        return {
            table: sum((one.accounts.get(table, Account()) for one in self.deliveries), Account())
            for table in contract()
            if any(table in one.accounts for one in self.deliveries)
        }

    @property
    def noticed(self) -> dict[str, int]:
        """What only many rows together show, counted by what it is: 3 days, 2 orders."""
        found: dict[str, int] = {}
        for one in self.broken_rules:
            if one.unit != ROW:
                found[one.unit] = found.get(one.unit, 0) + one.rows
        return found

    @property
    def account(self) -> Account:
        """What became of all rows."""
        return sum(self.accounts.values(), Account())


def total(
    scores: dict[tuple[str, str], Score], *, table: str | None = None, dimension: str
) -> Score:
    """The sum of scores by table and dimension."""
    return sum(
        (
            score
            for (of_table, of_dimension), score in scores.items()
            if of_dimension == dimension and table in (None, of_table)
        ),
        Score(),
    )


def dimensions_looked_at(deliveries: Iterable[DeliveryQuality]) -> list[str]:
    """The dimensions that have a score, in their order."""
    found = {dimension for one in deliveries for _, dimension in one.scores}
    return [dimension for dimension in DIMENSIONS if dimension in found]
