"""Predicates of the workspace's own rules: tried out before a run, and found when they fail in it.

PostgreSQL itself says what is wrong with one. As the check of an empty table, which may hold no
subquery, no aggregate and no window, and then in the very expression that judges rows: a text with
a bracket too many cannot fit both.
"""

from collections.abc import Sequence

import psycopg
from psycopg import Connection, sql
from psycopg.errors import UndefinedColumn

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.ingestion.contract import contract
from shopwright.ingestion.staging_tables import LOCATED
from shopwright.processing.own_rules import RulesInvalid
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import Rule
from shopwright.processing.transforms import Transform, transforms

HIDDEN = ("_row", "_file", "delivery_key")
"""Columns that say where a row came from, and nothing of what it says."""


class PredicateFailed(ShopwrightError):
    """A predicate could not be worked out for some row, as where it divides by zero."""


_TRIALS = (
    sql.SQL("alter table typed add constraint trial check (\n{predicate}\n)"),
    sql.SQL("select case when ((\n{predicate}\n)) then 1 end from (select * from typed) as typed"),
)
"""What a predicate is put into, on lines of its own in case it ends in a comment."""


def refuse_bad_predicates(connection: Connection, rulebook: Rulebook) -> None:
    """Tries the workspace's own predicates out on empty tables. Raises RulesInvalid.

    The columns are those of the typed row; nothing of it stays in the database.
    """
    own = {table: [one for one in rulebook.rules[table] if one.is_own] for table in contract()}
    if not any(own.values()):
        return
    with connection.transaction(force_rollback=True):
        for transform in _make_tables(connection):
            connection.execute(
                sql.SQL("create temp table typed as select * from {}").format(
                    sql.Identifier(f"typed_{transform.table}")
                )
            )
            for column in HIDDEN:
                connection.execute(
                    sql.SQL("alter table typed drop column {}").format(sql.Identifier(column))
                )
            for rule in own[transform.table]:
                _try(connection, transform.table, rule)
            connection.execute("drop table typed")


def _make_tables(connection: Connection) -> list[Transform]:
    """Makes empty tables of typed rows from empty staged ones. Gives what they were made by."""
    instead = {}
    for table in contract().values():
        columns = ", ".join(f"{name} text" for name in table.columns)
        connection.execute(
            f"create temp table staged_{table.name} (_file integer, _row bigint,"
            f" _delivery_key bigint, _delivery_date date, {columns})"
        )
        instead[f"staging.{LOCATED}{table.name}"] = f"staged_{table.name}"
        instead[f"checked.{table.name}"] = f"checked_{table.name}"
    made = [one for table in contract() for one in transforms("checked") if one.table == table]
    for one in made:
        connection.execute(
            f"create temp table typed_{one.table} as {one.narrowed(instead)};"
            f"create temp view checked_{one.table} as"
            f" select *, true as is_latest from typed_{one.table}"
        )
    return made


def _try(connection: Connection, table: str, rule: Rule) -> None:
    try:
        for trial in _TRIALS:
            with connection.transaction(force_rollback=True):
                # asked for in binary, as the protocol for that takes one statement alone
                connection.execute(trial.format(predicate=sql.SQL(rule.predicate)), binary=True)
    except psycopg.Error as error:
        said = (error.diag.message_primary or str(error)).replace("check constraint", "predicate")
        raise RulesInvalid(
            f"{rule.place}: PostgreSQL refuses the predicate of {rule.name}: {said}"
            f"{_nearest_column(connection, error)}.",
            "A predicate is one condition on the columns of the row alone, true where the row "
            f"breaks the rule. {table} has: {', '.join(_columns(connection))}.",
        ) from error


def _nearest_column(connection: Connection, error: psycopg.Error) -> str:
    if not isinstance(error, UndefinedColumn):
        return ""
    named = (error.diag.message_primary or "").split('"')
    return did_you_mean(named[1], _columns(connection)) if len(named) > 1 else ""


def _columns(connection: Connection) -> list[str]:
    return [
        row[0]
        for row in connection.execute(
            "select attname from pg_attribute where attrelid = 'pg_temp.typed'::regclass"
            " and attnum > 0 and not attisdropped order by attnum"
        )
    ]


def failed(
    connection: Connection, select: str, rules: Sequence[Rule], error: psycopg.Error
) -> psycopg.Error | PredicateFailed:
    """What to raise where typed rows could not be judged: which of the rules it was, if one."""
    for rule in rules:
        if not rule.is_own:
            continue
        try:
            with connection.transaction():
                connection.execute(
                    sql.SQL(
                        "select count(*) filter (where\n{predicate}\n)"
                        " from ({select} offset bigint '0') as typed"
                    ).format(predicate=sql.SQL(rule.predicate), select=sql.SQL(select))
                )
        except psycopg.DataError as reason:
            return PredicateFailed(
                f"{rule.place}: the predicate of {rule.name} cannot be worked out for every row: "
                f"{reason.diag.message_primary}.",
                "Nothing unfinished was published. Let it hold for any value: nullif(x, 0) for a "
                "divisor, checked.as_amount(x) instead of a cast.",
            )
    return error
