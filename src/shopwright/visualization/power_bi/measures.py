"""The measures of the model: every metric and its forms, and what a few visuals need too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopwright.serving.semantic.catalog import Metric, forms, metric, metrics
from shopwright.visualization.definitions import Visual
from shopwright.visualization.power_bi.dax import (
    IS_SPLIT,
    NEWEST,
    form_dax,
    forms_of,
    is_split_dax,
    measure_name,
    metric_dax,
    reference,
)
from shopwright.visualization.power_bi.fields import FIELDS, ORDERS
from shopwright.visualization.power_bi.sources import query, written_out
from shopwright.visualization.power_bi.tmdl import Column, Measure, Table

METRICS = "Metrics"
"""The table that holds the measures; in Power BI it is the first one."""
STEPS_PREFIX = "steps_"
_FOLDERS = {"currency": "Amounts", "count": "Counts", "units": "Units", "rate": "Rates",
            "per_order": "Per order"}  # fmt: skip
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def formats(currency: str) -> dict[str, str]:
    """Format strings by the formats of metrics; amounts are in the shop's currency."""
    symbol = _SYMBOLS.get(currency)
    amount = f"\\{symbol}#,0.00" if symbol else f'#,0.00 "{currency}"'
    return {
        "amount": f"{amount};-{amount};{amount}",
        "integer": "#,0",
        "decimal": "#,0.00",
        "percent": "0.0%;-0.0%;0.0%",
        "weekday": "0",
        "hour": "0",
        "month_of_year": "0",
    }


def metric_measures(currency: str) -> list[Measure]:
    """Every metric, the forms that make sense of each, and where the data ends."""
    catalog, shapes, made = metrics(), forms(), formats(currency)
    found = [
        Measure(
            NEWEST, f"CALCULATE(MAX('{ORDERS}'[date_key]), REMOVEFILTERS())", "0", "",
            "The newest day with a sale or return, as a key of Date", is_hidden=True,
        )
    ]  # fmt: skip
    sentence = "Whether a visual shows a dimension other than time beside the figure"
    found.append(Measure(IS_SPLIT, is_split_dax(), "General", "", sentence, is_hidden=True))
    for one in catalog.values():
        folder = _FOLDERS[one.unit]
        found.append(_measure(one, metric_dax(one, catalog), folder, made))
        for form in forms_of(one, shapes):
            taken = form.of(one)
            text = form_dax(form, one, shapes, catalog)
            found.append(_measure(taken, text, f"{folder}\\{one.label}", made))
    return found


def _measure(one: Metric, text: str, folder: str, made: Mapping[str, str]) -> Measure:
    return Measure(measure_name(one), text, made[one.format], folder, one.sentence.strip())


def metrics_table(measures: Sequence[Measure]) -> Table:
    """The table of measures; it needs a column and a row source, and neither is shown."""
    column = Column("no_rows", "string", source="no_rows", is_hidden=True)
    rows = f"Rows = {written_out({'no_rows': 'string'}, [])}"
    return Table(METRICS, (column,), query([rows]), "What is measured", tuple(measures))


def running_share_name(visual: Visual) -> str:
    """The second measure of a Pareto chart."""
    return f"{visual.title}: Running share"


def running_share(visual: Visual, currency: str) -> Measure:
    """What part of all positive values those from the largest down to this one make."""
    field = FIELDS[visual.dimensions[0]]
    column, name = (
        f"'{field.table}'[{field.column}]",
        reference(measure_name(metric(visual.metrics[0]))),
    )
    text = (
        f"VAR _here = {name}\n"
        f'VAR _all = FILTER(ADDCOLUMNS(ALLSELECTED({column}), "_value", {name}), [_value] > 0)\n'
        "RETURN IF(_here > 0,"
        " DIVIDE(SUMX(FILTER(_all, [_value] >= _here), [_value]), SUMX(_all, [_value])))"
    )
    made = formats(currency)["percent"]
    return Measure(running_share_name(visual), text, made, visual.title, visual.sentence)


@dataclass(frozen=True)
class Steps:
    """A chart from one figure to another: a row for each step, and the measure that fills it."""

    table: Table
    measure: Measure


def steps_of(visual: Visual, name: str, currency: str) -> Steps:
    """The steps of a waterfall or funnel; a waterfall adds its last one up by itself."""
    if visual.bridge is not None:
        before, values = _price_volume_mix(visual)
    else:
        shown = visual.metrics[:-1] if visual.kind == "waterfall" else visual.metrics
        before, values = "", {
            metric(one).label: ("-1 * " if one in visual.minus else "")
            + reference(measure_name(metric(one)))
            for one in shown
        }  # fmt: skip
    table = f"{STEPS_PREFIX}{name}"
    cases = ",\n".join(f'    "{label}", {text}' for label, text in values.items())
    choice = f"SWITCH(SELECTEDVALUE('{table}'[Step]),\n{cases}\n)"
    text = f"{before}\nRETURN {choice}" if before else choice
    rows: list[list[str | int]] = [[label, place] for place, label in enumerate(values, 1)]
    columns = {"step": "string", "position": "int64"}
    made = Table(
        table,
        (
            Column("Step", "string", source="step", sort_by="position", description="The step"),
            Column("position", "int64", source="position", format="0", is_hidden=True),
        ),
        query([f"Rows = {written_out(columns, rows)}"]),
        visual.sentence,
        is_hidden=True,
    )
    style = formats(currency)[metric(visual.metrics[0]).format]
    return Steps(made, Measure(visual.title, text, style, visual.title, visual.sentence))


def _price_volume_mix(visual: Visual) -> tuple[str, dict[str, str]]:
    """As `waterfalls.price_volume_mix` computes it; the last step is the chart's own total."""
    amount, units = (metric(one) for one in visual.metrics)
    field = FIELDS[visual.dimensions[0]]
    now, count = (reference(measure_name(one)) for one in (amount, units))
    old, old_count = (
        reference(measure_name(forms()["prior_period"].of(one))) for one in (amount, units)
    )  # fmt: skip
    product = f"'{field.table}'[{field.column}]"
    text = (
        f"VAR _volume = DIVIDE(({count} - {old_count}) * {old}, {old_count})\n"
        f'VAR _products = ADDCOLUMNS(VALUES({product}), "_money", {now}, "_count", {count},'
        f' "_old_money", {old}, "_old_count", {old_count})\n'
        "VAR _price = SUMX(FILTER(_products, [_count] > 0 && [_old_count] > 0),"
        " (DIVIDE([_money], [_count]) - DIVIDE([_old_money], [_old_count])) * [_count])"
    )
    known = f"NOT(ISBLANK({old_count}))"
    return text, {
        f"{amount.label} before": old,
        "Volume": f"IF({known}, _volume)",
        "Price": f"IF({known}, _price)",
        "Mix": f"IF({known}, {now} - {old} - _volume - _price)",
    }
