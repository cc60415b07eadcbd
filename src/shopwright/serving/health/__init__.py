"""How the pipeline fares: SELECTs over the records of runs and of quality, in this folder.

Their heads are those of the named analyses; they read `ops` and `quality` instead of `warehouse`.
"""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

from shopwright.processing.watching import ROW, watches
from shopwright.serving.analyses import Analysis, Parameter, read_analyses


@cache
def health_records() -> dict[str, Analysis]:
    """The SELECTs by name; those that ask for the units of rules are told them."""
    return {
        name: replace(one, parameters=tuple(map(_told, one.parameters)))
        for name, one in read_analyses(files(__name__)).items()
    }


def _told(parameter: Parameter) -> Parameter:
    if parameter.name != "units":
        return parameter
    units = {one.name: one.unit for one in watches() if one.unit != ROW}
    return replace(parameter, default=json.dumps(units))
