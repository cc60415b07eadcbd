"""Verbs about alerts: the list, a look now, a test of the channels, and giving one up."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import plural, print_json, print_table, progress, say

if TYPE_CHECKING:
    from shopwright.orchestration.alerting.listing import Listed

alerts = typer.Typer(
    rich_markup_mode=None,
    epilog="Example: shopwright alerts list --all",
    no_args_is_help=False,
    invoke_without_command=True,
)


@alerts.callback()
def _alerts(
    context: typer.Context, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """What needs a look: alerts that are open, a look now, a test of who is told."""
    if context.invoked_subcommand is None:
        list_(workspace=workspace, json=json)


@alerts.command("list")
def list_(
    show_all: Annotated[
        bool, typer.Option("--all", help="Those too that are over or dismissed.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List what needs a look, and the command that mends it.

    \b
    Examples:
      shopwright alerts list
      shopwright alerts list --all
    """
    from shopwright.orchestration.alerting.listing import listed

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        found = listed(database, closed=show_all)
    if json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        say("Nothing needs a look.")
        return
    for one in found:
        _print_alert(one)
    if not opened.settings.alerts.urls:
        say("Nobody is told of these: [alerts] urls in shopwright.toml is empty.")


def _print_alert(one: "Listed") -> None:
    over = f", over since {one.closed_at:%Y-%m-%d %H:%M}" if one.closed_at else ""
    state = "" if one.state == "closed" else f", {one.state}"
    say(f"{one.number}: {one.cause}{state}, since {one.opened_at:%Y-%m-%d %H:%M %Z}{over}")
    for line in one.message.splitlines():
        say(f"  {line}")
    if one.delivery is not None:
        say(f"  delivery:   {one.delivery}")
    if one.rows is not None:
        say(f"  rows:       {one.rows:,}")
    if one.unsent:
        say(f"  {plural(one.unsent, 'message')} unsent: {one.problem or 'not due yet'}.")
    say(f"  shows more: {one.show}")
    if one.state != "closed":
        say(f"  mends it:   {one.mend}")
    say()


@alerts.command()
def check(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Look now whether something is wrong or over, and tell whoever is to be told.

    Every run ends with it. Between runs it notices a delivery that does not come, and tries again
    what could not be sent: let cron call it every quarter of an hour.

    \b
    Example:
      shopwright alerts check
    """
    from shopwright.orchestration.alerting import look_at

    opened = open_workspace(workspace)
    look = look_at(opened)
    if json:
        names = ("opened", "closed", "open")
        causes = {name: [one.cause.key for one in getattr(look, name)] for name in names}
        sent = sum(one.sent_at is not None for one in look.tried)
        print_json({**causes, "sent": sent, "unsent": len(look.tried) - sent})
        return
    for word, found in (("New", look.opened), ("Over", look.closed)):
        for one in found:
            say(f"{word}: {one.cause.key}")
    say(
        f"{plural(len(look.open), 'alert')} open: shopwright alerts list"
        if look.open
        else "Nothing needs a look."
    )


@alerts.command("test")
def send_tests(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Send a message over every channel, to see that it arrives. Ends with 1 where one fails.

    \b
    Example:
      shopwright alerts test
    """
    import os

    from shopwright.config.settings_file import SettingsInvalid
    from shopwright.orchestration.alerting.delivery import send_test

    opened = open_workspace(workspace)
    if not opened.settings.alerts.urls:
        raise SettingsInvalid(
            "There is nobody to tell: [alerts] urls in shopwright.toml is empty.",
            'Name a channel, such as urls = ["mailtos://USER:${MAIL_PASSWORD}@example.com"]; '
            "docs/monitoring.md has more.",
        )
    problems = send_test(opened, os.environ)
    if json:
        print_json(
            [{"channel": name, "sent": not why, "problem": why} for name, why in problems.items()]
        )
    else:
        rows = [[name, why or "sent"] for name, why in problems.items()]
        print_table(["channel", "what became of it"], rows)
    if any(problems.values()):
        raise typer.Exit(1)


@alerts.command()
def dismiss(
    number: Annotated[int, typer.Argument(metavar="NUMBER", show_default=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Say that an alert is known, or needs no mending: nobody is told of it any more.

    It is over, in silence, when what it is about is.

    \b
    Example:
      shopwright alerts dismiss 3
    """
    from shopwright.orchestration.alerting.listing import dismiss as give_up

    opened = open_workspace(workspace)
    with opened_database(opened) as database:
        cause = give_up(database, number)
    say(f"Dismissed {number}: {cause}.")
