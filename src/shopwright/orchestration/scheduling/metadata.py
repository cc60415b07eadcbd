"""What a run tells of each table: rows, seconds, quality scores."""

from collections.abc import Mapping

from shopwright.orchestration.scheduling.findings import Findings
from shopwright.orchestration.scheduling.lineage import LineageTable, lineage
from shopwright.processing.scores import ALL

Value = int | float | str
ROW_COUNT = "dagster/row_count"
"""Where Dagster looks for the number of a table's rows."""


def made(found: Findings) -> dict[tuple[str, str], dict[str, Value]]:
    """By schema and name the tables that a run has made, and what is told of each."""
    return {
        table.key: {"run": found.run_id, **_told(table, found)}
        for table in lineage().values()
        if _is_made(table, found)
    }


def _is_made(table: LineageTable, found: Findings) -> bool:
    if table.schema == "staging":
        return table.name in found.staged
    return ".".join(table.key) in found.written


def _told(table: LineageTable, found: Findings) -> Mapping[str, Value]:
    name = ".".join(table.key)
    if table.schema == "staging":
        return {
            ROW_COUNT: found.staged[table.name],
            "seconds of all tables side by side": round(found.seconds["staging"], 3),
        }
    seconds = {"seconds": round(found.seconds[name], 3)}
    if table.schema == "checked":
        return {ROW_COUNT: found.written[name], **seconds, **_scores(table.name, found)}
    return {ROW_COUNT: found.rows[table.key], "rows written": found.written[name], **seconds}


def _scores(table: str, found: Findings) -> dict[str, Value]:
    return {
        "quality score" if dimension == ALL else f"score of {dimension}": round(score, 4)
        for dimension, score in found.scores.get(table, {}).items()
    }
