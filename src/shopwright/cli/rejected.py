"""Verbs about the rows that were set aside: list, show, export, retry, dismiss."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import (
    JsonOption,
    WorkspaceOption,
    open_workspace,
    opened_database,
    watched_database,
)
from shopwright.cli.printing import count, plural, print_json, print_table, progress, say

if TYPE_CHECKING:
    from psycopg import Connection

    from shopwright.config.workspace import Workspace
    from shopwright.processing.rejections import Filter, SetAside

SHOWN_ROWS = 50

rejected = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Rows that were set aside: see, mend, judge again or dismiss them.",
    epilog="Example: shopwright rejected list --table products",
)

TableOption = Annotated[str | None, typer.Option("--table", help="Of one table.")]
RuleOption = Annotated[str | None, typer.Option("--rule", help="That broke one rule.")]
DeliveryOption = Annotated[str | None, typer.Option("--delivery", help="Of one delivery.")]
StatusOption = Annotated[
    str,
    typer.Option(
        "--status",
        help="open (rejected or waiting), rejected, waiting, resolved, dismissed, published, all.",
    ),
]
NumbersArgument = Annotated[list[int], typer.Argument(metavar="NUMBER...", show_default=False)]


@rejected.command("list")
def list_(
    table: TableOption = None,
    rule: RuleOption = None,
    status: StatusOption = "open",
    delivery: DeliveryOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List rows that were set aside, without what they say.

    \b
    Examples:
      shopwright rejected list
      shopwright rejected list --table transactions --rule customer_is_unknown
    """
    from shopwright.processing.rejections import Filter

    rows = _found(workspace, Filter(table, rule, status, delivery), quiet=json)
    if json:
        print_json([_described(row) for row in rows])
        return
    if not rows:
        say("No row is set aside." if status == "open" else "There is no such row.")
        return
    columns = ["number", "table", "key", "status", "delivery", "file", "line", "rules"]
    shown = [
        [
            str(row.number), row.table, row.key or "", row.status, row.delivery, row.file,
            count(row.line), ", ".join(row.rules),
        ]
        for row in rows[:SHOWN_ROWS]
    ]  # fmt: skip
    print_table(columns, shown, right=["number", "line"])
    if len(rows) > SHOWN_ROWS:
        say(f"{len(rows):,} rows, of which the first {SHOWN_ROWS}; --json gives all.")


@rejected.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", show_default=False)],
    personal: Annotated[
        bool, typer.Option("--personal", help="Show names, addresses and the like too.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show one row whole, with the rules it broke.

    \b
    Example:
      shopwright rejected show 17
    """
    from shopwright.ingestion.contract import contract
    from shopwright.processing.rejections import find_one, sentence
    from shopwright.processing.rulebook import Rulebook

    opened = open_workspace(workspace)
    rulebook = Rulebook.of_workspace(opened)
    with _connection(opened, quiet=json) as connection:
        row = find_one(connection, number)
    values = row.row if personal else contract()[row.table].masked(row.row)
    sentences = {name: sentence(rulebook, row.table, name) for name in row.rules}
    if json:
        print_json({**_described(row), "sentences": sentences, "row": values})
        return
    say(f"{row.status}: {row.delivery}/{row.file}, line {row.line}")
    if row.dismissed_reason:
        say(f"Dismissed: {row.dismissed_reason}")
    print_table(["rule", "why"], [[name, text] for name, text in sentences.items()])
    if values:
        print_table(["column", "value"], [[name, str(value)] for name, value in values.items()])
    else:
        say("What it said was erased, as [retention] rejected_days says.")


@rejected.command()
def export(
    table: Annotated[str, typer.Option("--table", help="The table.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The CSV file.", show_default=False)],
    rule: RuleOption = None,
    status: StatusOption = "rejected",
    delivery: DeliveryOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write rows as they were delivered to a CSV file, to be mended and delivered again.

    The file holds personal data where the rows do.

    \b
    Example:
      shopwright rejected export --table products --out products.csv
    """
    import csv

    from shopwright.ingestion.contract import contract
    from shopwright.processing.rejections import Filter

    rows = _found(workspace, Filter(table, rule, status, delivery), quiet=False)
    used = {column for row in rows for column in row.row}
    known = [column for column in contract()[table].columns if column in used]
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*known, *sorted(used - set(known))], restval="")
        writer.writeheader()
        writer.writerows(row.row for row in rows)
    say(f"Wrote {plural(len(rows), 'row', 'rows')} to {out}.")
    say(f"Mend them and deliver them as a file {table}.csv in a new folder of deliveries.")


