"""The rows that were set aside against the faults that were planted: precision and recall."""

from dataclasses import dataclass, field

import polars as pl
from psycopg import Connection

from shopwright.generation.answer_key.book import WAITING_COLUMNS
from shopwright.generation.deliveries import TABLES
from shopwright.generation.faults.planting import KEYS
from shopwright.generation.scoring.answers import POSITION, Answers
from shopwright.generation.scoring.malformed_lines import MALFORMED, NO_ROW, MalformedLines
from shopwright.generation.scoring.marks import DuplicateScore, KindScore, RuleScore
from shopwright.processing.rules import CONFLICT, package_rules

_WAITING = list(WAITING_COLUMNS)
LATE = "late_reference"
LOSS_RULE = "unit_cost_is_above_the_price"


@dataclass(frozen=True)
class Findings:
    """The scores of rules, kinds and duplicates."""

    rules: list[RuleScore] = field(default_factory=list)
    kinds: list[KindScore] = field(default_factory=list)
    duplicates: list[DuplicateScore] = field(default_factory=list)


def score_findings(connection: Connection, answers: Answers) -> Findings:
    """Compares the rows set aside, what was warned of and the duplicates with the answer key.

    Of a rejected row the rules that reject count, of a waiting one those that wait. A row that
    waited and was published since is no finding.
    """
    found = _rows_set_aside(connection)
    duplicates = _duplicates(connection, answers)
    lines = MalformedLines.compared(connection, answers)
    rule_scores = [
        *_rules_by_row(answers, found),
        *_rules_by_count(connection, answers),
        *lines.rule_scores,
    ]
    rule_scores.sort(key=lambda one: (TABLES.index(one.table), one.rule))
    kinds = _kinds(answers, found, lines, rule_scores, duplicates)
    return Findings(rule_scores, kinds, duplicates)


