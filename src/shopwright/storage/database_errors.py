"""What a database error says without the data that it is about."""

import re

import psycopg

_DATA, _CONSTRAINT = "22", "23"
_VALUE = re.compile(r': ".*', re.DOTALL)


def message_without_data(error: psycopg.Error) -> str:
    """The error in a line, for records and people.

    PostgreSQL adds the row to a detail, and the line of a file to a context: both may be personal.
    An error about a value quotes it at the end. The names of table, column and constraint stay.
    """
    primary = error.diag.message_primary
    if primary is None:  # no answer of the server, but of the connection
        return str(error).strip()
    if (error.sqlstate or "").startswith((_DATA, _CONSTRAINT)):
        primary = _VALUE.sub(" (the value is not shown)", primary)
    names = [
        f"{kind} {name}"
        for kind, name in (("table", error.diag.table_name), ("column", error.diag.column_name))
        if name and f'"{name}"' not in primary
    ]
    return f"{primary} ({', '.join(names)})" if names else primary


def error_without_data(error: BaseException) -> str:
    """Any error as text, with the notes that were added; one of the database without what it
    quotes."""
    told = message_without_data(error) if isinstance(error, psycopg.Error) else str(error)
    return "\n".join([told, *getattr(error, "__notes__", [])])
