"""What no validator of Power BI looks at: names that lead nowhere, between the files of a project.

Each lint is a function from a project read back to sentences; `LINTS` holds them all.
"""

from collections.abc import Callable, Mapping

from shopwright.visualization.power_bi.lints.dax import dax_names_exist
from shopwright.visualization.power_bi.lints.model import (
    columns_named_exist,
    dates_are_marked,
    names_are_unique,
    queries_find_their_source,
    relationships_hold,
    tables_are_whole,
)
from shopwright.visualization.power_bi.lints.report import (
    fields_exist,
    pages_and_visuals_are_whole,
    parts_find_each_other,
    visuals_lie_on_their_page,
)
from shopwright.visualization.power_bi.reading import Faults, ReadProject, read_project


def faults(files: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with a project, given as its texts by their paths."""
    project = read_project(files)
    return [fault for lint in LINTS for fault in lint(project)]


def files_are_json(project: ReadProject) -> Faults:
    """What is to be JSON is."""
    yield from project.broken


LINTS: tuple[Callable[[ReadProject], Faults], ...] = (
    files_are_json,
    names_are_unique,
    tables_are_whole,
    columns_named_exist,
    relationships_hold,
    dates_are_marked,
    queries_find_their_source,
    dax_names_exist,
    fields_exist,
    pages_and_visuals_are_whole,
    visuals_lie_on_their_page,
    parts_find_each_other,
)
