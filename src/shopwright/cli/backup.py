"""Verbs that keep the database safe, or move it: backup, restore, migrate-database."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, note, plural, print_json, progress, say

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.orchestration.backups import Restored
    from shopwright.storage.database import Database

EMBEDDED = "embedded"

ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Replace everything that the database holds.")
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Replaced if it is there.")],
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Put it back elsewhere, and compare.")
    ] = True,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write the database to a file, and prove that it can be put back.

    The file is in the custom format of pg_dump, of one moment; readers and a run go on. It is put
    back into a scratch database on the same server, and every table compared with what was dumped.
    It holds personal data: nobody but you may read it.

    \b
    Example:
      shopwright backup /backups/shop.dump
    """
    from shopwright.orchestration.backups import back_up

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        made = back_up(database, file.expanduser().resolve(), verify=verify, report=report)
    if json:
        print_json(made)
        return
    say(
        f"Wrote {made.file} ({byte_size(made.byte_count)}): {plural(made.rows, 'row')} of "
        f"{plural(made.tables, 'table')}, in {made.seconds:.1f} s."
    )
    if made.verified:
        say("It was put back into a scratch database, and every table is the same there.")
    else:
        say("Whether it can be put back was not tried.")


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `backup` wrote.", show_default=False)
    ],
    replace: ReplaceOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Put a backup back into the workspace's database, whole or not at all.

    One transaction: readers wait for its end. A backup of an older Shopwright is brought up to
    date.

    \b
    Example:
      shopwright restore /backups/shop.dump --replace
    """
    from shopwright.orchestration.backups import restore as put_back

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        done = put_back(database, file.expanduser().resolve(), replace=replace, report=report)
    if json:
        print_json(done)
        return
    _print_restored("Put back", done)
    say("Deliveries that came after the backup are published by: shopwright run")


def migrate_database(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help=f"postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or `{EMBEDDED}`.",
            show_default=False,
        ),
    ],
    replace: ReplaceOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Move the workspace's database to another server.

    Every table is compared before the copy is committed, and the database of before stays as it
    is. Then this says what to write into shopwright.toml: until that is done, nothing has changed.

    \b
    Examples:
      shopwright migrate-database postgresql://shop@db.example.com/shop
      shopwright migrate-database embedded
    """
    from shopwright.config.workspace import SETTINGS_FILE
    from shopwright.orchestration.backups import move

    opened = open_workspace(workspace)
    with (
        progress(quiet=json) as report,
        opened_database(opened, report) as database,
        _target(opened, url) as target,
    ):
        scratch = opened.folder / ".shopwright"
        done = move(database, target, scratch, replace=replace, report=report)
    line, has_password = _line(url)
    if json:
        print_json({**asdict(done), "setting": line})
        return
    _print_restored("Copied, and found the same,", done)
    say()
    say(f"Now write into {opened.folder / SETTINGS_FILE}, under [database]:")
    say(f"  {line}")
    if has_password:
        say("The password belongs into ~/.pgpass, or the whole URL into SHOPWRIGHT_DATABASE_URL.")


def _target(workspace: "Workspace", url: str) -> "Database":
    from shopwright.config import DatabaseSettings
    from shopwright.config.workspace import Workspace
    from shopwright.storage.database import open_database

    settings = workspace.settings
    there = DatabaseSettings(
        url=None if url == EMBEDDED else url, data_folder=settings.database.data_folder
    )
    return open_database(
        Workspace(workspace.folder, settings.model_copy(update={"database": there}))
    )


def _line(url: str) -> tuple[str, bool]:
    """The setting that leads to the new database, and whether its URL has a password."""
    import sqlalchemy

    if url == EMBEDDED:
        return "# url = ...  (none: Shopwright runs its own PostgreSQL)", False
    made = sqlalchemy.make_url(url)
    shown = made._replace(password=None).render_as_string(hide_password=False)
    return f'url = "{shown}"', made.password is not None


def _print_restored(what: str, done: "Restored") -> None:
    say(
        f"{what} {plural(done.rows, 'row')} of {plural(done.tables, 'table')}, with "
        f"{done.constraints} constraints and indexes, in {done.seconds:.1f} s: {done.database}."
    )
    for missing in done.not_granted:
        note(f"Note: not granted: {missing}. Make it and grant anew what it may see.")
