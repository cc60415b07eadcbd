"""Files of own rules: what is read, and how what cannot be one is refused."""

from pathlib import Path

import pytest

from shopwright.config import Settings
from shopwright.config.workspace import Workspace
from shopwright.processing.own_rules import EXAMPLE, RulesInvalid, own_rules
from shopwright.processing.rulebook import Rulebook
from shopwright.processing.rules import Rule

LINES = EXAMPLE.splitlines()


def write(folder: Path, text: str, name: str = "products.rules.yml") -> Path:
    """A folder of rules with one file."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / name).write_text(text, encoding="utf-8")
    return rules


def test_a_rule_is_read_with_its_place(tmp_path: Path) -> None:
    folder = write(tmp_path, f"# ours\n\n{EXAMPLE}\n  mend: Ask.\n")
    write(tmp_path, "# none yet\n", "customers.rules.yml")
    (folder / "README.md").write_text("notes")
    assert own_rules(folder) == {
        "customers": [],
        "products": [
            Rule(
                "unit_price_is_too_high", "validity", "warn",
                "Nothing in the shop costs more than 10,000.", "unit_price > 10000", "Ask.",
                place="rules/products.rules.yml, line 7",
            )
        ],
    }  # fmt: skip


def test_a_workspace_without_rules_has_the_package_s(tmp_path: Path) -> None:
    rulebook = Rulebook.of_workspace(Workspace(tmp_path, Settings()))
    assert rulebook == Rulebook.of_package()
    assert not rulebook.has_own_rules


@pytest.mark.parametrize(
    ("text", "problem", "mend"),
    [
        ("- name: a: b", "line 1: not YAML: mapping values are not allowed", "stands in quotes"),
        ("name: x", "line 1: not a list of rules", EXAMPLE),
        ("- 3", "line 1: not a rule", EXAMPLE),
        ("\n- name: [a]", "line 2: a text is wanted here", EXAMPLE),
        (EXAMPLE.replace("severity", "severty"), "line 3: unknown key 'severty' (did you mean"
         " 'severity'?)", "A rule has name, dimension, severity, sentence, predicate"),
        (f"{EXAMPLE}\n  name: x", "line 6: name stands there twice", "Take one away"),
        ("\n".join(LINES[:4]), "line 1: the rule has no predicate", EXAMPLE),
        (EXAMPLE.replace("unit_price > 10000", ""), "line 5: the rule has no predicate", EXAMPLE),
        (EXAMPLE.replace("unit_price_is", "Unit-price_is"), "line 1: the name 'Unit-price_is_too",
         "what is wrong with the row"),
        (EXAMPLE.replace("validity", "validty"), "line 2: there is no dimension 'validty' (did you"
         " mean 'validity'?)", "completeness, uniqueness, validity"),
        (EXAMPLE.replace("warn", "error"), "line 3: there is no severity 'error'", "reject, warn"),
        (EXAMPLE.replace("warn", "wait"), "line 3: unit_price_is_too_high cannot wait",
         "Write reject or warn"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_its_line(
    tmp_path: Path, text: str, problem: str, mend: str
) -> None:
    with pytest.raises(RulesInvalid) as caught:
        own_rules(write(tmp_path, text))
    assert caught.value.problem.startswith(f"rules/products.rules.yml, {problem}")
    assert mend in caught.value.mend
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("product.rules.yml", " Did you mean products.rules.yml?"),
        ("products.yml", " Did you mean products.rules.yml?"),
        ("orders.rules.yaml", ""),
    ],
)
def test_a_file_of_no_table_is_refused(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(RulesInvalid) as caught:
        own_rules(write(tmp_path, EXAMPLE, name))
    assert caught.value.problem == (
        f"rules/{name} is named after none of the contract's tables.{hint}"
    )
    assert "customers.rules.yml, products.rules.yml" in caught.value.mend


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, "")
    (folder / "products.rules.yml").write_bytes(b"- name: caf\xe9")
    with pytest.raises(RulesInvalid, match="is not UTF-8"):
        own_rules(folder)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("products", "unit_cost_is_above_the_price"),
        ("products", "conflicts_with_an_earlier_row"),
        ("transactions", "revenue_is_unusual"),
        ("products", "twice"),
    ],
)
def test_a_name_that_exists_is_refused(tmp_path: Path, table: str, name: str) -> None:
    entry = EXAMPLE.replace("unit_price_is_too_high", name)
    write(tmp_path, f"{entry}\n{entry}", f"{table}.rules.yml")
    with pytest.raises(RulesInvalid) as caught:
        Rulebook.of_workspace(Workspace(tmp_path, Settings()))
    line = 10 if name == "twice" else 5
    assert caught.value.problem == (
        f"rules/{table}.rules.yml, line {line}: there is a rule {name} of {table} already."
    )
    assert f"[quality.severity.{table}] {name}" in caught.value.mend
