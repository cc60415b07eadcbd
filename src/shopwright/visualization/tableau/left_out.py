"""What of the dashboard a workbook does not show, why, and what stands in for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shopwright.serving.semantic.catalog import metric
from shopwright.visualization.definitions import Visual
from shopwright.visualization.tableau.sales_lines import NAME
from shopwright.visualization.tableau.workbook import Workbook
from shopwright.visualization.tableau.worksheets import Sheet


@dataclass(frozen=True)
class LeftOut:
    """Something that a visual of the web page shows and its worksheet does not."""

    visual: str
    what: str
    reason: str
    instead: str


@dataclass(frozen=True)
class _Rule:
    what: str
    reason: str
    instead: str
    holds: Callable[[Sheet], bool]


def left_out(book: Workbook) -> list[LeftOut]:
    """Everything left out, visual by visual."""
    return [one for sheet in book.sheets for one in _of(sheet)]


def _of(sheet: Sheet) -> Iterator[LeftOut]:
    for rule in RULES:
        if rule.holds(sheet):
            yield LeftOut(sheet.id, rule.what, rule.reason, rule.instead)


def _is_of_time(visual: Visual) -> bool:
    return visual.is_of_metrics and bool({"week", "month"} & {*visual.dimensions})


def _follows_dates(visual: Visual) -> bool:
    return not visual.is_of_metrics and "date" in visual.filters


RULES = (
    _Rule(
        "the period and the year before, and the course",
        "a sheet's calculation cannot see days that the page's filters leave out",
        "the figure alone; the page's lines show the course",
        lambda sheet: sheet.visual.kind == "kpi" and sheet.source.name == NAME,
    ),
    _Rule(
        "the price, volume and mix of the change",
        "it compares each product with itself in the period before",
        "net sales as bars and units as a line, by month",
        lambda sheet: sheet.visual.bridge is not None,
    ),
    _Rule(
        "steps that begin where the one before ends",
        "a floating bar needs a table of steps, and these are metrics",
        "a bar for each figure, in the same order; what is taken away is positive too",
        lambda sheet: sheet.visual.kind == "waterfall" and sheet.visual.bridge is None,
    ),
    _Rule(
        "the shape of a funnel",
        "Tableau has no such mark",
        "a bar for each step, in the same order",
        lambda sheet: sheet.visual.kind == "funnel",
    ),
    _Rule(
        "only the first values, and how many make 80%",
        "their shares are of all, and a filter for the first would take the others out of them",
        "all values from the largest down",
        lambda sheet: sheet.visual.kind == "pareto",
    ),
    _Rule(
        "only the first values",
        "a sheet holds one filter of a field, and the page's filter is of this one",
        "all values from the largest down",
        lambda sheet: sheet.drawing.top is not None and sheet.top is None,
    ),
    _Rule(
        "the year before, where a filter leaves that year out",
        "it is a table calculation, which sees the rows of the sheet",
        "the line where both years are shown; no filter of the year shows all of it",
        lambda sheet: (
            sheet.source.name == NAME
            and any(metric(name).form is not None for name in sheet.visual.metrics)
        ),
    ),
    _Rule(
        "a click that opens a value",
        "Tableau opens fields and not marks",
        "the hierarchy Category, sub-category, product: its plus sign, or Show hierarchy",
        lambda sheet: bool(sheet.visual.drill),
    ),
    _Rule(
        "weeks or days where few days are chosen",
        "a sheet's period does not depend on its filters",
        "the period that it begins with; the pill on the shelf changes it",
        lambda sheet: _is_of_time(sheet.visual),
    ),
    _Rule(
        "the dates chosen",
        "it is computed by a SELECT, whose days a workbook cannot choose",
        "all days",
        lambda sheet: _follows_dates(sheet.visual),
    ),
    _Rule(
        "the row of totals",
        "rates and distinct counts do not add up, and a workbook's totals have to be asked for",
        "no totals; Analysis > Totals shows them, computed anew by Tableau",
        lambda sheet: sheet.visual.kind == "table" and sheet.visual.is_of_metrics,
    ),
    _Rule(
        "the order of the rows",
        "a table of several fields is sorted field by field",
        "the order of their values, from the smallest",
        lambda sheet: sheet.visual.kind == "table" and not sheet.visual.is_of_metrics,
    ),
)
"""What each kind of visual loses on the way."""
