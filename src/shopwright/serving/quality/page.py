"""The quality report as one HTML page that needs nothing else: no script, no request."""

from collections.abc import Iterable, Sequence
from importlib.resources import files

from shopwright import __version__
from shopwright.serving.quality.charts import trend
from shopwright.serving.quality.markup import Markup, tag
from shopwright.serving.quality.report import (
    FORMULA,
    QUESTIONS,
    Account,
    BrokenRule,
    DeliveryQuality,
    Listing,
    QualityReport,
    Score,
    dimensions_looked_at,
)

SEVERITIES = {
    "reject": ("set aside", "bad"),
    "wait": ("waits", "warn"),
    "warn": ("warned of", "warn"),
}
WORST_DELIVERIES = 10
GOOD, FAIR = 0.995, 0.97
"""Shares from which on a score is coloured as good, or as fair; the figure stands in it."""


def render_page(report: QualityReport) -> str:
    """The whole page. Everything that comes from the data is escaped."""
    css = files("shopwright.serving.quality").joinpath("page.css").read_text(encoding="utf-8")
    title = f"Data quality of {report.shop}"
    return "<!doctype html>\n" + tag(
        "html",
        tag(
            "head",
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("title", title),
            tag("style", Markup(css)),
        ),
        tag("body", tag("main", *_sections(report, title))),
        lang="en",
    )


def _sections(report: QualityReport, title: str) -> Iterable[Markup]:
    yield _head(report, title)
    if report.failure:
        yield _section("The last run failed", tag("p", report.failure), class_="alert")
    if not report.deliveries:
        return
    yield _first(report)
    yield _scores(report)
    yield _trend(report)
    yield _rows(report)
    if report.broken_rules:
        yield _rules(report.broken_rules)
    if report.malformed:
        yield _listing(
            "Lines that could not be read", report.malformed,
            "They were left out, each with the reason; all other lines of the file were taken.",
        )  # fmt: skip
    if report.drift:
        yield _listing(
            "Columns that changed", report.drift,
            "Columns that are new, gone or renamed. Ask whoever makes the files whether this is "
            "meant.",
        )  # fmt: skip
    yield _deliveries(report.deliveries)
    yield _claims(report)
    yield tag(
        "footer",
        f"Made by Shopwright {__version__} on {report.made_at:%Y-%m-%d %H:%M %Z}. Personal data "
        "are masked; a row is shown with its key and what the rule is about.",
    )


def _head(report: QualityReport, title: str) -> Markup:
    if not report.deliveries:
        return tag(
            "header",
            tag("h1", title),
            tag("p", "Nothing was published yet.", class_="verdict"),
            tag("p", "Put deliveries into the workspace, and run: shopwright run"),
        )
    account, score = report.account, report.score()
    open_rows = account.rejected + account.waiting + account.malformed
    first, last = report.deliveries[0], report.deliveries[-1]
    return tag(
        "header",
        tag("h1", title),
        tag("p", verdict(report), class_="verdict"),
        tag(
            "p",
            f"{len(report.deliveries):,} deliveries, {first.day} to {last.day}. Every row is "
            "accounted for: published, repeated, or set aside whole.",
            class_="soft",
        ),
        tag(
            "dl",
            _card("Rows delivered", f"{account.rows:,}", ""),
            _card("Without a flaw", score.text, f"{score.flawless:,} rows"),
            _card("Set aside, still open", f"{open_rows:,}", _share(open_rows, account.rows)),
            _card("Published with a warning", f"{score.warned:,}",
                  _share(score.warned, account.rows)),
            class_="cards",
        ),
    )  # fmt: skip


def verdict(report: QualityReport) -> str:
    """The whole report in a sentence."""
    score = report.score()
    if score.flawless == score.rows:
        return f"None of the {score.rows:,} rows delivered has a flaw."
    flawed = score.rows - score.flawless
    return f"{score.text} of the rows delivered are without a flaw; {flawed:,} have one."


