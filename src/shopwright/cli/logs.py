"""The verb that tells how a run went: logs."""

from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import (
    byte_size,
    count,
    print_json,
    print_table,
    progress,
    say,
    some,
)
from shopwright.cli.runs import print_accounts, print_rules

if TYPE_CHECKING:
    from shopwright.cli.run_history import RunHistory


def logs(
    run: Annotated[
        int | None,
        typer.Argument(metavar="[RUN]", help="Its number; else the newest.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Tell how a run went: its steps, changes, refusals and error.

    \b
    Examples:
      shopwright logs
      shopwright logs 12
    """
    from shopwright.cli.run_history import history_of

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        found = history_of(database, run)
    if json:
        print_json(found)
    else:
        _print(found)


def _print(run: "RunHistory") -> None:
    took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
    memory = byte_size(run.peak_memory_bytes) if run.peak_memory_bytes is not None else "unknown"
    facts = [
        ("run", f"{run.run_id}: {run.command}, {run.outcome}{took}"),
        ("started", f"{run.started_at:%Y-%m-%d %H:%M:%S %Z} by {run.started_by or 'unknown'}"),
        ("memory", f"{memory} at most, PostgreSQL's aside"),
        (
            "versions",
            f"Shopwright {run.version}, PostgreSQL {run.server_version or 'unknown'}, "
            f"Python {run.python_version or 'unknown'}",
        ),
        ("deliveries", some(run.deliveries) or "none"),
    ]
    if run.stopped_at:
        facts.append(("stopped at", run.stopped_at))
    for name, fact in facts:
        say(f"{name:<10}  {fact}")
    say()
    if run.steps:
        print_table(
            ["step", "rows", "seconds"],
            [[one.name, count(one.rows), f"{one.seconds:.3f}"] for one in run.steps],
            right=["rows", "seconds"],
        )
    if run.accounts:
        print_accounts(run.accounts)
    for sentence in run.changes:
        say(sentence)
    print_rules(run.rules)
    for name, problem in run.refused.items():
        say(f"Refused {name}: {problem}")
    if run.error:
        say(f"Error: {run.error}")
    for alert in run.alerts:
        say(f"Alert {alert}")
    if run.earlier:
        say(f"Earlier runs: {', '.join(run.earlier)}")
