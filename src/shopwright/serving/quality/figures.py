"""The tables of figures on the page: scores, what became of every row, deliveries."""

from collections.abc import Sequence

from shopwright.serving.quality.markup import Markup, section, table, tag, words
from shopwright.serving.quality.report import (
    ACCOUNT_COLUMNS,
    FORMULA,
    QUESTIONS,
    Account,
    DeliveryQuality,
    QualityReport,
    Score,
    dimensions_looked_at,
)

WORST_DELIVERIES = 10
GOOD, FAIR = 0.995, 0.97
"""Shares from which on a score is coloured as good, or as fair; the figure stands in it."""


def scores(report: QualityReport) -> Markup:
    """By table and dimension, with the formula."""
    tables = list(report.accounts)
    dimensions = dimensions_looked_at(report.deliveries)
    head = [
        tag("th", "Table", scope="col"),
        *(tag("th", words(one), tag("small", QUESTIONS[one]), scope="col") for one in dimensions),
        tag("th", "All", tag("small", "No flaw at all?"), scope="col"),
    ]
    rows = [
        tag(
            "tr",
            tag("th", words(name) if name else "All tables", scope="row"),
            *(_score_cell(report.score(table=name, dimension=one)) for one in dimensions),
            _score_cell(report.score(table=name)),
        )
        for name in [*tables, None]
    ]
    return section(
        "Scores",
        tag("p", FORMULA, class_="soft"),
        tag(
            "div",
            table("Score by table and dimension, over all deliveries", head, rows),
            class_="scroll",
        ),
    )


def _score_cell(score: Score) -> Markup:
    if not score.rows:
        return tag("td", "–", class_="none", title="No rule of the table asks this")
    grade = "good" if score.share >= GOOD else "warn" if score.share >= FAIR else "bad"
    title = f"{score.rows:,} rows, {score.set_aside:,} set aside, {score.warned:,} warned of"
    return tag("td", score.text, class_=f"score {grade}", title=title)


def outcomes(report: QualityReport) -> Markup:
    """What became of every row, by table."""
    names = ACCOUNT_COLUMNS if report.account.malformed else ACCOUNT_COLUMNS[:-1]
    head = [tag("th", name, scope="col") for name in ["Table", *names, "adds up"]]
    rows = [
        tag(
            "tr",
            tag("th", words(name) if name else "All tables", scope="row"),
            *(tag("td", f"{count:,}") for count in account.counts[: len(names)]),
            tag("td", _adds_up(account)),
        )
        for name, account in [*report.accounts.items(), ("", report.account)]
    ]
    return section(
        "What became of every row",
        tag(
            "p",
            "Rows in = accepted + duplicates + rejected + waiting + malformed, for each delivery "
            "and table; the database refuses a run in which they differ. A duplicate says what "
            "was known already. A rejected row is kept whole. A waiting row refers to something "
            "that has not come yet, and is tried again in every run. A malformed line could not be "
            "read as a row. To look at rejected and waiting rows: shopwright rejected list.",
            class_="soft",
        ),
        tag(
            "div",
            table("Rows by table and outcome, over all deliveries", head, rows),
            class_="scroll",
        ),
    )


def _adds_up(account: Account) -> Markup:
    word, grade = ("yes", "good") if account.balances else ("no", "bad")
    return tag("span", word, class_=f"pill {grade}")


def deliveries(found: Sequence[DeliveryQuality]) -> Markup:
    """Those with the lowest scores, and all of them folded away."""
    worst = sorted(found, key=lambda one: one.score.share)[:WORST_DELIVERIES]
    flawed = [one for one in worst if one.score.share < 1]
    return section(
        "Deliveries",
        _delivery_table(flawed, "The deliveries with the lowest scores")
        if flawed
        else tag("p", "No delivery has a flaw."),
        tag(
            "details",
            tag("summary", f"All {len(found):,} deliveries"),
            _delivery_table(found, "All deliveries, by day"),
        ),
    )


def _delivery_table(deliveries: Sequence[DeliveryQuality], caption: str) -> Markup:
    head = [tag("th", name, scope="col") for name in ("delivery", "score", *ACCOUNT_COLUMNS)]
    return tag("div", table(caption, head, map(_delivery_row, deliveries)), class_="scroll")


def _delivery_row(one: DeliveryQuality) -> Markup:
    again = f" (delivered again, {one.revision})" if one.revision > 1 else ""
    return tag(
        "tr",
        tag("th", one.name + again, scope="row"),
        _score_cell(one.score),
        *(tag("td", f"{count:,}") for count in one.account.counts),
    )