def _card(name: str, figure: str, note: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", figure, tag("small", note or "\u00a0")))


def _share(count: int, of: int) -> str:
    if not count:
        return "none"
    hundredths = count * 10_000 / (of or 1)
    return f"{hundredths / 100:.2f} % of all" if hundredths >= 1 else "under 0.01 % of all"


def _first(report: QualityReport) -> Markup:
    """What to look at first: the rules that most rows broke, those that cost rows before others."""
    by_rows = sorted(report.broken_rules, key=lambda one: (-one.open_rows, -one.rows))
    chosen = by_rows[:3]
    if not chosen:
        return _section(
            "What to look at first",
            tag("p", "Nothing: no row broke a rule."),
        )
    return _section(
        "What to look at first",
        tag(
            "ol",
            *(
                tag(
                    "li",
                    tag("b", _row_count(one.rows)),
                    tag(
                        "span",
                        tag("a", one.sentence, href=f"#{one.table}.{one.name}"),
                        tag("span", f" {_words(one.table)}. ", class_="soft"),
                        one.mend,
                    ),
                )
                for one in chosen
            ),
            class_="first",
        ),
    )


def _scores(report: QualityReport) -> Markup:
    tables = list(report.accounts)
    dimensions = dimensions_looked_at(report.deliveries)
    head = [tag("th", _words(one), tag("small", QUESTIONS[one]), scope="col") for one in dimensions]
    rows = [
        tag(
            "tr",
            tag("th", _words(table) if table else "All tables", scope="row"),
            *(_score_cell(report.score(table=table, dimension=one)) for one in dimensions),
            _score_cell(report.score(table=table)),
        )
        for table in [*tables, None]
    ]
    return _section(
        "Scores",
        tag("p", FORMULA, class_="soft"),
        tag(
            "div",
            tag(
                "table",
                tag("caption", "Score by table and dimension, over all deliveries"),
                tag(
                    "thead",
                    tag("tr", tag("th", "Table", scope="col"), *head,
                        tag("th", "All", tag("small", "No flaw at all?"), scope="col")),
                ),
                tag("tbody", *rows),
            ),
            class_="scroll",
        ),
    )  # fmt: skip


def _score_cell(score: Score) -> Markup:
    if not score.rows:
        return tag("td", "–", class_="none", title="No rule of the table asks this")
    grade = "good" if score.share >= GOOD else "warn" if score.share >= FAIR else "bad"
    title = f"{score.rows:,} rows, {score.set_aside:,} set aside, {score.warned:,} warned of"
    return tag("td", score.text, class_=f"score {grade}", title=title)


def _trend(report: QualityReport) -> Markup:
    scored = [one for one in report.deliveries if one.score.rows]
    if len(scored) < 2:
        return Markup("")
    worst = min(scored, key=lambda one: one.score.share)
    return _section(
        "From delivery to delivery",
        tag(
            "p",
            f"The share of rows without a flaw. The lowest is {worst.score.text}, of {worst.name}."
            if worst.score.share < 1
            else "No delivery has a flaw.",
            class_="soft",
        ),
        trend(scored),
    )


def _rows(report: QualityReport) -> Markup:
    names = ["rows in", "accepted", "duplicates", "rejected", "waiting"]
    if report.account.malformed:
        names.append("malformed")
    head = [tag("th", name, scope="col") for name in ["Table", *names, "adds up"]]
    rows = [
        tag(
            "tr",
            tag("th", _words(table) if table else "All tables", scope="row"),
            *(tag("td", f"{count:,}") for count in _counts(account)[: len(names)]),
            tag("td", _adds_up(account)),
        )
        for table, account in [*report.accounts.items(), ("", report.account)]
    ]
    return _section(
        "What became of every row",
        tag(
            "p",
            "Rows in = accepted + duplicates + rejected + waiting + malformed, for each delivery "
            "and table; the database refuses a run in which they differ. A duplicate says what "
            "was known already. A rejected row is kept whole. A waiting row refers to something "
            "that has not come yet, and is tried again in every run.",
            class_="soft",
        ),
        tag(
            "div",
            tag(
                "table",
                tag("caption", "Rows by table and outcome, over all deliveries"),
                tag("thead", tag("tr", *head)),
                tag("tbody", *rows),
            ),
            class_="scroll",
        ),
    )


def _counts(account: Account) -> list[int]:
    return [
        account.rows, account.accepted, account.duplicates, account.rejected, account.waiting,
        account.malformed,
    ]  # fmt: skip


def _adds_up(account: Account) -> Markup:
    word, grade = ("yes", "good") if account.balances else ("no", "bad")
    return tag("span", word, class_=f"pill {grade}")


def _rules(broken: Sequence[BrokenRule]) -> Markup:
    return _section(
        "Rules that were broken",
        tag(
            "p",
            "Those that keep rows out of the warehouse first. Each with up to five of its newest "
            "rows; ••• stands for personal data.",
            class_="soft",
        ),
        *map(_rule, broken),
    )


def _rule(one: BrokenRule) -> Markup:
    word, grade = SEVERITIES[one.severity]
    rows = _row_count(one.rows)
    if one.severity == "warn":
        still = f"{rows}, published"
    elif one.open_rows == one.rows:
        still = f"{rows}, {'all ' * (one.rows > 1)}still open"
    else:
        still = f"{rows}, {one.open_rows:,} still open"
    return tag(
        "article",
        tag(
            "header",
            tag("h3", one.sentence),
            tag("span", still, class_="count"),
            tag("span", word, class_=f"pill {grade}"),
        ),
        tag("p", f"{_words(one.table)}, {one.dimension} ", tag("code", one.name), class_="soft"),
        tag("p", tag("b", "What to do: "), one.mend, class_="mend"),
        _samples(one) if one.samples else Markup(""),
        id=f"{one.table}.{one.name}",
    )


def _samples(one: BrokenRule) -> Markup:
    head = [tag("th", name, scope="col") for name in ["where", *one.columns]]
    rows = [
        tag(
            "tr",
            tag("td", sample.place),
            *(
                tag("td", value) if value else tag("td", "empty", class_="none")
                for value in sample.values.values()
            ),
        )
        for sample in one.samples
    ]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", f"{len(one.samples)} of {_row_count(one.rows)}"),
            tag("thead", tag("tr", *head)),
            tag("tbody", *rows),
            class_="text",
        ),
        class_="scroll",
    )


