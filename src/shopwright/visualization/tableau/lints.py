"""What Tableau's schema does not see: whether what a workbook names is there, and fits.

The schema knows the form of a workbook alone: a field, sheet or calculation that does not exist is
valid to it. `find_faults` reads the XML that is to be written, and nothing of how it was made.
"""

from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

from shopwright.config.errors import ShopwrightError
from shopwright.visualization.tableau.lints_of_dashboards import dashboard_faults
from shopwright.visualization.tableau.lints_of_sources import source_faults
from shopwright.visualization.tableau.lints_of_worksheets import worksheet_faults


class WorkbookFaulty(ShopwrightError):
    """A workbook would name what it does not hold. Nothing was written."""


def refuse_faults(root: ET.Element) -> None:
    """Raises WorkbookFaulty with every fault that was found."""
    faults = find_faults(root)
    if faults:
        listed = "\n".join(f"  {one}" for one in faults)
        raise WorkbookFaulty(
            f"The workbook would be faulty, so nothing was written:\n{listed}",
            "This is an error of Shopwright itself, or of a page's file. Please report it.",
        )


def find_faults(root: ET.Element) -> list[str]:
    """Every fault as a sentence that names where it is."""
    checks: tuple[Callable[[ET.Element], Iterator[str]], ...] = (
        source_faults, worksheet_faults, dashboard_faults, _number_faults, _window_faults,
    )  # fmt: skip
    return [fault for check in checks for fault in check(root)]


def _number_faults(root: ET.Element) -> Iterator[str]:
    """Every sheet, dashboard and window has a number of its own."""
    seen: set[str] = set()
    for parent in (*root.iterfind("worksheets/*"), *root.iterfind("dashboards/*"),
                   *root.iterfind("windows/*")):  # fmt: skip
        name = f"{parent.tag} {parent.get('name')!r}"
        found = parent.find("simple-id")
        number = "" if found is None else found.get("uuid", "")
        if not number:
            yield f"{name} has no simple-id"
        elif number in seen:
            yield f"{name}: the simple-id {number} is another's too"
        seen.add(number)


def _window_faults(root: ET.Element) -> Iterator[str]:
    """Each sheet and dashboard has one window, and each window one of them."""
    for kind, path in (
        ("worksheet", "worksheets/worksheet"),
        ("dashboard", "dashboards/dashboard"),
    ):
        names = [one.get("name", "") for one in root.iterfind(path)]
        windows = [one.get("name", "") for one in root.iterfind(f"windows/window[@class='{kind}']")]
        for name in names:
            if names.count(name) > 1:
                yield f"two {kind}s are called {name!r}"
            if windows.count(name) != 1:
                yield f"{kind} {name!r} has {windows.count(name)} windows"
        for name in windows:
            if name not in names:
                yield f"a window shows the {kind} {name!r}, which does not exist"
