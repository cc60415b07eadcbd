"""Verbs on the workspace as a whole: init, status."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, print_json, progress, say, some
from shopwright.cli.runs import print_accounts

if TYPE_CHECKING:
    from shopwright.cli.overview import LastRun, Overview


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Made if it is missing.", show_default=False)
    ],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The shop's name. [default: the folder's]", show_default=False
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="Of the business day, such as Europe/Paris. [default: UTC]",
            show_default=False,
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="What reports are counted in, such as USD. [default: EUR]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a workspace: a folder with settings and deliveries.

    \b
    Example:
      shopwright init my-shop --timezone Europe/Paris --currency EUR
    """
    from shopwright.config.workspace import SETTINGS_FILE, Workspace

    made = Workspace.create(folder, name=name, timezone=timezone, currency=currency)
    shop = made.settings.shop
    say(f"Made the workspace {made.folder} ({shop.name}, {shop.timezone}, {shop.currency}).")
    say(f"Its settings are in {SETTINGS_FILE}. Go on with:")
    say(f"  cd {folder}")
    say("  shopwright generate                 for a made-up shop's deliveries, or")
    say("  shopwright import MAPPING FOLDER    for your own files")
    say("  shopwright run")


def status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Show how the workspace stands, and what to do next.

    Deliveries published and pending, rows per table, how fresh it is, the last run and the next,
    rows set aside, disk, alerts.

    \b
    Example:
      shopwright status
    """
    from shopwright.cli.overview import look

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        found = look(opened, database)
    if json:
        print_json(found)
    else:
        _print_overview(found)


def _print_overview(found: "Overview") -> None:
    pending = len(found.pending)
    facts = [
        ("workspace", f"{found.workspace} ({found.shop}, {found.timezone}, {found.currency})"),
        ("database", f"{found.database} ({byte_size(found.database_bytes)})"),
        ("server", found.server_version),
        ("deliveries", f"{found.published:,} published, {pending:,} pending"),
        ("newest business date", str(found.newest_business_date or "none yet")),
        ("last published", _published_in_words(found)),
        ("last run", _run_in_words(found.last_run)),
        ("next run", _next_run_in_words(found)),
        ("set aside", _set_aside_in_words(found.open_rejections)),
        ("disk", f"{byte_size(found.free_bytes)} free at {found.fullest_disk}"),
        ("alerts", some([one.cause for one in found.alerts]) or "none open"),
    ]
    width = max(len(name) for name, _ in facts)
    for name, fact in facts:
        say(f"{name:<{width}}  {fact}")
    if found.pending:
        say(f"{'pending':<{width}}  {some(found.pending)}")
    say()
    if found.accounts:
        print_accounts(found.accounts)
    if found.problem:
        say(f"Cannot be read: {found.problem}")
    say(f"Next: {found.next}")


def _published_in_words(found: "Overview") -> str:
    if found.last_published_at is None or found.published_seconds_ago is None:
        return "nothing yet"
    hours = found.published_seconds_ago / 3600
    ago = f"{hours:.0f} hours ago" if hours >= 2 else f"{hours * 60:.0f} minutes ago"
    return f"{found.last_published_at:%Y-%m-%d %H:%M:%S %Z}, {ago}"


def _next_run_in_words(found: "Overview") -> str:
    by = (
        f"by `shopwright schedule` (process {found.scheduler})"
        if found.scheduler
        else "but no `shopwright schedule` is at work on this machine"
    )
    return f"{found.next_run_at:%Y-%m-%d %H:%M %Z}, {by}"


def _set_aside_in_words(rows: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {status}" for status, number in rows.items()) or "no row"


def _run_in_words(run: "LastRun | None") -> str:
    if run is None:
        return "none yet"
    took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
    text = f"{run.command} {run.run_id}: {run.outcome}{took}, {run.started_at:%Y-%m-%d %H:%M:%S %Z}"
    if run.error:
        text += "".join(f"\n  {line}" for line in run.error.splitlines())
    return text