def _listing(title: str, listing: Listing, explanation: str) -> Markup:
    return _section(
        title,
        tag("p", explanation, class_="soft"),
        tag(
            "div",
            tag(
                "table",
                tag("caption", f"{len(listing.rows)} of {listing.count:,}"),
                tag("thead", tag("tr", *(tag("th", _words(c)) for c in listing.columns))),
                tag("tbody", *(tag("tr", *(tag("td", v) for v in row)) for row in listing.rows)),
                class_="text",
            ),
            class_="scroll",
        ),
    )  # fmt: skip


def _deliveries(deliveries: Sequence[DeliveryQuality]) -> Markup:
    worst = sorted(deliveries, key=lambda one: one.score.share)[:WORST_DELIVERIES]
    flawed = [one for one in worst if one.score.share < 1]
    return _section(
        "Deliveries",
        _delivery_table(flawed, "The deliveries with the lowest scores")
        if flawed
        else tag("p", "No delivery has a flaw."),
        tag(
            "details",
            tag("summary", f"All {len(deliveries):,} deliveries"),
            _delivery_table(deliveries, "All deliveries, by day"),
        ),
    )


def _delivery_table(deliveries: Sequence[DeliveryQuality], caption: str) -> Markup:
    names = ["delivery", "score", "rows in", "accepted", "duplicates", "rejected", "waiting"]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", tag("tr", *(tag("th", name, scope="col") for name in names))),
            tag("tbody", *map(_delivery_row, deliveries)),
        ),
        class_="scroll",
    )


def _delivery_row(one: DeliveryQuality) -> Markup:
    again = f" (delivered again, {one.revision})" if one.revision > 1 else ""
    return tag(
        "tr",
        tag("th", one.name + again, scope="row"),
        _score_cell(one.score),
        *(tag("td", f"{count:,}") for count in _counts(one.account)[:5]),
    )


def _claims(report: QualityReport) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", _words(claim.sentence)),
            tag("td", f"{claim.times:,}"),
            tag("td", tag("span", "true", class_="pill good") if claim.holds
                else tag("span", "not true", class_="pill bad")),
        )
        for claim in report.claims
    ]  # fmt: skip
    head = ("What must be true before anything is published", "times looked at", "")
    return _section(
        "Claims about the warehouse",
        tag(
            "p",
            "Each was looked at inside the transaction that publishes. Had one been untrue, "
            "nothing would have been published.",
            class_="soft",
        ),
        tag(
            "table",
            tag("caption", "Claims, over all runs"),
            tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head))),
            tag("tbody", *rows),
        ),
    )


def _section(title: str, *children: str, class_: str | None = None) -> Markup:
    return tag("section", tag("h2", title), *children, class_=class_)


def _row_count(rows: int) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'}"


def _words(name: str) -> str:
    """`transaction_items` as 'Transaction items'."""
    return name.replace("_", " ").capitalize()
