"""The verb that builds a Tableau workbook: tableau."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, count, print_json, print_table, progress, say

if TYPE_CHECKING:
    from shopwright.storage.database import Database
    from shopwright.visualization.tableau.connections import Connection
    from shopwright.visualization.tableau.package import Built


class Source(Enum):
    """Where the workbook reads its data."""

    extract = "extract"
    csv = "csv"
    postgres = "postgres"


def tableau(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to build in.", show_default=False)
    ],
    source: Annotated[
        Source | None,
        typer.Option(
            help="Where the workbook reads. [default: extract where the extra `tableau` is "
            "installed, else csv]",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Build a Tableau workbook of the dashboard.

    The metrics become calculated fields, visuals worksheets, pages dashboards. What a workbook
    cannot show is listed with what stands in for it. OUT gets shopwright.twb, its data, and both
    as shopwright.twbx; a workbook that you changed is kept under another name.

    \b
    Examples:
      shopwright tableau ~/tableau
      shopwright tableau ~/tableau --source postgres
    """
    from shopwright.serving.query import reading
    from shopwright.visualization.tableau.package import build

    opened = open_workspace(workspace)
    folder = out.expanduser().absolute()
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        way = _way(source, database)
        with reading(database) as connection:
            built = build(connection, opened.settings.shop, folder, way, report)
    if json:
        print_json(built)
    else:
        _print(built)


def _way(source: Source | None, database: "Database") -> "Connection":
    from shopwright.visualization.tableau.connections import CsvConnection, ExtractConnection
    from shopwright.visualization.tableau.extract import can_extract

    if source is Source.postgres:
        return _to_the_database(database)
    if source is Source.csv or (source is None and not can_extract()):
        return CsvConnection()
    return ExtractConnection()


def _to_the_database(database: "Database") -> "Connection":
    from shopwright.storage.roles import READER
    from shopwright.visualization.tableau.connections import PostgresConnection

    host, port, name = database.tcp_address()
    return PostgresConnection(host, port, name, READER)


def _print(built: "Built") -> None:
    rows = f" over {count(built.rows)} lines of sales" if built.rows else ""
    say(
        f"Built {built.worksheets} worksheets on {built.dashboards} dashboards with "
        f"{built.calculations} calculated fields{rows} in {built.seconds:.1f} s."
    )
    for file in built.kept:
        say(f"A workbook there had been changed: it is now {file.name}.")
    files = [[str(one.relative_to(built.folder)), byte_size(one.stat().st_size)]
             for one in built.files]  # fmt: skip
    print_table(["file", "size"], files, right=["size"])
    say(f"What the workbook shows otherwise than the web page ({len(built.left_out)}):")
    columns = ["visual", "not shown", "because", "instead"]
    lines = [[one.visual, one.what, one.reason, one.instead] for one in built.left_out]
    print_table(columns, lines)
