"""The verb that shows the quality of what was delivered: quality."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import count, plural, print_json, print_table, progress, say

if TYPE_CHECKING:
    from shopwright.serving.quality.report import BrokenRule, QualityReport


def quality(
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the report as one web page, with sample rows.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show how good the delivered data are.

    Scores by table and dimension, from delivery to delivery; the rules that rows broke and what
    to do about them; what became of every row. No personal data are shown.

    \b
    Examples:
      shopwright quality
      shopwright quality --html quality.html
    """
    from shopwright.serving.quality.reading import read_report
    from shopwright.storage.migrations import migrate

    opened = open_workspace(workspace)
    with progress(quiet=json) as report_progress, opened_database(opened, report_progress) as found:
        migrate(found)
        report = read_report(opened, found)
    if html is not None:
        _write_page(report, html.expanduser())
    if json:
        print_json(as_json(report))
    elif html is None:
        _print(report)


def _write_page(report: "QualityReport", file: Path) -> None:
    from shopwright.cli.formats import whole_file
    from shopwright.serving.quality.page import render_page

    with whole_file(file.absolute()) as new:
        new.write_text(render_page(report), encoding="utf-8")
    typer.echo(f"Wrote {file}.", err=True)


def _print(report: "QualityReport") -> None:
    from shopwright.serving.quality.charts import spark_line
    from shopwright.serving.quality.page import verdict

    if report.failure:
        say(f"The last run failed: {report.failure}\n")
    if not report.deliveries:
        say("Nothing was published yet. Publish what is there: shopwright run")
        return
    say(verdict(report))
    scored = [one for one in report.deliveries if one.score.rows]
    worst = min(scored, key=lambda one: one.score.share, default=None)
    if worst is not None and worst.score.share < 1 and len(scored) > 1:
        line = spark_line([one.score.share for one in scored])
        say(f"{line}  {scored[0].name} to {scored[-1].name}")
        say(f"The lowest score is {worst.score.text}, of {worst.name}.")
    say()
    _print_scores(report)
    _print_accounts(report)
    _print_rules(report.broken_rules)
    if report.account.malformed:
        say(f"{plural(report.account.malformed, 'line')} could not be read, most often: "
            f"{report.malformed[0].reason}.")  # fmt: skip
    if report.changes:
        say(f"{plural(report.change_count, 'change')} of columns, the newest: "
            f"{report.changes[0].sentence}")  # fmt: skip
    if report.account.rejected or report.account.waiting:
        say("The rows that are set aside: shopwright rejected list")
    if all(claim.holds for claim in report.claims):
        say(f"All {len(report.claims)} claims about the warehouse are true.")
    say("Sample rows, and what to do about each rule: shopwright quality --html quality.html")


def _print_scores(report: "QualityReport") -> None:
    from shopwright.serving.quality.report import dimensions_looked_at

    dimensions = dimensions_looked_at(report.deliveries)
    columns = ["table", *dimensions, "all"]
    rows = []
    for table in [*report.accounts, None]:
        scores = [report.score(table=table, dimension=one) for one in columns[1:]]
        rows.append([table or "all", *(one.text if one.rows else "–" for one in scores)])
    say("Score: the share of rows delivered that have no flaw of its kind")
    print_table(columns, rows, right=columns[1:])


def _print_accounts(report: "QualityReport") -> None:
    from shopwright.serving.quality.report import ACCOUNT_COLUMNS

    names = ACCOUNT_COLUMNS if report.account.malformed else ACCOUNT_COLUMNS[:-1]
    columns = ["table", *names]
    rows = [
        [table, *map(count, account.counts[: len(names)])]
        for table, account in [*report.accounts.items(), ("all", report.account)]
    ]
    say("What became of every row")
    print_table(columns, rows, right=columns[1:])


def _print_rules(broken: "list[BrokenRule]") -> None:
    if not broken:
        return
    rows = [
        [
            one.table,
            one.sentence,
            one.severity,
            plural(one.rows, one.unit),
            count(one.open_rows),
        ]
        for one in broken
    ]
    say("Rules that were broken")
    columns = ["table", "rule", "severity", "found in", "still set aside"]
    print_table(columns, rows, right=columns[3:])


def as_json(report: "QualityReport") -> dict[str, Any]:
    """The report for scripts: scores as shares, exact, with the counts that they are made of."""
    from shopwright.serving.quality.report import FORMULA, Score

    def score(one: Score) -> dict[str, Any]:
        return {"score": one.share, **asdict(one)}

    return {
        "shop": report.shop,
        "made_at": report.made_at,
        "formula": FORMULA,
        "score": score(report.score()),
        "accounts": {table: asdict(account) for table, account in report.accounts.items()},
        "rules": [asdict(one) for one in report.broken_rules],
        "claims": [asdict(one) for one in report.claims],
        "failure": report.failure,
        "malformed": [asdict(one) for one in report.malformed],
        "changes": [{**asdict(one), "sentence": one.sentence} for one in report.changes],
        "deliveries": [
            {
                "name": one.name,
                "date": one.day,
                "revision": one.revision,
                "score": one.score.share,
                "accounts": {table: asdict(account) for table, account in one.accounts.items()},
                "scores": [
                    {"table": table, "dimension": dimension, **score(found)}
                    for (table, dimension), found in sorted(one.scores.items())
                ],
            }
            for one in report.deliveries
        ],
    }
