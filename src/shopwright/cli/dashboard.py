"""The verb that shows the figures in a browser: dashboard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, progress, say

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.storage.database import Database

_PATIENCE = 3.0
"""Seconds to wait for the copy that answers fast: small shops' is there at once."""


def dashboard(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; elsewhere it wants a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=0,
            max=65535,
            help="Where to listen. [default: 8321, or one that is free]",
            show_default=False,
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write one HTML file that can be mailed, and end.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the dashboard in a browser, until Ctrl-C.

    It reads as the role that sees no personal data. Bound to another address than this machine's
    own, it lets in who brings the token that it prints.

    \b
    Examples:
      shopwright dashboard
      shopwright dashboard --export report.html
    """
    if export is not None and not export.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {export.absolute().parent} to write to.")
    opened = open_workspace(workspace)
    if export is None:
        with opened_database(opened) as database:
            serve_dashboard(opened, database, host=host, port=port, opens=not no_open)
        return
    with progress() as report, opened_database(opened, report) as database:
        report("computing the figures", 0, 0)
        _write_report(opened, database, export.absolute())
    say(f"Wrote {export} ({byte_size(export.stat().st_size)}).")


def _write_report(workspace: "Workspace", database: "Database", file: Path) -> None:
    from contextlib import closing

    from shopwright.cli.formats import whole_file
    from shopwright.visualization.dashboard import Dashboard
    from shopwright.visualization.warehouse import Warehouse
    from shopwright.visualization.web.report_file import report_file

    with closing(Warehouse(database)) as warehouse:
        made = Dashboard(warehouse, workspace.settings.shop)
        warehouse.wait(None)
        html = report_file(made)
    with whole_file(file) as new:
        new.write_text(html, encoding="utf-8")


def serve_dashboard(
    workspace: "Workspace",
    database: "Database",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    opens: bool = False,
) -> None:
    """Serves until Ctrl-C, which is no error here."""
    import webbrowser
    from contextlib import closing, suppress

    from shopwright.visualization.dashboard import Dashboard
    from shopwright.visualization.warehouse import Warehouse
    from shopwright.visualization.web.serving import listen, serve

    with closing(Warehouse(database)) as warehouse:
        listening = listen(host, port)
        made = Dashboard(warehouse, workspace.settings.shop)
        made.look_ahead()
        warehouse.wait(_PATIENCE)
        say(f"The dashboard is at {listening.address}")
        say("Ctrl-C ends it.")
        if opens:
            webbrowser.open(listening.address)
        with suppress(KeyboardInterrupt):
            serve(made, listening)
        say("Stopped.")
