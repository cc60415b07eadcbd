"""The rows that were set aside: finding them, judging them again, giving them up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.ingestion.contract import contract
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import CONFLICT

OPEN = ("rejected", "waiting")
STATUSES = (*OPEN, "published", "resolved", "dismissed")


class NoSuchRejectedRow(ShopwrightError):
    """There is no row set aside with that number, or it is open no more."""

    exit_code = 2


class FilterInvalid(ShopwrightError):
    """A table, rule or status that there is none of."""

    exit_code = 2


@dataclass(frozen=True)
class Filter:
    """Which rows: of a table, that broke a rule, with a status (open: rejected or waiting), of a
    delivery, or with these numbers."""

    table: str | None = None
    rule: str | None = None
    status: str = "open"
    delivery: str | None = None
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for what, value, known in (
            ("table", self.table, list(contract())),
            ("status", self.status, ["open", "all", *STATUSES]),
        ):
            if value is not None and value not in known:
                raise FilterInvalid(
                    f"There is no {what} {value!r}{did_you_mean(value, known)}.",
                    f"Known are: {', '.join(known)}.",
                )

    @property
    def statuses(self) -> list[str]:
        """The statuses meant."""
        named = {"open": OPEN, "all": STATUSES}
        return list(named.get(self.status, (self.status,)))


@dataclass(frozen=True)
class SetAside:
    """A row that was set aside; `line` is that of the file in which the row begins."""

    number: int
    table: str
    key: str | None
    status: str
    delivery: str
    file: str
    line: int
    rules: list[str]
    row: dict[str, Any]
    dismissed_reason: str | None


def refuse_unknown_rule(connection: Connection, wanted: Filter, rulebook: Rulebook) -> None:
    """Raises FilterInvalid where the rule is none, and none that rows broke when it was one."""
    if wanted.rule is None or wanted.rule in rulebook.names:
        return
    broken = connection.execute(
        "select distinct unnest(broken_rules) from quality.rejected_rows"
    ).fetchall()
    known = sorted(rulebook.names | {row[0] for row in broken})
    if wanted.rule not in known:
        raise FilterInvalid(
            f"There is no rule {wanted.rule!r}{did_you_mean(wanted.rule, known)}.",
            "`shopwright rules` lists them.",
        )


def find(connection: Connection, wanted: Filter) -> Iterator[SetAside]:
    """The rows that a filter means, by number."""
    for row in connection.execute(
        """
        select rejected_row_id, entry.table_name, row_key, status, delivery_name, file_name,
            row_number, broken_rules, row_data, dismissed_reason
        from quality.rejected_rows as entry
        inner join ops.files using (file_id)
        inner join ops.deliveries using (delivery_key)
        where status = any(%(statuses)s)
            and (%(table)s::text is null or entry.table_name = %(table)s)
            and (%(rule)s::text is null or %(rule)s = any(broken_rules))
            and (%(delivery)s::text is null or delivery_name = %(delivery)s)
            and (cardinality(%(numbers)s::bigint[]) = 0 or rejected_row_id = any(%(numbers)s))
        order by rejected_row_id
        """,
        {
            "statuses": wanted.statuses,
            "table": wanted.table,
            "rule": wanted.rule,
            "delivery": wanted.delivery,
            "numbers": list(wanted.numbers),
        },
    ):
        yield SetAside(*row)


def find_one(connection: Connection, number: int) -> SetAside:
    """The row with a number, whatever its status. Raises NoSuchRejectedRow."""
    for found in find(connection, Filter(status="all", numbers=(number,))):
        return found
    raise NoSuchRejectedRow(
        f"No row was set aside under number {number}.",
        "`shopwright rejected list` shows those that were.",
    )


def sentence(rulebook: Rulebook, table: str, rule_name: str) -> str:
    """What a rule says of the rows that break it; its name where the rule is no more."""
    rule = rulebook.known(table).get(rule_name)
    return rule.sentence if rule else rule_name


def can_be_judged_again(row: SetAside) -> bool:
    """Whether the row itself decides: a contradiction lies between two rows of a delivery."""
    return row.status == "rejected" and CONFLICT.name not in row.rules


def wait_again(connection: Connection, numbers: list[int]) -> None:
    """Puts rejected rows among those that wait, to be tried in this transaction."""
    _move(
        connection,
        """
        update quality.rejected_rows set status = 'waiting'
        where rejected_row_id = any(%(numbers)s) and status = 'rejected'
        returning file_id, table_name
        """,
        {"numbers": numbers},
        "rejected_count = rejected_count - moved.row_count,"
        " waiting_count = waiting_count + moved.row_count",
    )


def dismiss(connection: Connection, numbers: list[int], reason: str) -> None:
    """Gives open rows up, for good: the same rows are not set aside anew when they come again. They
    stay in the account as rejected. Raises NoSuchRejectedRow, and then none is."""
    found = {row.number for row in find(connection, Filter(numbers=tuple(numbers)))}
    if missing := sorted(set(numbers) - found):
        raise NoSuchRejectedRow(
            f"There is no open row with number {missing[0]}: none was dismissed.",
            "`shopwright rejected list` shows the open ones.",
        )
    _move(
        connection,
        """
        with waiting as (
            select file_id, table_name from quality.rejected_rows
            where rejected_row_id = any(%(numbers)s) and status = 'waiting'
        ),
        dismissed as (
            update quality.rejected_rows set status = 'dismissed', dismissed_reason = %(reason)s
            where rejected_row_id = any(%(numbers)s)
        )
        select file_id, table_name from waiting
        """,
        {"numbers": numbers, "reason": reason},
        "rejected_count = rejected_count + moved.row_count,"
        " waiting_count = waiting_count - moved.row_count",
    )


def _move(connection: Connection, statement: str, parameters: dict[str, Any], changes: str) -> None:
    """Changes entries, and the accounts of the deliveries whose rows the statement gives."""
    moved = connection.execute(statement, parameters).fetchall()
    connection.execute(
        f"""
        update ops.delivery_tables as account set {changes}
        from (
            select files.delivery_key, moved.table_name, count(*) as row_count
            from unnest(%s::integer[], %s::text[]) as moved (file_id, table_name)
            inner join ops.files on moved.file_id = files.file_id
            group by files.delivery_key, moved.table_name
        ) as moved
        where account.delivery_key = moved.delivery_key
            and account.table_name = moved.table_name
        """,
        [[row[0] for row in moved], [row[1] for row in moved]],
    )
