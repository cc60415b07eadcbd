"""How the pipeline fares: SELECTs over the records of runs and of quality, in this folder.

Their heads are those of the named analyses; they read `ops` and `quality` instead of `warehouse`.
"""

from functools import cache
from importlib.resources import files

from shopwright.serving.analyses import Analysis, read_analyses


@cache
def health_records() -> dict[str, Analysis]:
    """The SELECTs by name."""
    return read_analyses(files(__name__))
