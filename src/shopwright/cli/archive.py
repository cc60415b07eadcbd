"""The archive of published deliveries: list, move, restore."""

from pathlib import Path
from typing import Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, plural, print_json, print_table, progress, say

archive = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Published deliveries, packed and out of the way: list, move, restore.",
    epilog="Example: shopwright archive list",
)


@archive.command("list")
def list_(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List the deliveries in the archive.

    \b
    Example:
      shopwright archive list
    """
    from shopwright.ingestion.archive import files_in, find_archived

    opened = open_workspace(workspace)
    found, refused = find_archived(opened.archive)
    packed = [sum(path.stat().st_size for path in files_in(one.folder)) for one in found]
    if json:
        print_json(
            [
                {
                    "delivery": one.name,
                    "folder": one.folder,
                    "bytes": one.byte_count,
                    "packed": size,
                }
                for one, size in zip(found, packed, strict=True)
            ]
        )
    else:
        rows = [
            [one.name, str(one.folder.relative_to(opened.folder)), str(len(one.files)),
             byte_size(one.byte_count), byte_size(size)]
            for one, size in zip(found, packed, strict=True)
        ]  # fmt: skip
        columns = ["delivery", "folder", "files", "size", "packed"]
        print_table(columns, rows, right=columns[2:])
        say(f"{plural(len(found), 'delivery', 'deliveries')} in {opened.archive}.")
    for error in refused.values():
        raise error


@archive.command("move")
def move(
    after_days: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="Published that many days ago or longer.")
    ] = 0,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Move published deliveries to the archive now.

    \b
    Example:
      shopwright archive move --after-days 30
    """
    from shopwright.orchestration.archiving import archive_published
    from shopwright.orchestration.record import the_lock
    from shopwright.storage.migrations import migrate

    opened = open_workspace(workspace)
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        migrate(database)
        with the_lock(database), database.connect() as connection:
            moved = archive_published(opened, connection, after_days, report)
    if json:
        print_json(moved)
    else:
        say(f"Moved {plural(len(moved), 'delivery', 'deliveries')} to {opened.archive}.")


@archive.command("restore")
def restore(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of the delivery.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to put it. Without it, among the deliveries.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Copy a delivery out of the archive, as it was delivered.

    Among the deliveries it counts as published; changed there, it is a correction. Of several with
    the name, the newest.

    \b
    Example:
      shopwright archive restore 2024-05-01 --out /tmp
    """
    from shopwright.orchestration.archiving import restore_archived

    opened = open_workspace(workspace)
    folder = opened.deliveries if out is None else out.expanduser().absolute()
    found = restore_archived(opened, name, folder)
    if json:
        print_json({"folder": folder / name, "files": [one.name for one in found.files.values()]})
    else:
        say(f"Wrote {folder / name}: {', '.join(one.name for one in found.files.values())}.")
