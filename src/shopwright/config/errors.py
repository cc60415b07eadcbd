"""The error that users can mend, and the name that they may have meant."""

import difflib
from collections.abc import Iterable


class ShopwrightError(Exception):
    """What was wrong, with the value, the file and the line; then the move that mends it.

    Every error that a user can do something about is a subclass of this. `exit_code` is what the
    command line ends with: 1 the data or the run failed, 2 used wrongly.
    """

    exit_code = 1

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(f"{problem}\n{mend}" if mend else problem)
        self.problem = problem
        self.mend = mend


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` with the nearest of the known, or nothing where nothing is near."""
    by_lower_case = {name.lower(): name for name in known}
    nearest = difflib.get_close_matches(value.lower(), by_lower_case, n=1)
    return f" (did you mean {by_lower_case[nearest[0]]!r}?)" if nearest else ""
