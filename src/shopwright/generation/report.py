"""One HTML page that draws a generated shop, read from its delivered files and nothing else."""

import html
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from shopwright.config.errors import ShopwrightError
from shopwright.generation.charts import (
    Band,
    Mark,
    curve_chart,
    days_chart,
    heat_map,
    short_number,
)
from shopwright.generation.profile import Profile
from shopwright.generation.seasonality import campaign_days

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SMOOTHED_OVER_DAYS = 28
MOST_MONTHS = 13
MOST_COHORTS = 24
PARETO_STEPS = 200


class NothingToDraw(ShopwrightError):
    """The deliveries hold no sale."""


def write_report(deliveries: Path, file: Path, profile: Profile | None = None) -> None:
    """Draws the deliveries of a folder into one HTML file that needs no other; with a profile,
    its campaigns are marked.

    Raises NothingToDraw.
    """
    sales = _sales(deliveries)
    if not len(sales):
        raise NothingToDraw(f"{deliveries} holds no sale.", "Generate with --transactions above 0.")
    lines = _read(deliveries, "transaction_items", ["transaction_id", "product_id", "line_total"])
    sales = sales.join(_net_by_order(lines), on="transaction_id").with_columns(
        net=pl.col("net") * pl.col("rate")
    )
    charts = [
        ("Revenue a day", *_daily(sales, profile)),
        ("Customers who came back", *_cohorts(sales, _registrations(deliveries))),
        ("The best sellers", *_pareto(sales, lines)),
        ("When people order", *_hours(sales)),
    ]
    name = html.escape(profile.name if profile is not None else deliveries.resolve().name)
    first, last = sales["day"].min(), sales["day"].max()
    head = _figures(sales)
    body = "".join(
        f"<section><h2>{title}</h2><p>{sentence}</p>{svg}</section>"
        for title, sentence, svg in charts
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        _PAGE.format(name=name, first=first, last=last, head=head, body=body), encoding="utf-8"
    )


def _read(deliveries: Path, table: str, columns: list[str]) -> pl.DataFrame:
    files = sorted(deliveries.glob(f"*/{table}.csv"))
    if not files:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return pl.scan_csv(files, infer_schema=False).select(columns).collect()


def _sales(deliveries: Path) -> pl.DataFrame:
    """Sales that were not cancelled, as last delivered, with their day, hour and rate in euro."""
    columns = ["transaction_id", "transaction_at", "customer_id", "transaction_type", "status",
               "exchange_rate"]  # fmt: skip
    rows = _read(deliveries, "transactions", columns)
    return (
        rows.filter(pl.col("transaction_type") == "sale")
        .unique("transaction_id", keep="last", maintain_order=True)
        .filter(pl.col("status") != "cancelled")
        .with_columns(at=pl.col("transaction_at").str.to_datetime("%Y-%m-%d %H:%M:%S"))
        .with_columns(day=pl.col("at").dt.date(), rate=pl.col("exchange_rate").cast(pl.Float64))
        .drop("transaction_type", "status", "transaction_at", "exchange_rate")
    )


def _net_by_order(lines: pl.DataFrame) -> pl.DataFrame:
    total = pl.col("line_total").cast(pl.Float64).sum()
    return lines.group_by("transaction_id", maintain_order=True).agg(net=total)


def _registrations(deliveries: Path) -> pl.DataFrame:
    rows = _read(deliveries, "customers", ["customer_id", "registration_date"])
    return rows.unique("customer_id", keep="first", maintain_order=True).select(
        "customer_id", registered=pl.col("registration_date").str.to_date()
    )


def _figures(sales: pl.DataFrame) -> str:
    known = sales.drop_nulls("customer_id").group_by("customer_id").len()["len"]
    figures = [
        ("net revenue, euro", short_number(float(sales["net"].sum()))),
        ("orders", f"{len(sales):,}"),
        ("average order, euro", f"{sales['net'].sum() / len(sales):,.2f}"),
        ("customers", f"{len(known):,}"),
        ("ordered more than once", f"{(known > 1).sum() / max(len(known), 1):.0%}"),
    ]
    return "".join(f"<div><b>{value}</b><span>{name}</span></div>" for name, value in figures)


