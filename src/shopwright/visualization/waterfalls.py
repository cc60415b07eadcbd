"""Waterfalls: from one figure to another, step by step."""

from datetime import date
from decimal import Decimal
from typing import Any

from shopwright.serving.semantic.atoms import View
from shopwright.visualization.definitions import Visual
from shopwright.visualization.figures import Column, Figures, metric_column
from shopwright.visualization.selection import Selection
from shopwright.visualization.warehouse import Asked

_STEP = Column("step", "Step", "dimension", "text", "text")
_IS_TOTAL = Column("is_total", "Total", "flag", "integer", "integer")
_DIGITS = 4


def steps(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    """The first metric, what is added or taken by those between, and the last one.

    `is_total` is 1 for both ends and 0 for a change.
    """
    found = asked.answer(visual.metrics, (), selection.filters())
    columns = [metric_column(one) for one in visual.metrics]
    last = len(columns) - 1
    rows: list[tuple[Any, ...]] = []
    for place, (column, value) in enumerate(zip(columns, found.rows[0], strict=True)):
        sign = -1 if column.name in visual.minus else 1
        rows.append((column.label, sign * value, int(place in (0, last))))
    return Figures(_columns(columns[0]), rows, None, (), found.tables)


def price_volume_mix(visual: Visual, selection: Selection, asked: Asked) -> Figures:
    """Why an amount is not what it was in the period before: units, prices, or the assortment.

    Volume is the change of all units at the old average price; price the change of each product's
    average price times its units of now; mix the rest: dearer or cheaper products, new and gone
    ones.
    """
    amount, units = visual.metrics
    wanted = [amount, f"{amount}_prior_period", units, f"{units}_prior_period"]
    found = asked.answer(wanted, visual.dimensions, selection.filters())
    sold = [tuple(Decimal(one or 0) for one in row[-4:]) for row in found.rows]
    now, before, units_now, units_before = (
        sum((row[place] for row in sold), Decimal(0)) for place in range(4)
    )
    column = metric_column(amount)
    if not units_before:
        note = "In the period before nothing was sold: there is nothing to compare with."
        return Figures(_columns(column), [], None, (note,), found.tables)
    volume = (units_now - units_before) * before / units_before
    price = sum(
        (
            (money / count - old_money / old_count) * count
            for money, old_money, count, old_count in sold
            if count > 0 and old_count > 0
        ),
        Decimal(0),
    )
    volume, price = round(volume, _DIGITS), round(price, _DIGITS)
    start, end = selection.before(View.prior_period)
    rows = [
        (f"{column.label} before", before, 1),
        ("Volume", volume, 0),
        ("Price", price, 0),
        ("Mix", now - before - volume - price, 0),
        (column.label, now, 1),
    ]
    note = f"Before is {_day(start)} to {_day(end)}."
    return Figures(_columns(column), rows, None, (note,), found.tables)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _columns(metric: Column) -> tuple[Column, ...]:
    return (_STEP, metric, _IS_TOTAL)
