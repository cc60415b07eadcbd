"""The verb that shows what rows are judged by: rules."""

from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import print_json, print_table, progress, say

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.processing.rulebook import Rulebook

COLUMNS = ("name", "dimension", "severity", "sentence")


def rules(
    table: Annotated[
        str | None, typer.Option("--table", help="Of one table.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List the rules that rows are held against, and how severe each is.

    The package's, and the workspace's own in rules/TABLE.rules.yml. The predicates of the latter
    are tried out on the database, as every run does before it begins.

    \b
    Examples:
      shopwright rules
      shopwright rules --table products --json
    """
    from shopwright.processing.rejections import Filter
    from shopwright.processing.rulebook import Rulebook

    wanted = Filter(table=table).table  # refuses one that is none
    opened = open_workspace(workspace)
    rulebook = Rulebook.of_workspace(opened)
    if rulebook.has_own_rules:
        _try_out(opened, rulebook, quiet=json)
    found = [
        {"table": one, **{name: getattr(rule, name) for name in COLUMNS}}
        for one in rulebook.rules
        if wanted in (None, one)
        for rule in rulebook.listed(one)
    ]
    if json:
        print_json(found)
        return
    print_table(["table", *COLUMNS], [list(entry.values()) for entry in found])
    say("How severe a rule is can be set: [quality.severity.TABLE] in shopwright.toml")


def _try_out(opened: "Workspace", rulebook: "Rulebook", *, quiet: bool) -> None:
    from shopwright.processing.predicates import refuse_bad_predicates
    from shopwright.storage.migrations import migrate

    with progress(quiet=quiet) as report, opened_database(opened, report) as database:
        migrate(database)
        with database.connect() as connection:
            refuse_bad_predicates(connection, rulebook)