def _rows_set_aside(connection: Connection) -> pl.DataFrame:
    """One row per row set aside and rule of the severity that decided; `reference` is the key that
    a waiting row waits for."""
    key = " ".join(f"when '{table}' then row_data ->> '{column}'" for table, column in KEYS.items())
    rows = connection.execute(
        f"""
        select delivery_name, file_name, row_number, entry.table_name,
            trim(case entry.table_name {key} end), status, rule_name,
            trim(row_data ->> replace(rule_name, '_is_unknown', '_id'))
        from quality.rejected_rows as entry
        inner join ops.files using (file_id)
        inner join ops.deliveries using (delivery_key)
        cross join lateral unnest(broken_rules) as rule_name
        where status <> 'published'
        """
    ).fetchall()
    schema = {
        **{"delivery": pl.String, "file": pl.String, "line": pl.Int64, "table": pl.String},
        **{"key": pl.String, "status": pl.String, "rule": pl.String, "reference": pl.String},
    }
    severities = _severities()
    rows = [
        row
        for row in rows
        if severities.get((row[3], row[6])) == ("wait" if row[5] == "waiting" else "reject")
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _severities() -> dict[tuple[str, str], str]:
    return {
        (table, rule.name): rule.severity
        for table in TABLES
        for rule in (*package_rules(table), CONFLICT)
    }


def _planted_in_rows(answers: Answers) -> pl.DataFrame:
    """The faults whose own row should be set aside."""
    return answers.faults.filter(
        pl.col("expected").is_in(["reject", "wait"]) & (pl.col("kind") != LATE)
    )


def _rules_by_row(answers: Answers, found: pl.DataFrame) -> list[RuleScore]:
    planted = _planted_in_rows(answers)
    at_their_place = found.join(planted, on=[*POSITION, "rule"], how="semi")
    elsewhere = found.join(planted, on=[*POSITION, "rule"], how="anti")
    following = elsewhere.join(answers.consequences, on=_WAITING, how="semi")
    missed = answers.consequences.join(found, on=_WAITING, how="anti")
    consequences = answers.consequences
    pairs = pl.concat([frame.select("table", "rule") for frame in (planted, consequences, found)])
    severities = _severities()
    scores = []
    for table, rule in pairs.unique().sort("table", "rule").iter_rows():

        def of(frame: pl.DataFrame, table: str = table, rule: str = rule) -> int:
            return len(frame.filter((pl.col("table") == table) & (pl.col("rule") == rule)))

        # several rows of one order may wait for the same reason: the answer key names it once
        hits = of(at_their_place) + of(following)
        expected = of(planted) + of(following) + of(missed)
        severity = severities.get((table, rule), "reject")
        scores.append(RuleScore(table, rule, severity, expected, of(found), hits))
    return scores


def _rules_by_count(connection: Connection, answers: Answers) -> list[RuleScore]:
    """Rules that only warn: a row that came twice was warned of twice.

    What is odd about more than a row is true of the made-up shop, or follows from a fault.
    """
    known = _severities()  # a workspace's own rules look for what nobody planted
    counts = {
        (table, rule): int(count)
        for table, rule, count in connection.execute(
            "select table_name, rule_name, sum(row_count) from quality.rule_results"
            " where severity = 'warn' group by table_name, rule_name"
        )
        if (table, rule) in known
    }
    twice = answers.deliveries.filter(pl.col("arrival") == "twice")["of_day"]
    own = answers.deliveries.filter(
        pl.col("of_day").is_in(twice.implode()) & (pl.col("arrival") != "twice")
    )
    warned = answers.faults.filter(pl.col("expected") == "warn").with_columns(
        rows=1 + pl.col("delivery").is_in(own["delivery"].implode()).cast(pl.Int64)
    )
    sums = warned.group_by("table", "rule").agg(pl.col("rows").sum())
    expected = {(table, rule): rows for table, rule, rows in sums.iter_rows()}
    if loss_makers := int(answers.deliveries["loss_makers"].sum()):
        expected["products", LOSS_RULE] = expected.get(("products", LOSS_RULE), 0) + loss_makers
    return [
        RuleScore(
            table,
            rule,
            "warn",
            expected.get((table, rule), 0),
            counts.get((table, rule), 0),
            min(expected.get((table, rule), 0), counts.get((table, rule), 0)),
        )
        for table, rule in sorted({*expected, *counts})
    ]


def _duplicates(connection: Connection, answers: Answers) -> list[DuplicateScore]:
    found = {
        table: int(count)
        for table, count in connection.execute(
            "select table_name, sum(duplicate_count) from ops.delivery_tables group by table_name"
        )
    }
    return [
        DuplicateScore(
            table, int(answers.deliveries[f"{table}_repeated"].sum()), found.get(table, 0)
        )
        for table in TABLES
    ]


def _kinds(
    answers: Answers,
    found: pl.DataFrame,
    lines: MalformedLines,
    rule_scores: list[RuleScore],
    duplicates: list[DuplicateScore],
) -> list[KindScore]:
    by_rule = {(one.table, one.rule): one for one in rule_scores}
    missing = {one.table: max(one.expected - one.found, 0) for one in duplicates}
    scores = []
    for kind, expected in (
        answers.faults.select("kind", "expected").unique().sort("kind", "expected").iter_rows()
    ):
        faults = answers.faults.filter((pl.col("kind") == kind) & (pl.col("expected") == expected))
        if kind == LATE:
            handled = _resolved(faults, found)
        elif expected in ("reject", "wait"):
            handled = len(faults.join(found, on=[*POSITION, "rule"], how="semi"))
        elif expected == "warn":
            handled = _warned(faults, by_rule)
        elif expected == MALFORMED:
            faults = faults.with_columns(rule=pl.lit(NO_ROW))
            handled = lines.set_aside(faults)
        else:
            handled = _left_alone(faults, found, answers)
            if expected == "duplicate":
                unnoticed = sum(missing[table] for table in faults["table"].unique())
                handled = max(handled - unnoticed, 0)
        pairs = set(faults.select("table", "rule").unique().iter_rows()) if kind != LATE else set()
        caught = [by_rule[pair] for pair in pairs if pair in by_rule]
        total = sum(one.found for one in caught)
        precision = sum(one.hits for one in caught) / total if total else None
        scores.append(KindScore(kind, expected, len(faults), handled, precision))
    return scores


def _resolved(faults: pl.DataFrame, found: pl.DataFrame) -> int:
    """Keys that came late and that nothing waits for any more."""
    return len(
        faults.join(found, left_on=["key", "rule"], right_on=["reference", "rule"], how="anti")
    )


def _warned(faults: pl.DataFrame, by_rule: dict[tuple[str, str], RuleScore]) -> int:
    """Each kind's part of what its rules found."""
    count = 0
    for table, rule, planted in faults.group_by("table", "rule").len().iter_rows():
        score = by_rule[table, rule]
        count += planted * score.hits // score.expected
    return count


def _left_alone(faults: pl.DataFrame, found: pl.DataFrame, answers: Answers) -> int:
    """Rows that were not set aside, or only because what they refer to was."""
    aside = faults.join(found, on=POSITION, how="semi")
    unexplained = aside.join(answers.consequences, on=["table", "key"], how="anti")
    return len(faults) - len(unexplained)
