"""A metric's formula as DAX: each kind of expression, and what its DAX does where SQL says null.

Sums and counts of nothing are BLANK where SQL says 0, so that Power BI shows no row of them; a
ratio is BLANK where SQL says null, and there alone. All figures are of the lines in Sales, which
every dimension filters; shipping, which belongs to a whole order, is of Orders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shopwright.serving.semantic.atoms import atoms
from shopwright.serving.semantic.catalog import METRIC, Form, Metric
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Filter,
    Name,
    Negative,
    PriorPeriod,
    PriorYear,
    Ratio,
    RunningTotal,
    Share,
    Sum,
    TimeView,
    children,
    rebuilt,
    walk,
)
from shopwright.visualization.power_bi.fields import (
    CHANNELS,
    CUSTOMERS,
    DATES,
    FIELDS,
    HOURS,
    ORDERS,
    PAYMENT_METHODS,
    PRODUCTS,
    SALES,
    SHIPPING_COUNTRIES,
)

DATE, WEEK = (f"'{DATES}'[{FIELDS[one].column}]" for one in ("day", "week"))
DATE_KEY = f"'{DATES}'[date_key]"
NEWEST = "Newest date key"
"""The measure that says where the data ends: the calendar goes on to the end of the year."""
IS_SPLIT = "Is split by more than time"
GROUPED = (CUSTOMERS, PRODUCTS, PAYMENT_METHODS, CHANNELS, SHIPPING_COUNTRIES, HOURS)
"""The dimensions other than time: a share is of all their rows that the viewer selected."""
_ENTITIES = {"customer_id": CUSTOMERS, "product_id": PRODUCTS}


@dataclass(frozen=True)
class Known:
    """A measure that stands for an expression, and what it is computed from."""

    measure: str
    expanded: Expression


Names = Mapping[Expression, Known]


def measure_name(metric: Metric) -> str:
    """What the measure of a metric is called: its label, without the comma before a form."""
    return metric.label.replace(", ", " ")


def reference(measure: str) -> str:
    """A measure named in DAX."""
    return f"[{measure.replace(']', ']]')}]"


def dax(expression: Expression, names: Names) -> str:
    """The formula; what `names` knows is not written out but named."""
    if expression in names:
        return reference(names[expression].measure)
    return KINDS[type(expression)](expression, names)


def metric_dax(metric: Metric, catalog: Mapping[str, Metric]) -> str:
    """The measure of a metric, over the measures of those that its formula names."""
    return dax(metric.formula, _known(catalog))


def form_dax(form: Form, metric: Metric, forms: Mapping[str, Form], catalog: Mapping[str, Metric]) -> str:  # fmt: skip  # noqa: E501
    """The measure of a form of a metric, over the metric and over simpler forms of it."""
    names = dict(_known(catalog))
    for other in forms.values():
        if other.name != form.name and isinstance(other.formula, TimeView):
            taken = other.of(metric)
            names[taken.formula] = Known(measure_name(taken), taken.expanded)
    return dax(_of(form.formula, metric), names)


def forms_of(metric: Metric, forms: Mapping[str, Form]) -> list[Form]:
    """The forms that make sense: ratios neither run up nor are shared, rates have no growth."""
    senseless: set[str] = set()
    if any(isinstance(one, Ratio) for one in walk(metric.expanded)):
        senseless |= {"running_total", "share"}
    if metric.unit == "rate":
        senseless |= {"prior_period_growth", "prior_year_growth"}
    return [form for name, form in forms.items() if name not in senseless]


def _known(catalog: Mapping[str, Metric]) -> dict[Expression, Known]:
    return {Name(one.name): Known(measure_name(one), one.expanded) for one in catalog.values()}


def _of(formula: Expression, metric: Metric) -> Expression:
    """A form's formula with the metric that takes it."""
    if formula == Name(METRIC):
        return Name(metric.name)
    return rebuilt(formula, lambda inner: _of(inner, metric))


def _expanded(expression: Expression, names: Names) -> Expression:
    if expression in names:
        return names[expression].expanded
    return rebuilt(expression, lambda inner: _expanded(inner, names))


def _can_be_null(expression: Expression) -> bool:
    """Whether SQL may say null: of a ratio, and of what happened in another period."""
    if isinstance(expression, Ratio | PriorPeriod | PriorYear | Share):
        return True
    return any(_can_be_null(child) for child in children(expression))


def table_of(expression: Expression) -> str:
    """The fact table that an expanded formula is computed from."""
    if Sum("shipping_amount") in set(walk(expression)):
        return ORDERS
    return SALES


def _sum(expression: Sum, names: Names) -> str:
    return f"SUM('{table_of(expression)}'[{expression.column}])"


def _count(expression: Count, names: Names) -> str:
    return f"COUNTROWS('{SALES}')"


