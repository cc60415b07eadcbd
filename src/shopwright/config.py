"""A workspace's folder and its settings: each default stands here and nowhere else."""


class ShopwrightError(Exception):
    """What was wrong, with the value, the file and the line; then the command or move that mends it.

    Every error that a user can do something about is a subclass of this. `exit_code` is what the
    command line ends with: 1 the data or the run failed, 2 used wrongly.
    """

    exit_code = 1

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(f"{problem}\n{mend}" if mend else problem)
        self.problem = problem
        self.mend = mend
