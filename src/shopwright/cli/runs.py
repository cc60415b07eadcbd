"""Verbs that publish: run, back-fill, rebuild."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, watched_database
from shopwright.cli.printing import count, note, plural, print_json, print_table, progress, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopwright.cli.overview import BrokenRule
    from shopwright.config.workspace import Workspace
    from shopwright.orchestration.record import RunResult, TableAccount

MOST_CHANGES = 20
"""Of columns, told one by one at the end of a run; the quality report has the newest 50."""


def run(
    one_by_one: Annotated[
        bool,
        typer.Option("--one-by-one", help="Publish each delivery in a transaction of its own."),
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Publish every pending delivery.

    All at once or, on any error, nothing; readers see the old figures until the end. A delivery
    that was published before is left out, unless its content has changed. So is one that cannot
    be read at all: it is named, and tried again in the next run.

    \b
    Example:
      shopwright run
    """
    _publish(open_workspace(workspace), json=json, one_by_one=one_by_one)


def _publish(
    opened: "Workspace",
    *,
    json: bool,
    one_by_one: bool = False,
    again: "tuple[date, date] | None" = None,
) -> None:
    from shopwright.cli.overview import broken_rules
    from shopwright.orchestration.record import DeliveriesRefused
    from shopwright.orchestration.run import run as run_pending

    with progress(quiet=json) as report, watched_database(opened, report) as database:
        refused = None
        try:
            result = run_pending(
                opened, database, one_by_one=one_by_one, again=again, report=report
            )
        except DeliveriesRefused as error:
            refused, result = error, error.result
        rules = broken_rules(database, result.run_id)
    if json:
        print_json(
            {"outcome": result.outcome, **asdict(result), "rules": [asdict(one) for one in rules]}
        )
    elif result.deliveries or not refused:
        _print_run(opened, result, rules)
        _print_housekeeping(result)
    if refused:
        raise refused


def _print_run(opened: "Workspace", result: "RunResult", rules: "Sequence[BrokenRule]") -> None:
    if not result.deliveries:
        if opened.archive.exists() or any(one.is_dir() for one in opened.deliveries.iterdir()):
            say("Nothing to do: every delivery is published.")
        else:
            say(f"Nothing to do: there is no delivery in {opened.deliveries}.")
        return
    say(
        f"Published {plural(len(result.deliveries), 'delivery', 'deliveries')} "
        f"in {result.seconds:.1f} s (run {result.run_id})."
    )
    print_accounts(result.accounts)
    print_files(result)
    print_rules(rules)


def _print_housekeeping(result: "RunResult") -> None:
    if result.archived:
        say(f"Moved {plural(len(result.archived), 'delivery', 'deliveries')} to the archive.")
    for what, why in result.left_undone.items():
        note(f"Note: {what} was left undone, and is tried again by the next run: {why}")


def back_fill(
    first_day: Annotated[
        datetime,
        typer.Argument(
            metavar="FIRST",
            formats=["%Y-%m-%d"],
            help="A day, such as 2024-05-01.",
            show_default=False,
        ),
    ],
    last_day: Annotated[
        datetime | None,
        typer.Argument(
            metavar="LAST",
            formats=["%Y-%m-%d"],
            help="The same day unless given.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Publish again the deliveries of a day, or of the days from FIRST to LAST.

    Also those that were published before: for files that are read otherwise since a setting
    changed, or for rows that somebody removed. Rows that say nothing new count as duplicates.

    \b
    Examples:
      shopwright back-fill 2024-05-01
      shopwright back-fill 2024-05-01 2024-05-31
    """
    days = first_day.date(), (last_day or first_day).date()
    _publish(open_workspace(workspace), json=json, again=days)


def rebuild(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Derive the warehouse anew from production.

    Readers go on reading. Rows are written only where the warehouse was wrong, as after a change
    by hand.

    \b
    Example:
      shopwright rebuild
    """
    from shopwright.orchestration.run import rebuild as rebuild_warehouse

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, watched_database(opened, report) as database:
        result = rebuild_warehouse(database, report=report)
    if json:
        print_json(asdict(result))
        return
    _print_rebuilt(result)


def print_accounts(accounts: "Sequence[TableAccount]") -> None:
    """What became of the rows of every table."""
    if not accounts:
        say("The files held column names and not a single row.")
        return
    columns = ["table", "rows in", "accepted", "duplicates", "rejected", "waiting", "malformed"]
    rows = [
        [
            one.table,
            *map(count, (one.rows, one.accepted, one.duplicates, one.rejected, one.waiting)),
            count(one.malformed),
        ]
        for one in accounts
    ]
    print_table(columns, rows, right=columns[1:])


def print_files(result: "RunResult") -> None:
    """How files were read that are not plain, which columns changed, which lines are no rows."""
    for one in result.readings:
        files = plural(one.files, "file")
        say(f"{one.table}: {files} read as {one.encoding} with delimiter {one.delimiter!r}.")
    for change in result.changes[:MOST_CHANGES]:
        say(change.sentence)
    if (more := len(result.changes) - MOST_CHANGES) > 0:
        say(f"{plural(more, 'more change')} of columns: shopwright quality --html quality.html")
    if any(one.malformed for one in result.accounts):
        say(
            "Malformed lines are kept whole: shopwright psql -- -c "
            "'select * from quality.malformed_lines'"
        )


def print_rules(rules: "Sequence[BrokenRule]") -> None:
    """Which rules were broken, and how to see the rows."""
    if not rules:
        return
    columns = ["table", "rule", "severity", "found in"]
    rows = [[one.table, one.rule, one.severity, plural(one.rows, one.unit)] for one in rules]
    print_table(columns, rows, right=["found in"])
    if any(one.severity != "warn" for one in rules):
        say("Rows that were set aside are kept whole: shopwright rejected list")
    say("What to do about each: shopwright quality --html quality.html")


def _print_rebuilt(result: "RunResult") -> None:
    wrong = [step for step in result.steps if step.name.startswith("warehouse.") and step.rows]
    if not wrong:
        say(f"The warehouse was right: no row had to change ({result.seconds:.1f} s).")
        return
    total = plural(sum(step.rows for step in wrong), "row")
    say(f"Derived the warehouse anew in {result.seconds:.1f} s; {total} had to change.")
    print_table(
        ["table", "rows"], [[step.name, count(step.rows)] for step in wrong], right=["rows"]
    )
