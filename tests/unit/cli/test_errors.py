"""What errors turn into: problem, mend and exit code; a traceback only when asked for."""

import errno

import psycopg
import pytest

from shopwright.cli.errors import Terminated, explained, report_error
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import WorkspaceNotFound


def test_an_error_is_problem_then_mend(capsys: pytest.CaptureFixture[str]) -> None:
    code = report_error(ShopwrightError("It broke.", "Mend it."), debug=False)
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err) == (1, "", "Error: It broke.\nMend it.\n")


def test_debug_shows_the_traceback_before(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ShopwrightError("It broke.", "Mend it.")
    except ShopwrightError as error:
        report_error(error, debug=True)
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert shown.endswith("Error: It broke.\nMend it.\n")


@pytest.mark.parametrize(
    ("error", "problem", "mend", "exit_code"),
    [
        (WorkspaceNotFound("No.", "Make one."), "No.", "Make one.", 2),
        (OSError(errno.ENOSPC, "No space left", "/x/y"), "/x/y: No space left.", "Free some", 1),
        (OSError("No space left on device (os error 28)"), "No space left on", "Free some", 1),
        (RuntimeError("writing: No space left on device"), "writing: No space", "Free some", 1),
        (PermissionError(errno.EACCES, "Denied", "/x"), "/x: Denied.", "permission", 1),
        (psycopg.errors.DiskFull("disk full"), "The database says: disk full", "Free some", 1),
        (psycopg.OperationalError("gone"), "The database says: gone", "again", 1),
        (KeyError("key"), "KeyError: 'key'", "report it", 1),
    ],
)
def test_errors_in_words(error: Exception, problem: str, mend: str, exit_code: int) -> None:
    said = explained(error)
    assert said[0].startswith(problem)
    assert said[2] == exit_code
    assert mend in said[1]


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
def test_being_stopped_has_a_code_of_its_own(error: BaseException, code: int) -> None:
    assert report_error(error, debug=False) == code
