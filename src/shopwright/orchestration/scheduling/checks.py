"""Claims and rules as asset checks: what each is about, and how it went in a run."""

from collections.abc import Iterator, Mapping

import dagster as dg

from shopwright.ingestion.contract import contract
from shopwright.orchestration.scheduling.findings import Findings
from shopwright.orchestration.scheduling.lineage import subject
from shopwright.processing.examination import claims
from shopwright.processing.rulebook import Rulebook


def check_specs(rulebook: Rulebook) -> list[dg.AssetCheckSpec]:
    """A check for each claim, on the table it is about, and for each rule, on the checked rows."""
    of_claims = [
        dg.AssetCheckSpec(
            name,
            asset=dg.AssetKey(subject(select)),
            description=_sentence(select),
            blocking=True,
        )
        for name, select in claims().items()
    ]
    of_rules = [
        dg.AssetCheckSpec(rule.name, asset=_checked(table), description=rule.sentence)
        for table in contract()
        for rule in rulebook.listed(table)
        if rule.severity != "off"
    ]
    return of_claims + of_rules


def claim_results(against: Mapping[str, int]) -> Iterator[dg.AssetCheckResult]:
    """How the claims went, by the rows that speak against each. One that fails is an error: its
    run has published nothing."""
    for name, rows in against.items():
        yield dg.AssetCheckResult(
            asset_key=dg.AssetKey(subject(claims()[name])),
            check_name=name,
            passed=rows == 0,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"rows against it": rows},
            description=None if rows == 0 else f"Not true of {rows:,} rows: it was rolled back.",
        )


def rule_results(rulebook: Rulebook, found: Findings) -> Iterator[dg.AssetCheckResult]:
    """How the rules of the tables that rows came for went. One that was broken is a warning, how
    severe it may be: what could be published was."""
    came = {*found.staged, *(table for table, _ in found.rules)}
    for table in contract():
        for rule in rulebook.listed(table) if table in came else ():
            if rule.severity == "off":
                continue
            rows = found.rules.get((table, rule.name), 0)
            yield dg.AssetCheckResult(
                asset_key=_checked(table),
                check_name=rule.name,
                passed=rows == 0,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "rows that broke it": rows,
                    "severity": rule.severity,
                    "dimension": rule.dimension,
                },
                description=_broken(rule.name, rule.severity, rows) if rows else None,
            )


def _broken(rule: str, severity: str, rows: int) -> str:
    became = {"reject": "set aside", "wait": "waiting for what they refer to"}
    if severity not in became:
        return f"{rows:,} rows are published with a warning: shopwright quality"
    return f"{rows:,} rows are {became[severity]}: shopwright rejected list --rule {rule}"


def _checked(table: str) -> dg.AssetKey:
    return dg.AssetKey(["checked", table])


def _sentence(select: str) -> str:
    """The first comment of a claim: what its rows would be."""
    lines = []
    for line in select.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return "Must give no row. " + " ".join(lines)
