"""The verb that marks the pipeline: score."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopwright.cli.data import answer_key_beside
from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace, opened_database
from shopwright.cli.printing import count, note, plural, print_json, print_table, say

if TYPE_CHECKING:
    from shopwright.generation.scoring import Score
    from shopwright.generation.scoring.marks import KindScore, RuleScore

SHOWN_NAMES = 3


def score(
    answer_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="The answer key. Without it, the one beside the workspace's deliveries.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Compare what was published with what is true of the generated shop.

    Ends with 1 where anything differs: a figure, a history, a rule that missed a fault or found
    one where there is none.

    \b
    Example:
      shopwright score
    """
    from shopwright.generation.scoring import score as compare

    opened = open_workspace(workspace)
    folder = answer_key if answer_key is not None else answer_key_beside(opened.deliveries)
    with opened_database(opened) as database:
        result = compare(folder, database)
    if json:
        print_json(_as_json(result))
    else:
        _print(result)
    if not result.is_perfect:
        raise typer.Exit(1)


def _as_json(result: "Score") -> dict[str, Any]:
    document = {"is_perfect": result.is_perfect, **asdict(result)}
    for entry, rule in zip(document["rules"], result.rules, strict=True):
        entry |= {"precision": rule.precision, "recall": rule.recall}
    for entry, kind in zip(document["kinds"], result.kinds, strict=True):
        entry["recall"] = kind.recall
    for figure, one in zip(document["figures"], result.figures, strict=True):
        figure["difference"] = one.difference
    return document


def _print(result: "Score") -> None:
    if result.unpublished:
        names = ", ".join(result.unpublished[:SHOWN_NAMES])
        found = plural(len(result.unpublished), "delivery", "deliveries")
        note(f"{found} of the answer key are not published, such as {names}: shopwright run")
    _print_figures(result)
    _print_histories(result)
    _print_findings(result)
    if result.is_perfect:
        say("Everything is as the answer key has it.")
    elif result.figures_are_right:
        say("Every figure and history is right to the last digit; the findings are not.")
    else:
        say("Not everything is as the answer key has it.")


def _print_figures(result: "Score") -> None:
    say("Figures in reporting currency")
    columns = ["measure", "answer key", "warehouse", "difference"]
    rows = [
        [one.measure, _figure(one.expected), _figure(one.found), f"{one.difference:,.4f}"]
        for one in result.figures
    ]
    print_table(columns, rows, right=columns[1:])
    say("Figures by key")
    columns = ["level", "table", "keys", "keys that differ", "largest difference", "where"]
    rows = [
        [
            one.level.replace("_", " "),
            one.table,
            count(one.key_count),
            count(one.differing_keys),
            f"{one.largest_difference:,.4f}",
            one.worst,
        ]
        for one in result.levels
    ]
    print_table(columns, rows, right=columns[2:5])


def _print_histories(result: "Score") -> None:
    say("Customers and products: newest states, and versions over time")
    columns = ["table", "answer key", "found", "keys that differ", "such as"]
    rows = [
        [
            one.table,
            count(one.expected_rows),
            count(one.found_rows),
            count(one.differing_keys),
            ", ".join(one.examples[:SHOWN_NAMES]),
        ]
        for one in result.histories
    ]
    print_table(columns, rows, right=columns[1:4])


def _print_findings(result: "Score") -> None:
    say("Rows that came twice")
    columns = ["table", "answer key", "found"]
    twice = [[one.table, count(one.expected), count(one.found)] for one in result.duplicates]
    print_table(columns, twice, right=columns[1:])
    if result.rules:
        say("Rules")
        columns = ["table", "rule", "severity", "expected", "found", "precision", "recall"]
        print_table(columns, [_rule_row(one) for one in result.rules], right=columns[3:])
    if result.kinds:
        say("Kinds of faults")
        columns = ["kind", "should", "planted", "handled so", "precision", "recall"]
        print_table(columns, [_kind_row(one) for one in result.kinds], right=columns[2:])


def _rule_row(one: "RuleScore") -> list[str]:
    found = [count(one.expected), count(one.found), _share(one.precision), _share(one.recall)]
    return [one.table, one.rule, one.severity, *found]


def _kind_row(one: "KindScore") -> list[str]:
    found = [count(one.planted), count(one.handled), _share(one.precision), _share(one.recall)]
    return [one.kind, one.expected, *found]


def _figure(value: Decimal) -> str:
    return f"{value:,.4f}"


def _share(value: float | None) -> str:
    """Rounded down, so that 100.0% is all."""
    return "" if value is None else f"{int(value * 1000) / 10:.1f}%"
