"""The quality report as one HTML page that needs nothing else: no script, no request."""

from collections.abc import Iterable, Mapping
from importlib.resources import files

from shopwright import __version__
from shopwright.serving.quality.charts import trend
from shopwright.serving.quality.figures import deliveries, outcomes, scores
from shopwright.serving.quality.findings import broken_rules, column_changes, malformed_lines
from shopwright.serving.quality.markup import Markup, counted, section, table, tag, words
from shopwright.serving.quality.report import SEVERITY_ORDER, QualityReport


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
        yield section("The last run failed", tag("p", report.failure), class_="alert")
    if not report.deliveries:
        return
    yield _first(report)
    yield scores(report)
    yield _trend(report)
    yield outcomes(report)
    if report.broken_rules:
        yield broken_rules(report.broken_rules)
    if report.malformed:
        yield malformed_lines(report.malformed, report.account.malformed)
    if report.changes:
        yield column_changes(report.changes, report.change_count)
    yield deliveries(report.deliveries)
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
    open_rows = report.open_rows + account.malformed
    first, last = report.deliveries[0], report.deliveries[-1]
    return tag(
        "header",
        tag("h1", title),
        tag("p", verdict(report), class_="verdict"),
        tag(
            "p",
            f"{counted(len(report.deliveries), 'delivery')}, {first.day} to {last.day}. Every row "
            "is accounted for: published, repeated, or set aside whole.",
            class_="soft",
        ),
        tag(
            "dl",
            _card("Rows delivered", f"{account.rows:,}", ""),
            _card("Without a flaw", score.text, f"{score.flawless:,} rows"),
            _card("Set aside, still open", f"{open_rows:,}", _share(open_rows, account.rows)),
            _card("Published with a warning", f"{score.warned:,}",
                  _share(score.warned, account.rows)),
            *_noticed(report.noticed),
            class_="cards",
        ),
    )  # fmt: skip


def verdict(report: QualityReport) -> str:
    """The whole report in a sentence."""
    score = report.score()
    flawed = score.rows - score.flawless
    said = (
        f"{score.text} of the rows delivered are without a flaw; {flawed:,} have one."
        if flawed
        else f"None of the {score.rows:,} rows delivered has a flaw."
    )
    if odd := ", ".join(counted(number, unit) for unit, number in report.noticed.items()):
        said += f" Unusual besides: {odd}."
    return said


def _noticed(found: Mapping[str, int]) -> Iterable[Markup]:
    """What counts as no row: a card of its own, where there is any."""
    if found:
        each = ", ".join(counted(number, unit) for unit, number in found.items())
        yield _card("Noticed in many rows together", f"{sum(found.values()):,}", each)


def _card(name: str, figure: str, note: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", figure, tag("small", note or "\u00a0")))


def _share(count: int, of: int) -> str:
    if not count:
        return "none"
    hundredths = count * 10_000 / (of or 1)
    return f"{hundredths / 100:.2f} % of all" if hundredths >= 1 else "under 0.01 % of all"


def _first(report: QualityReport) -> Markup:
    """What to look at first: what costs most rows. Rows that wait come after, for most of them wait
    for rows that were set aside; then what is only warned of."""
    found = [
        (SEVERITY_ORDER[one.severity], -(one.open_rows or one.rows), one.unit, one.sentence,
         one.table, one.mend, f"#{one.table}.{one.name}")
        for one in report.broken_rules
        if one.open_rows or one.severity == "warn"
    ] + [
        (0, -one.count, "line", f"{one.reason[:1].upper()}{one.reason[1:]}.", one.table,
         one.mend, "#malformed")
        for one in report.malformed
    ]  # fmt: skip
    if not found:
        return section("What to look at first", tag("p", "Nothing: no row has an open flaw."))
    return section(
        "What to look at first",
        tag(
            "ol",
            *(
                tag(
                    "li",
                    tag("b", counted(-count, unit)),
                    tag(
                        "span",
                        tag("a", sentence, href=link),
                        tag("span", f" {words(table)}. ", class_="soft"),
                        mend,
                    ),
                )
                for _, count, unit, sentence, table, mend, link in sorted(found)[:3]
            ),
            class_="first",
        ),
    )


def _trend(report: QualityReport) -> Markup:
    scored = [one for one in report.deliveries if one.score.rows]
    if len(scored) < 2:
        return Markup("")
    worst = min(scored, key=lambda one: one.score.share)
    return section(
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


def _claims(report: QualityReport) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", words(claim.sentence)),
            tag("td", f"{claim.times:,}"),
            tag("td", tag("span", "true", class_="pill good") if claim.holds
                else tag("span", "not true", class_="pill bad")),
        )
        for claim in report.claims
    ]  # fmt: skip
    head = ("What must be true before anything is published", "times looked at", "")
    return section(
        "Claims about the warehouse",
        tag(
            "p",
            "Each was looked at inside the transaction that publishes. Had one been untrue, "
            "nothing would have been published.",
            class_="soft",
        ),
        table("Claims, over all runs", (tag("th", name, scope="col") for name in head), rows),
    )
