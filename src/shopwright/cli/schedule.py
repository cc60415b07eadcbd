"""The verb that publishes by itself: schedule."""

from typing import Annotated

import typer

from shopwright.cli.options import WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import say


def schedule(
    headless: Annotated[
        bool, typer.Option("--headless", help="Without the web pages: the daemon alone.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            max=65535,
            help="Of the web pages. [default: 3000, or one that is free]",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Publish every day, and when a delivery arrives, until Ctrl-C.

    Dagster does it. Its web pages show every table, run and check, and start a run, a back-fill or
    a rebuild. They know no password: only this machine can open them. When to run is set under
    [schedule] in shopwright.toml, and read at the start.

    \b
    Examples:
      shopwright schedule
      shopwright schedule --headless
    """
    from shopwright.orchestration.scheduling.pages import chosen_port
    from shopwright.orchestration.scheduling.scheduler import refuse_without_dagster, scheduler

    if headless and port is not None:
        raise typer.BadParameter("--headless has no web pages that --port could be of.")
    refuse_without_dagster()
    opened = open_workspace(workspace)
    at, zone = opened.settings.schedule.at, opened.settings.shop.timezone
    pages = None if headless else chosen_port(port)
    try:
        # kept open, so that the embedded server is there for every run and look of the sensor
        with opened_database(opened), scheduler(opened, port=pages) as started:
            say(f"Publishes every day at {at:%H:%M} ({zone}), and when a delivery has arrived.")
            if started.address:
                say(f"Dagster's pages are at {started.address}")
            say(f"What it does is told in {started.folder / 'log'}. Ctrl-C ends it.")
            started.watch()
    except KeyboardInterrupt:  # how it is meant to end
        say("Stopped. Nothing unfinished was published.")