def _daily(sales: pl.DataFrame, profile: Profile | None) -> tuple[str, str]:
    first, last = _day(sales["day"].min()), _day(sales["day"].max())
    all_days = pl.date_range(first, last, eager=True).alias("day").to_frame()
    by_day = all_days.join(sales.group_by("day").agg(pl.col("net").sum()), on="day", how="left")
    by_day = by_day.sort("day").with_columns(pl.col("net").fill_null(0))
    window = min(SMOOTHED_OVER_DAYS, len(by_day))
    smooth = by_day["net"].rolling_mean(window, min_samples=1, center=True)
    bands = _bands(profile, first, len(by_day)) if profile is not None else []
    marks = [
        Mark(float((day - first).days), f"{day:%Y}" if day.month == 1 else f"{day:%b}")
        for day in by_day["day"]
        if day.day == 1
    ][:: max(len(by_day) // 740, 1)]
    best = by_day.sort("net", descending=True).row(0)
    weekdays = by_day.group_by(pl.col("day").dt.weekday()).agg(pl.col("net").mean()).sort("net")
    low, high = weekdays.row(0), weekdays.row(-1)
    sentence = (
        f"Net euro a day and their mean over {window} days"
        + ("; campaigns of all countries are shaded" if bands else "")
        + f". {WEEKDAYS[high[0] - 1]}s bring {high[1] / max(low[1], 0.01) - 1:.0%} more than "
        f"{WEEKDAYS[low[0] - 1]}s; the best day was {best[0]:%A, %d %B %Y}, with {best[1]:,.0f}."
    )
    return sentence, days_chart(by_day["net"].to_list(), smooth.to_list(), marks, bands)


def _bands(profile: Profile, first: date, days: int) -> list[Band]:
    """The campaigns that run in every country, each run a band."""
    bands: list[Band] = []
    for campaign in profile.campaigns:
        if campaign.demand < 1 or campaign.countries is not None:
            continue
        for day in campaign_days(campaign, first, days).tolist():
            if bands and bands[-1].name == campaign.name and bands[-1].end == day:
                bands[-1] = bands[-1]._replace(end=day + 1)
            else:
                bands.append(Band(campaign.name, day, day + 1))
    return bands


def _cohorts(sales: pl.DataFrame, registered: pl.DataFrame) -> tuple[str, str]:
    """Of those who registered and ordered in a month, who ordered again in each later month."""
    first = _day(sales["day"].min())
    last = _day(sales["day"].max())
    month = pl.col("registered").dt.month_start()
    orders = sales.drop_nulls("customer_id").join(registered, on="customer_id").select(
        "customer_id",
        cohort=month,
        age=(pl.col("day").dt.year() - month.dt.year()) * 12
        + (pl.col("day").dt.month() - month.dt.month()).cast(pl.Int32),
    )  # fmt: skip
    orders = orders.filter(pl.col("cohort") >= first.replace(day=1))
    counts = orders.group_by("cohort", "age").agg(pl.col("customer_id").n_unique())
    bought = {(cohort, age): number for cohort, age, number in counts.iter_rows()}
    cohorts = sorted({cohort for cohort, _ in bought})
    ages = range(1, MOST_MONTHS)
    cells: list[list[float | None]] = []
    for cohort in cohorts[:MOST_COHORTS]:
        # the running month is not whole yet
        whole = (last.year - cohort.year) * 12 + last.month - cohort.month
        whole -= (last + timedelta(days=1)).day != 1
        size = bought.get((cohort, 0), 0)
        cells.append(
            [bought.get((cohort, age), 0) / size if size and age <= whole else None for age in ages]
        )
    if len(cells) > 1 and all(cell is None for cell in cells[-1]):
        cells.pop()  # whoever came last month has had no month to come back
    shown = [[f"{cell:.0%}" if cell is not None else "" for cell in row] for row in cells]
    rows = [f"{cohort:%b %Y}" for cohort in cohorts[: len(cells)]]
    sentence = (
        "Of the customers who registered and ordered in a month, the share who ordered again in "
        "the first, second, ... month after it."
    )
    return sentence, heat_map(rows, [f"month {age}" for age in ages], cells, shown)


def _pareto(sales: pl.DataFrame, lines: pl.DataFrame) -> tuple[str, str]:
    sold = (
        lines.join(sales.select("transaction_id", "rate"), on="transaction_id")
        .with_columns(net=pl.col("line_total").cast(pl.Float64) * pl.col("rate"))
        .group_by("product_id")
        .agg(pl.col("net").sum())
        .sort("net", "product_id", descending=True)["net"]
    )
    cumulative = sold.cum_sum() / sold.sum()
    count = len(sold)
    steps = [max(round(count * n / PARETO_STEPS), 1) - 1 for n in range(1, PARETO_STEPS + 1)]
    fifth = cumulative[max(count // 5, 1) - 1]
    marks = [Mark(PARETO_STEPS * n / 10, f"{n * 10} %") for n in range(10)]
    note = f"{fifth:.0%} of the revenue from a fifth of the products"
    sentence = f"Share of the revenue from the best 10 %, 20 %, ... of {count:,} products."
    chart = curve_chart([cumulative[step] for step in steps], marks, [(0.2, fifth, note)])
    return sentence, chart


def _hours(sales: pl.DataFrame) -> tuple[str, str]:
    counts = sales.group_by(
        pl.col("at").dt.weekday().alias("weekday"), pl.col("at").dt.hour()
    ).len()
    found = {(weekday, hour): number for weekday, hour, number in counts.iter_rows()}
    cells: list[list[float | None]] = [
        [float(found.get((weekday, hour), 0)) for hour in range(24)] for weekday in range(1, 8)
    ]
    busiest = max(found, key=lambda key: (found[key], key))
    sentence = (
        f"Orders by hour of the week; most come on {WEEKDAYS[busiest[0] - 1]}s "
        f"from {busiest[1]}:00 to {busiest[1] + 1}:00."
    )
    return sentence, heat_map(WEEKDAYS, [str(hour) for hour in range(24)], cells)


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: {first} to {last}</title>
<style>
body {{ font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1f2933;
  background: #f4f6f8; margin: 0; padding: 28px; }}
main {{ max-width: 1140px; margin: auto; }}
h1 {{ font-size: 24px; margin: 0 0 4px; }}
h2 {{ font-size: 17px; margin: 0; }}
p {{ color: #616e7c; margin: 2px 0 10px; }}
section, header div {{ background: #fff; border: 1px solid #e4e7eb; border-radius: 8px; }}
section {{ padding: 16px 20px 10px; margin: 16px 0; }}
header {{ display: flex; gap: 12px; flex-wrap: wrap; margin-top: 14px; }}
header div {{ flex: 1; padding: 10px 16px; min-width: 130px; }}
header b {{ display: block; font-size: 22px; }}
header span {{ color: #616e7c; font-size: 13px; }}
svg {{ width: 100%; height: auto; font-family: inherit; }}
</style>
</head>
<body>
<main>
<h1>{name}</h1>
<p>A made-up shop, {first} to {last}, drawn from its delivered files.</p>
<header>{head}</header>
{body}
</main>
</body>
</html>
"""
