"""The verb that lists the rules: the package's, the workspace's own, and how severe they are."""

import json
from pathlib import Path

from tests.integration.cli.conftest import shopwright

OWN = """\
- name: unit_price_is_too_high
  dimension: validity
  severity: reject
  sentence: Nothing costs more than 1,000.
  predicate: unit_price > 1000
"""


def listed(workspace: Path, *options: str) -> dict[tuple[str, str], str]:
    """How severe each rule is, by table and name."""
    result = shopwright("rules", "--json", "-w", workspace, *options)
    assert result.exit_code == 0, result.output
    return {(one["table"], one["name"]): one["severity"] for one in json.loads(result.stdout)}


def test_rules_are_listed_with_their_severities(workspace: Path) -> None:
    (workspace / "rules" / "products.rules.yml").write_text(OWN)
    file = workspace / "shopwright.toml"
    file.write_text(
        f'{file.read_text()}\n[quality.severity.transactions]\nrevenue_is_unusual = "off"\n'
        'status_is_unknown = "warn"\n'
    )
    found = listed(workspace)
    assert len(found) > 80
    assert found["products", "unit_price_is_too_high"] == "reject"
    assert found["transactions", "revenue_is_unusual"] == "off"
    assert found["transactions", "status_is_unknown"] == "warn"
    assert found["transactions", "customer_is_unknown"] == "wait"
    assert {table for table, _ in listed(workspace, "--table", "products")} == {"products"}

    result = shopwright("rules", "-w", workspace, "--table", "products")
    assert "Nothing costs more than 1,000." in result.stdout


def test_an_own_rule_that_cannot_be_one_is_told(new_workspace: Path) -> None:
    (new_workspace / "rules" / "products.rules.yml").write_text(OWN.replace("1000", "'x' ||"))
    result = shopwright("rules", "-w", new_workspace)
    assert result.exit_code == 2
    assert "rules/products.rules.yml, line 5: PostgreSQL refuses the predicate of" in result.stderr


def test_a_table_that_is_none_is_refused(workspace: Path) -> None:
    result = shopwright("rules", "--table", "product", "-w", workspace)
    assert result.exit_code == 2
    assert "There is no table 'product' (did you mean 'products'?)" in result.stderr
