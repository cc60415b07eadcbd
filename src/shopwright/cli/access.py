"""The verb that lets BI tools in: reader-password."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.options import WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import note, say

if TYPE_CHECKING:
    from shopwright.storage.database import Database

VARIABLE = "SHOPWRIGHT_READER_PASSWORD"
_BYTES = 24


def reader_password(
    ask: Annotated[
        bool, typer.Option("--ask", help="Type one instead of having one made.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Give the reader role a password, for BI tools.

    The role shopwright_reader sees the warehouse and no personal data. Its password is made and
    shown this once, or typed with --ask, or taken from the environment variable
    SHOPWRIGHT_READER_PASSWORD; the one before stops working. Nobody else comes in over the network.

    \b
    Examples:
      shopwright reader-password
      shopwright reader-password --ask
    """
    from shopwright.storage.roles import READER, set_reader_password

    opened = open_workspace(workspace)
    password, is_made = _chosen(ask)
    with opened_database(opened) as database, database.connect(autocommit=True) as connection:
        set_reader_password(connection, password)
        where = _address(database)
    if is_made:
        say(password)
        note("Keep it now: it is shown this once, and stored nowhere.")
    note(f"The role {READER} has its new password. {where}")


def _chosen(ask: bool) -> tuple[str, bool]:
    """The password, and whether it was made here."""
    import secrets

    if ask:
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True), False
    if given := os.environ.get(VARIABLE):
        return given, False
    return secrets.token_urlsafe(_BYTES), True


def _address(database: "Database") -> str:
    from shopwright.storage.database import NotListening

    try:
        host, port, name = database.tcp_address()
    except NotListening as error:
        return f"{error.problem} {error.mend.split(', and')[0]}."
    return f"Connect to database {name} at {host}, port {port}."
