"""The verb that exports the metrics for other tools: semantic."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace
from shopwright.cli.printing import print_json, print_table, say

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace


def semantic(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write to.", show_default=False)
    ],
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write the metrics in the open formats of other tools.

    OUT/metricflow holds models and metrics for a dbt project (MetricFlow), OUT/ossie an Apache
    Ossie (Open Semantic Interchange) document of version 0.1.1. What a format cannot say is listed.

    \b
    Example:
      shopwright semantic ~/semantics
    """
    from shopwright.serving.interchange.export import export_semantics

    opened = open_workspace(workspace)
    exported = export_semantics(out.expanduser().absolute(), _database_name(opened))
    if json:
        print_json(exported)
        return
    say(f"Wrote {len(exported.files)} files to {exported.folder}:")
    for file in exported.files:
        say(f"  {file.relative_to(exported.folder)}")
    say()
    say(f"What a format cannot say ({len(exported.not_expressed)}; * stands for any metric):")
    rows = [[one.format, one.metric, one.reason] for one in exported.not_expressed]
    print_table(["format", "metric", "because"], rows)


def _database_name(workspace: "Workspace") -> str:
    from psycopg.conninfo import conninfo_to_dict

    from shopwright.storage.database import DATABASE_NAME, libpq_url

    url = workspace.settings.database.url
    if url is None:
        return DATABASE_NAME
    given = conninfo_to_dict(libpq_url(url))
    return str(given.get("dbname") or given.get("user") or DATABASE_NAME)
