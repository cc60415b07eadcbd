"""What a verb ends with when something goes wrong: problem, then mend, and the exit code."""

import errno
import sys
import traceback

import typer

INTERRUPTED = 130
TERMINATED = 143

_FREE_SPACE = (
    "Free some space on the disk that is written to, the workspace's unless another folder was "
    "named, and run the command again."
)


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends a run as cleanly as Ctrl-C does."""


def report_error(error: BaseException, *, debug: bool) -> int:
    """Writes the error to stderr, with the traceback if `debug`. Gives the exit code."""
    if debug:
        sys.stderr.write(_traceback(error))
    notes = getattr(error, "__notes__", [])
    if isinstance(error, KeyboardInterrupt):
        for line in ("Stopped. Nothing unfinished was published.", *notes):
            typer.echo(line, err=True)
        return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    problem, mend, exit_code = explained(error)
    typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    for line in (problem, *notes, mend):
        if line:
            typer.echo(line, err=True)
    return exit_code


def _traceback(error: BaseException) -> str:
    """The traceback, in which the database's errors quote no row."""
    from psycopg import Error as DatabaseError

    from shopwright.storage.database_errors import message_without_data

    text = "".join(traceback.format_exception(error))
    told: BaseException | None = error
    while told is not None:
        if isinstance(told, DatabaseError) and str(told):
            text = text.replace(str(told), message_without_data(told))
        told = told.__cause__ or told.__context__
    return text


def explained(error: BaseException) -> tuple[str, str, int]:
    """An error as problem, mend and exit code."""
    from psycopg import Error as DatabaseError

    from shopwright.config.errors import ShopwrightError

    if isinstance(error, ShopwrightError):
        return error.problem, error.mend, error.exit_code
    if isinstance(error, DatabaseError):
        return _explained_by_database(error)
    if isinstance(error, OSError):
        return _explained_by_system(error)
    if "No space left on device" in str(error):  # said by a library in an error of its own
        return str(error).strip(), _FREE_SPACE, 1
    return (
        f"{type(error).__name__}: {error}",
        "This is an error of Shopwright itself. Please report it with what "
        "`shopwright --debug ...` writes.",
        1,
    )


def _explained_by_database(error: Exception) -> tuple[str, str, int]:
    from psycopg import OperationalError, errors

    from shopwright.storage.database_errors import error_without_data

    problem = f"The database says: {error_without_data(error)}"
    if isinstance(error, errors.DiskFull):
        return problem, "Free some space on the database's disk and run the command again.", 1
    if isinstance(error, errors.InsufficientPrivilege):
        return problem, "Let the user in the database's URL own the database.", 1
    if isinstance(error, OperationalError):
        return problem, "Run the command again; nothing unfinished was published.", 1
    return problem, "`shopwright doctor` looks for what is wrong; `--debug` shows where.", 1


def _explained_by_system(error: OSError) -> tuple[str, str, int]:
    where = f"{error.filename}: " if error.filename else ""
    problem = f"{where}{error.strerror or error}."
    if error.errno == errno.ENOSPC or "No space left on device" in problem:
        return problem, _FREE_SPACE, 1
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return problem, "Give yourself the permission, or name another folder.", 1
    return problem, "", 1