def _count_distinct(expression: CountDistinct, names: Names) -> str:
    """Versions are counted as the thing that they are of, by the number of its newest one."""
    orders = f"DISTINCTCOUNT('{SALES}'[transaction_id])"
    if expression.column not in _ENTITIES:
        return orders
    entity = f"'{_ENTITIES[expression.column]}'[newest_key]"
    if expression.at_least == 1:
        return f"COUNTROWS(SUMMARIZE('{SALES}', {entity}))"
    return (
        f"COUNTROWS(FILTER(VALUES({entity}), CALCULATE({orders}) >= {expression.at_least}))"
    )  # fmt: skip


def _filter(expression: Filter, names: Names) -> str:
    table = table_of(_expanded(expression.of, names))
    kept = [
        f"KEEPFILTERS('{table}'[{name}] = {str(value).upper()}())"
        for name, value in sorted(expression.where)
    ]
    return f"CALCULATE({', '.join([dax(expression.of, names), *kept])})"


def _negative(expression: Negative, names: Names) -> str:
    return f"-1 * {dax(expression.of, names)}"


def _added(expression: Add | Difference, names: Names) -> str:
    left, right = dax(expression.left, names), dax(expression.right, names)
    sign = "+" if isinstance(expression, Add) else "-"
    null = [
        text
        for text, side in ((left, expression.left), (right, expression.right))
        if _can_be_null(_expanded(side, names))
    ]
    if not null:
        return f"({left} {sign} {right})"
    is_known = " && ".join(f"NOT(ISBLANK({one}))" for one in null)
    return f"IF({is_known}, {left} {sign} {right})"


def _ratio(expression: Ratio, names: Names) -> str:
    left, right = dax(expression.left, names), dax(expression.right, names)
    if not _can_be_null(_expanded(expression.left, names)):
        left = f"COALESCE({left}, 0)"  # nothing of something is 0, and not unknown
    return f"DIVIDE({left}, {right})"


def _shown(value: str, expression: Expression, names: Names) -> str:
    """A figure of another period: where something happened in it, and up to the newest day."""
    inner = _expanded(expression, names)
    shown = f"MIN({DATE_KEY}) <= {reference(NEWEST)}"
    if len(set(atoms(inner))) == 1:
        shown += f" && {value} <> 0"
    return f"IF({shown}, {value})"


def _prior_year(expression: PriorYear, names: Names) -> str:
    inner = dax(expression.of, names)
    return (
        f"VAR _before = IF(ISINSCOPE({WEEK}),"
        f" CALCULATE({inner}, DATEADD({DATE}, -364, DAY)),"
        f" CALCULATE({inner}, SAMEPERIODLASTYEAR({DATE})))\n"
        f"RETURN {_shown('_before', expression.of, names)}"
    )


def _prior_period(expression: PriorPeriod, names: Names) -> str:
    """As many days, and as many months where the days are whole months, right before."""
    inner = dax(expression.of, names)
    return (
        f"VAR _first = MIN({DATE})\n"
        f"VAR _last = MAX({DATE})\n"
        "VAR _months = DATEDIFF(_first, _last, MONTH) + 1\n"
        "VAR _start = IF(DAY(_first) = 1 && DAY(_last + 1) = 1,"
        " EDATE(_first, -1 * _months), _first - DATEDIFF(_first, _last, DAY) - 1)\n"
        f"VAR _before = CALCULATE({inner}, DATESBETWEEN({DATE}, _start, _first - 1))\n"
        f"RETURN {_shown('_before', expression.of, names)}"
    )


def _running_total(expression: RunningTotal, names: Names) -> str:
    return (
        f"VAR _last = MAX({DATE})\n"
        f"RETURN IF(MIN({DATE_KEY}) <= {reference(NEWEST)},"
        f" CALCULATE({dax(expression.of, names)},"
        f" FILTER(ALLSELECTED('{DATES}'), {DATE} <= _last)))"
    )


def _share(expression: Share, names: Names) -> str:
    """Of the same period where more than time splits the figure, else of all periods."""
    inner = dax(expression.of, names)
    period = ", ".join(f"ALLSELECTED('{table}')" for table in GROUPED)
    return (
        f"VAR _whole = IF({reference(IS_SPLIT)},"
        f" CALCULATE({inner}, {period}), CALCULATE({inner}, ALLSELECTED()))\n"
        f"RETURN DIVIDE({inner}, _whole)"
    )


def is_split_dax() -> str:
    """Whether a visual shows a dimension other than time beside the figure."""
    columns = sorted({f"'{one.table}'[{one.column}]" for one in FIELDS.values()
                      if one.table in GROUPED})  # fmt: skip
    return " || ".join(f"ISINSCOPE({one})" for one in columns)


KINDS: dict[type, Callable[[Any, Names], str]] = {
    Sum: _sum,
    Count: _count,
    CountDistinct: _count_distinct,
    Filter: _filter,
    Negative: _negative,
    Add: _added,
    Difference: _added,
    Ratio: _ratio,
    PriorPeriod: _prior_period,
    PriorYear: _prior_year,
    RunningTotal: _running_total,
    Share: _share,
}
"""How each kind of expression is compiled. A `Name` is a measure of its own."""
