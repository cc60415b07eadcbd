"""Reading the quality report from the database: scores, rules broken, rows set aside, claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

from psycopg import Connection

from shopwright.config.workspace import Workspace
from shopwright.ingestion.contract import contract
from shopwright.processing.outcomes import SAMPLES
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import DIMENSIONS, Rule
from shopwright.processing.scores import ALL
from shopwright.serving.quality.advice import advice
from shopwright.serving.quality.masking import shown_columns, shown_values
from shopwright.storage.database import Database

FORMULA = (
    "A score is the share of the rows delivered that have no flaw of its kind: "
    "1 - rows with a flaw / rows delivered. A row counts once, however many rules it breaks; rows "
    "that were set aside and rows that were only warned of count alike. 100 % is shown only where "
    "not a single row has a flaw."
)
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
    """A rule that rows broke. `open_rows` are still set aside; of a rule that warns, none are."""

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


@dataclass(frozen=True)
class Claim:
    """What must be true of a warehouse, and how often it was looked at."""

    sentence: str
    holds: bool
    times: int


@dataclass(frozen=True)
class Listing:
    """Rows of a table that is shown as it is."""

    columns: list[str]
    rows: list[list[str]]
    count: int


@dataclass(frozen=True)
class QualityReport:
    """All that the report says, of every delivery that was ever published."""

    shop: str
    made_at: datetime
    deliveries: list[DeliveryQuality]
    broken_rules: list[BrokenRule]
    claims: list[Claim]
    failure: str | None
    malformed: Listing | None
    drift: Listing | None

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


def read_report(workspace: Workspace, database: Database) -> QualityReport:
    """Reads all of it at one moment. A database without a run gives a report without deliveries."""
    with database.connect() as connection:
        connection.execute("set transaction isolation level repeatable read read only")
        [made_at] = _row(connection, "select now()")
        shop = workspace.settings.shop.name
        if not _exists(connection, "quality.scores"):
            return QualityReport(shop, made_at, [], [], [], None, None, None)
        return QualityReport(
            shop=shop,
            made_at=made_at,
            deliveries=_deliveries(connection),
            broken_rules=_broken_rules(connection, Rulebook.of_workspace(workspace)),
            claims=_claims(connection),
            failure=_failure(connection),
            malformed=_listing(
                connection,
                "quality.malformed_lines",
                ["file_id", "table_name", "line_number", "reason"],
            ),
            drift=_listing(
                connection,
                "quality.column_changes",
                ["delivery_key", "table_name", "column_name", "change", "other_name"],
            ),
        )


def _deliveries(connection: Connection) -> list[DeliveryQuality]:
    scores: dict[int, dict[tuple[str, str], Score]] = {}
    for key, table, dimension, *counts in connection.execute(
        "select delivery_key, table_name, dimension, row_count, set_aside_count, warned_count"
        " from quality.scores"
    ):
        scores.setdefault(key, {})[table, dimension] = Score(*counts)
    has_malformed = _has_column(connection, "ops.delivery_tables", "malformed_count")
    malformed = "malformed_count" if has_malformed else "0"
    accounts: dict[int, dict[str, Account]] = {}
    for key, table, *counts in connection.execute(
        "select delivery_key, table_name, row_count, accepted_count, duplicate_count,"
        f" rejected_count, waiting_count, {malformed} from ops.delivery_tables"
    ):
        accounts.setdefault(key, {})[table] = Account(*counts)
    return [
        DeliveryQuality(name, day, revision, scores.get(key, {}), accounts.get(key, {}))
        for key, name, day, revision in connection.execute(
            "select delivery_key, delivery_name, delivery_date,"
            " row_number() over (partition by delivery_name order by delivery_key)"
            " from ops.deliveries order by delivery_key"
        )
    ]


def _broken_rules(connection: Connection, rulebook: Rulebook) -> list[BrokenRule]:
    """Rows set aside are counted where they are kept, each once, however often it was retried.

    A rule is told as severe as it was when the rows broke it; one that is no more, by its name.
    """
    found = connection.execute(
        """
        select table_name, rule_name, 'reject', count(*),
            count(*) filter (where status in ('rejected', 'waiting'))
        from quality.rejected_rows cross join lateral unnest(broken_rules) as rule_name
        group by table_name, rule_name
        union all
        select table_name, rule_name, 'warn', cast(sum(row_count) as bigint), 0
        from quality.rule_results where severity = 'warn'
        group by table_name, rule_name
        """
    ).fetchall()
    made = []
    for table, name, severity, rows, open_rows in found:
        known = rulebook.known(table).get(name)
        rule = known or Rule(name, "validity", severity, name.replace("_", " "), "")
        if not (severity == "reject" and rule.severity == "wait"):
            rule = replace(rule, severity=severity)
        made.append(_broken_rule(connection, table, rule, rows, open_rows))
    weight = {"reject": 0, "wait": 1, "warn": 2}
    return sorted(made, key=lambda one: (weight[one.severity], -one.rows, one.table, one.name))


def _broken_rule(
    connection: Connection, table: str, rule: Rule, rows: int, open_rows: int
) -> BrokenRule:
    columns = shown_columns(table, rule)
    return BrokenRule(
        table,
        rule.name,
        rule.dimension,
        rule.severity,
        rule.sentence,
        rule.mend or advice(rule),
        rows,
        open_rows,
        columns,
        _samples(connection, table, rule, columns),
    )


def _samples(connection: Connection, table: str, rule: Rule, columns: list[str]) -> list[Sample]:
    """The newest rows; of those set aside, the ones that still are."""
    query = (
        """
        select file_id, row_number, row_data from quality.warning_samples
        where table_name = %(table)s and rule_name = %(rule)s
        order by run_id desc, batch_number desc, file_id desc, row_number
        """
        if rule.severity == "warn"
        else """
        select file_id, row_number, row_data from quality.rejected_rows
        where table_name = %(table)s and broken_rules @> array[%(rule)s]
        order by status = 'published', file_id desc, row_number
        """
    )
    return [
        Sample(f"{delivery}/{file}, line {number:,}", shown_values(table, columns, data))
        for delivery, file, number, data in connection.execute(
            f"""
            select delivery_name, file_name, row_number, row_data
            from ({query} limit {SAMPLES}) as samples
            inner join ops.files using (file_id) inner join ops.deliveries using (delivery_key)
            """,
            {"table": table, "rule": rule.name},
        )
    ]


def _claims(connection: Connection) -> list[Claim]:
    return [
        Claim(name.replace("_", " "), holds, times)
        for name, holds, times in connection.execute(
            "select claim_name, bool_and(holds), count(*) from quality.claim_results"
            " group by claim_name order by claim_name"
        )
    ]


def _failure(connection: Connection) -> str | None:
    """What the newest run failed of."""
    rows = connection.execute(
        "select outcome, error from ops.runs where outcome <> 'running'"
        " order by run_id desc limit 1"
    ).fetchall()
    return str(rows[0][1] or "").split("\n")[0] if rows and rows[0][0] == "failed" else None


def _listing(connection: Connection, table: str, wanted: Sequence[str]) -> Listing | None:
    """The wanted columns of a table's newest rows; None where it is empty or not there."""
    if not _exists(connection, table):
        return None
    columns = [column for column in wanted if _has_column(connection, table, column)]
    [count] = _row(connection, f"select count(*) from {table}")
    if not count or not columns:
        return None
    names = ", ".join(columns)
    rows = connection.execute(f"select {names} from {table} order by {names} limit 50").fetchall()
    return Listing(columns, [[_text(value) for value in row] for row in rows], count)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _exists(connection: Connection, table: str) -> bool:
    return bool(_row(connection, f"select to_regclass('{table}') is not null")[0])


def _has_column(connection: Connection, table: str, column: str) -> bool:
    found = connection.execute(
        "select from pg_attribute where attrelid = to_regclass(%s) and attname = %s"
        " and not attisdropped",
        [table, column],
    )
    return bool(found.rowcount)


def _row(connection: Connection, query: str) -> tuple[Any, ...]:
    found = connection.execute(query).fetchone()
    assert found is not None
    return found


def dimensions_looked_at(deliveries: Iterable[DeliveryQuality]) -> list[str]:
    """The dimensions that have a score, in their order."""
    found = {dimension for one in deliveries for _, dimension in one.scores}
    return [dimension for dimension in DIMENSIONS if dimension in found]
