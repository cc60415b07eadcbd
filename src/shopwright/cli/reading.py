"""Verbs that read the warehouse: query, export, psql."""

import os
import shutil
import signal
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import (
    byte_size,
    count,
    note,
    print_json,
    print_table,
    progress,
    say,
)

if TYPE_CHECKING:
    from shopwright.serving.query import Answer
    from shopwright.storage.database import Database


class QueryFormat(StrEnum):
    """Forms of an answer."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    parquet = "parquet"


class ExportFormat(StrEnum):
    """Forms of an exported table."""

    csv = "csv"
    parquet = "parquet"


def query(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name of an analysis.", show_default=False),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="What the analysis is told; may be given again.",
            show_default=False,
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the analyses and their parameters instead.")
    ] = False,
    statement: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="SQL",
            help="One statement instead of an analysis; - reads it from standard input.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        QueryFormat, typer.Option("--format", help="Form of the answer.")
    ] = QueryFormat.table,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to write, instead of the terminal.", show_default=False
        ),
    ] = None,
    as_owner: Annotated[
        bool, typer.Option("--as-owner", help="Also read production, which holds personal data.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="SECONDS", help="Give up after it.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Ask the database a question: a named analysis, or your own SQL.

    One statement, in a read only transaction.

    It is asked as the role shopwright_reader, which sees no personal data.

    \b
    Examples:
      shopwright query top_products --param top=5
      shopwright query --list
      shopwright query --sql "select sum(net_amount) from warehouse.fact_sales" --format csv
    """
    from shopwright.serving.query import ask

    if list_:
        _print_analyses()
        return
    _check_target(form, out)
    text, values = _asked(name, statement, param or [])
    opened = open_workspace(workspace)
    lists = form is QueryFormat.json
    with (
        opened_database(opened) as database,
        ask(
            database, text, parameters=values, as_owner=as_owner, seconds=timeout, lists=lists
        ) as answer,
    ):
        _tell_role(database, answer.role, as_owner)
        _write_answer(answer, form, out)


def _asked(name: str | None, statement: str | None, parameters: list[str]) -> tuple[str, list[Any]]:
    """The statement to run and its values: an analysis's or one's own."""
    from shopwright.serving.analyses import analysis

    if (name is None) == (statement is None):
        raise typer.BadParameter(
            "name an analysis, or give a statement with --sql. `shopwright query --list` lists "
            "the analyses."
        )
    given = dict(one.partition("=")[::2] for one in parameters)
    if not all("=" in one for one in parameters) or (given and name is None):
        raise typer.BadParameter("--param is NAME=VALUE, for an analysis that is named.")
    if name is not None:
        return analysis(name).bound(given)
    return (sys.stdin.read() if statement == "-" else statement or ""), []


def _print_analyses() -> None:
    from shopwright.serving.analyses import analyses

    rows = []
    for one in analyses().values():
        parameters = (
            f"{each.name}={'' if each.default is None else each.default}" for each in one.parameters
        )
        rows.append([one.name, one.grain.removesuffix("."), " ".join(parameters)])
    print_table(["analysis", "what a row is", "parameters"], rows)
    say("How to read each stands in docs/analyses.md.")


def _check_target(form: QueryFormat, out: Path | None) -> None:
    if form is QueryFormat.parquet and out is None:
        raise typer.BadParameter("parquet is not text: name a file with --out FILE.")
    if form is QueryFormat.table and out is not None:
        raise typer.BadParameter("a file wants --format csv, json, markdown or parquet.")
    if out is not None and not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.absolute().parent} to write {out} to.")


def _tell_role(database: "Database", role: str, as_owner: bool) -> None:
    from shopwright.storage.roles import READER

    if not as_owner and role != READER and database.server is None:
        note(
            f"Note: asked as {role}, who may see personal data: this user cannot take on the role "
            f"{READER}. An administrator can change that: grant {READER} to {role};"
        )


def _write_answer(answer: "Answer", form: QueryFormat, out: Path | None) -> None:
    from shopwright.cli.formats import WRITERS, whole_file, write_parquet_file, write_table

    if form is QueryFormat.table:
        write_table(answer)
    elif out is None:
        WRITERS[form](answer, sys.stdout)
        sys.stdout.flush()
    else:
        with whole_file(out.absolute()) as file:
            if form is QueryFormat.parquet:
                write_parquet_file(answer, file)
            else:
                with file.open("w", encoding="utf-8", newline="") as stream:
                    WRITERS[form](answer, stream)


def export(
    form: Annotated[
        ExportFormat, typer.Option("--format", help="Form of the files.")
    ] = ExportFormat.csv,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to write. Without it, exports/csv or exports/parquet in the workspace.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write every table of the warehouse to a file, and every analysis.

    All files are of the same moment, and none is written before all can be. Files whose content is
    the same stay as they are. datapackage.json describes tables, columns and keys.

    \b
    Example:
      shopwright export --format parquet --out ~/shop
    """
    from shopwright.serving.export import export_tables

    opened = open_workspace(workspace)
    folder = (out or opened.exports / form.value).expanduser().absolute()
    with progress(quiet=json) as report, opened_database(opened, report) as database:
        summary = export_tables(database, folder, form.value, report=report)
    if json:
        print_json(summary)
        return
    changed = sum(one.is_changed for one in summary.tables)
    of_all = "" if changed == len(summary.tables) else f" of {len(summary.tables)}"
    say(f"Wrote {changed}{of_all} files to {folder} in {summary.seconds:.1f} s.")
    rows = [[one.file.name, count(one.rows), byte_size(one.bytes)] for one in summary.tables]
    print_table(["file", "rows", "size"], rows, right=["rows", "size"])


def psql(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGUMENTS", help="What psql is given.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open PostgreSQL's own terminal on the database.

    It connects as the owner; the server stays up while it is open; its exit code is passed on.

    \b
    Examples:
      shopwright psql
      shopwright psql -- -c '\\d production.transaction_items'
    """
    opened = open_workspace(workspace)
    with opened_database(opened) as database:
        command, environment = psql_command(database)
        exit_code = _run_in_foreground([*command, *(arguments or [])], environment)
    raise typer.Exit(exit_code)


def psql_command(database: "Database") -> tuple[list[str], dict[str, str]]:
    """psql with the database to open, and its environment, which alone holds the password."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    given: dict[str, Any] = conninfo_to_dict(database.url)
    password = given.pop("password", None)
    environment = {**os.environ, "PGTZ": database.timezone}
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return [_psql_program(database), "--dbname", make_conninfo(**given)], environment


def _psql_program(database: "Database") -> str:
    """The embedded server's own, or for another server the one on PATH, else the embedded one's."""
    from shopwright.storage.embedded import EmbeddedServer

    if database.server is not None:
        return str(database.server.bin_folder / "psql")
    return shutil.which("psql") or str(EmbeddedServer(Path.home()).bin_folder / "psql")


def _run_in_foreground(command: list[str], environment: dict[str, str]) -> int:
    # Not exec: the server must be left, and stopped, when psql ends. Ctrl-C is psql's own, to
    # cancel a query; a handler that does nothing is not inherited, as SIG_IGN would be.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
