"""The verb that erases a person: forget."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import byte_size, count, plural, print_json, print_table, progress, say

if TYPE_CHECKING:
    from shopwright.orchestration.forgetting.forget import Forgotten, Person


def forget(
    customer_id: Annotated[
        str,
        typer.Argument(metavar="CUSTOMER_ID", help="The shop's own number.", show_default=False),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Erase a customer, keep the sales.

    Name, addresses, birth date and the number itself go from the database, from rows that were set
    aside and from the delivered files; a pseudonym stands for the customer, so that no figure
    changes. A search of all tables and files tells whether anything is left. It cannot be undone.

    \b
    Example:
      shopwright forget C0042
    """
    from shopwright.orchestration.forgetting.forget import forget as forget_person
    from shopwright.orchestration.forgetting.forget import look_up

    opened = open_workspace(workspace)
    with opened_database(opened) as database:
        person = look_up(opened, database, customer_id)
        if not yes:
            _ask(person)
        with progress(quiet=json) as report:
            forgotten = forget_person(opened, database, customer_id, report=report)
    if json:
        print_json(asdict(forgotten))
    else:
        _print(forgotten)
    if forgotten.search.remnants:
        raise typer.Exit(1)


def _ask(person: "Person") -> None:
    again = " (forgotten before)" if person.is_forgotten else ""
    typer.echo(
        f"This customer{again} has {plural(person.orders, 'order')}; "
        f"{plural(person.states, 'row')} in the database and "
        f"{plural(person.file_rows, 'row')} in delivered files name them.",
        err=True,
    )
    typer.confirm("Erase the person for good?", abort=True, err=True)


def _print(done: "Forgotten") -> None:
    say(f"Forgotten. {done.pseudonym} stands for the customer now; no figure has changed.")
    say()
    if done.rows:
        rows = [[table, count(changed)] for table, changed in done.rows.items()]
        print_table(["table", "rows changed"], rows, right=["rows changed"])
    if done.files:
        say(f"{plural(len(done.files), 'delivered file')} written anew: {', '.join(done.files[:5])}"
            + (" ..." if len(done.files) > 5 else ""))  # fmt: skip
    found = done.search
    say(
        f"Searched for {', '.join(found.kinds)}: {found.columns:,} text columns of "
        f"{found.tables:,} tables ({found.rows:,} rows), the planner's statistics, and "
        f"{plural(found.files, 'file')} ({byte_size(found.bytes)}, unpacked)."
    )
    if found.shared:
        say(f"Not searched for, as another customer has the same: {', '.join(found.shared)}.")
    for path in found.not_searched:
        say(f"Not searched: {path}")
    for what in done.left:
        say(f"Not ours to erase: {what}.")
    if not found.remnants:
        say("Nothing is left.")
        return
    print_table(["still there", "what"], [[one.place, one.kind] for one in found.remnants])
    say("Write exports and reports anew or delete them; correct the rest where it was made.")
