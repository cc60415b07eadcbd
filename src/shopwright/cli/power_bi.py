"""The verb that builds a Power BI project: powerbi."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import note, print_json, progress, say

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.storage.database import Database
    from shopwright.visualization.power_bi.folder import Written
    from shopwright.visualization.power_bi.sources import FilesSource, PostgresSource


class PowerBiSource(StrEnum):
    """Where a Power BI project reads from."""

    postgres = "postgres"
    files = "files"


def powerbi(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The folder to build in.", show_default=False)
    ],
    source: Annotated[
        PowerBiSource, typer.Option(help="What the project reads: the database, or its export.")
    ] = PowerBiSource.postgres,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Build a Power BI project: metrics as measures, pages as a report.

    Open Shop.pbip in Power BI Desktop. A later build in the same folder keeps the pages, visuals
    and tables that were added to it. With --source files the export that it reads is written, too.

    \b
    Examples:
      shopwright powerbi ~/shop-report
      shopwright powerbi ~/shop-report --source files
    """
    from shopwright.visualization.power_bi.folder import write
    from shopwright.visualization.power_bi.project import project

    opened, folder = open_workspace(workspace), out.expanduser().absolute()
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        chosen = _files(opened, database) if source is PowerBiSource.files else _postgres(
            opened, database
        )  # fmt: skip
        report("compiling", 0, 0)
        with database.connect() as connection:
            made = project(opened.settings.shop, connection, chosen)
        written = write(made, folder, source.value)
    if json:
        print_json(written)
        return
    _say(written, opened)


def _postgres(workspace: "Workspace", database: "Database") -> "PostgresSource":
    """The server as others reach it: the address of its URL, or the one it is set to listen on."""
    from psycopg.conninfo import conninfo_to_dict

    from shopwright.visualization.power_bi.sources import PostgresSource

    given = conninfo_to_dict(database.url)
    name = str(given.get("dbname") or "shopwright")
    if database.server is not None:
        return PostgresSource(workspace.settings.database.listen or "127.0.0.1:5432", name)
    host = str(given.get("host") or "localhost")
    return PostgresSource(
        f"{'localhost' if host.startswith('/') else host}:{given.get('port') or 5432}", name
    )


def _files(workspace: "Workspace", database: "Database") -> "FilesSource":
    """The workspace's own export, written anew where something changed."""
    from shopwright.serving.export import export_tables
    from shopwright.visualization.power_bi.sources import FilesSource

    folder = workspace.exports / "parquet"
    export_tables(database, folder, "parquet")
    return FilesSource(f"{folder}/")


def _say_gaps(written: "Written") -> None:
    """What the report lacks of the web page: each reason once, with the visuals it holds for."""
    lacking: dict[tuple[bool, str, str], list[str]] = {}
    for one in written.gaps:
        lacking.setdefault((one.is_shown, one.reason, one.stands_in), []).append(one.visual)
    for (is_shown, reason, stands_in), names in lacking.items():
        say("")
        say(f"{'Shown without' if is_shown else 'Not shown:'} {reason}. Instead: {stands_in}.")
        say(f"  {', '.join(names)}")


def _say(written: "Written", workspace: "Workspace") -> None:
    say(
        f"Built {written.folder / 'Shop.pbip'}: {written.visuals} visuals on {written.pages} pages,"
        f" {written.measures} measures. {written.changed} of {written.files} files changed."
    )
    if written.kept:
        say(f"Kept {len(written.kept)} files that you added.")
    _say_gaps(written)
    settings = workspace.settings.database
    if written.source == "postgres" and settings.url is None and settings.listen is None:
        note(
            "Note: the embedded database is reached from Power BI once it listens: see "
            "docs/power-bi.md, or build with --source files."
        )