@rejected.command()
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER...]", show_default=False)
    ] = None,
    table: TableOption = None,
    rule: RuleOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Judge rejected rows again, by the rules as they are now.

    All of them, or those that the options name. Rows that wait are tried again in every run and
    need no word. A row that contradicts another one of its delivery stays rejected.

    \b
    Examples:
      shopwright rejected retry --rule line_total_does_not_add_up
      shopwright rejected retry 17 18
    """
    from shopwright.orchestration.run import retry as judge_again
    from shopwright.processing.rejections import (
        Filter,
        can_be_judged_again,
        find,
        refuse_unknown_rule,
    )
    from shopwright.processing.rulebook import Rulebook
    from shopwright.storage.migrations import migrate

    wanted = Filter(table, rule, "rejected", numbers=tuple(numbers or ()))
    opened = open_workspace(workspace)
    with progress(quiet=json) as report, watched_database(opened, report) as database:
        migrate(database)
        with database.connect() as connection:
            refuse_unknown_rule(connection, wanted, Rulebook.of_workspace(opened))
            chosen = [row.number for row in find(connection, wanted) if can_be_judged_again(row)]
        if chosen:
            judge_again(opened, database, chosen, report=report)
        with database.connect() as connection:
            every = Filter(status="all", numbers=tuple(chosen))
            after = [row.status for row in find(connection, every)] if chosen else []
    outcomes = {status: after.count(status) for status in sorted(set(after))}
    if json:
        print_json({"tried": len(chosen), **outcomes})
        return
    said = ", ".join(f"{number:,} {status}" for status, number in outcomes.items())
    say(f"Judged {plural(len(chosen), 'row', 'rows')} again{': ' + said if said else ''}.")


@rejected.command()
def dismiss(
    numbers: NumbersArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why.", show_default=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Give rows up for good: they stay in the account, and on no list of what is open.

    \b
    Example:
      shopwright rejected dismiss 17 18 --reason "test orders of the developers"
    """
    from shopwright.orchestration.record import the_lock
    from shopwright.processing.rejections import dismiss as give_up

    opened = open_workspace(workspace)
    with (
        opened_database(opened) as database,
        the_lock(database),
        database.connect() as connection,
    ):
        give_up(connection, list(numbers), reason)
    say(f"Dismissed {plural(len(set(numbers)), 'row', 'rows')}.")


@contextmanager
def _connection(opened: "Workspace", *, quiet: bool) -> Iterator["Connection"]:
    from shopwright.storage.migrations import migrate

    with progress(quiet=quiet) as report, opened_database(opened, report) as database:
        migrate(database)
        with database.connect() as connection:
            yield connection


def _found(workspace: Path | None, wanted: "Filter", *, quiet: bool) -> "list[SetAside]":
    from shopwright.processing.rejections import find, refuse_unknown_rule
    from shopwright.processing.rulebook import Rulebook

    opened = open_workspace(workspace)
    with _connection(opened, quiet=quiet) as connection:
        refuse_unknown_rule(connection, wanted, Rulebook.of_workspace(opened))
        return list(find(connection, wanted))


def _described(row: "SetAside") -> dict[str, object]:
    """A row without what it says."""
    return {
        "number": row.number, "table": row.table, "key": row.key, "status": row.status,
        "delivery": row.delivery, "file": row.file, "line": row.line, "rules": row.rules,
        "dismissed_reason": row.dismissed_reason,
    }  # fmt: skip
