"""The command `shopwright`: each verb is thin, and imports what is heavy only when it runs."""

import os
import signal
import sys
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from shopwright import __version__
from shopwright.cli import (
    access,
    alerts,
    archive,
    backup,
    dashboard,
    data,
    demo,
    doctor,
    errors,
    forget,
    logs,
    power_bi,
    quality,
    reading,
    rejected,
    rules,
    runs,
    schedule,
    score,
    semantic,
    tableau,
    workspace,
)
from shopwright.orchestration import log_lines


class Verbs(TyperGroup):
    """The verbs, each of which ends with an exit code and never with a traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Lets --debug stand after the verb as well."""
        end = args.index("--") if "--" in args else len(args)
        if "--debug" in args[:end]:
            args = ["--debug", *(arg for arg in args[:end] if arg != "--debug"), *args[end:]]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Runs the verb and turns what it raises into words and an exit code."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            # Typer shows wrong usage itself. Its class is click's or, in newer ones, Typer's own.
            if hasattr(error, "show"):
                raise
            raise typer.Exit(errors.report_error(error, debug=ctx.params["debug"])) from None


app = typer.Typer(
    name="shopwright",
    cls=Verbs,
    help="An online shop's CSV extracts become a star-schema warehouse that people trust.",
    epilog="Try `shopwright demo`, or `shopwright VERB --help` for what a verb does.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help starts quickly and reads well in a document
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shopwright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and leave."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """The options before the verb; both are read elsewhere."""


app.command("demo")(demo.demo)
app.command("init")(workspace.init)
app.command("generate")(data.generate)
app.command("import")(data.import_)
app.command("run")(runs.run)
app.command("back-fill")(runs.back_fill)
app.command("rebuild")(runs.rebuild)
app.command("schedule")(schedule.schedule)
app.command("score")(score.score)
app.add_typer(rejected.rejected, name="rejected")
app.command("status")(workspace.status)
app.command("logs")(logs.logs)
app.add_typer(alerts.alerts, name="alerts")
app.command("rules")(rules.rules)
app.command("quality")(quality.quality)
app.command("dashboard")(dashboard.dashboard)
app.command("powerbi")(power_bi.powerbi)
app.command("query")(reading.query)
app.command("export")(reading.export)
app.command("semantic")(semantic.semantic)
app.command("tableau")(tableau.tableau)
app.command("reader-password")(access.reader_password)
app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    reading.psql
)
app.command("forget")(forget.forget)
app.add_typer(archive.archive, name="archive")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("migrate-database")(backup.migrate_database)
app.command("doctor")(doctor.doctor)


def main() -> NoReturn:
    """The entry point. Ends with 0 fine, 1 the data or the run failed, 2 used wrongly."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        log_lines.write_to(sys.stderr, os.environ)
    except ValueError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)
    app(prog_name="shopwright")
    sys.exit(0)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise errors.Terminated
