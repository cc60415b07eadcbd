"""Files of metrics that are wrong are refused with file, line and nearest match."""

from pathlib import Path

import pytest

from shopwright.serving.semantic.catalog import (
    MetricInvalid,
    MetricUnknown,
    metric,
    metrics,
    read_forms,
    read_metrics,
)
from shopwright.serving.semantic.expressions import (
    Filter,
    Name,
    PriorYear,
    Ratio,
    Sum,
    walk,
)

GOOD = """\
name: net
label: Net
sentence: Net.
formula: {sum: net_amount}
unit: currency
format: amount
why: It is.
"""


def _with_formula(formula: str) -> str:
    return GOOD.replace("{sum: net_amount}", formula)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_with_formula("{sum: net_amont}"), "line 4: unknown column 'net_amont' (did"
         " you mean 'net_amount'?)"),
        (_with_formula("{smu: net_amount}"), "unknown operation 'smu' (did you mean 'sum'?)"),
        (_with_formula("\n  ratio:\n    - {sum: net_amount}\n    - nett"),
         "line 7: unknown metric 'nett' (did you mean 'net'?)"),
        (_with_formula("{ratio: [net]}"), "line 4: ratio takes a list of two"),
        (_with_formula("\n  filter: {sum: net_amount}\n  where: {is_retrun: true}"),
         "line 6: unknown condition 'is_retrun' (did you mean 'is_return'?)"),
        (_with_formula("{filter: {sum: net_amount}, where: {is_return: 1}}"),
         "line 4: is_return: 1 is neither true nor false"),
        (_with_formula("{filter: {sum: net_amount}}"), "filter needs"),
        (_with_formula("{count_distinct: customer_id, at_least: 0}"), "not a number from 1"),
        (_with_formula("{sum: net_amount, where: {is_return: true}}"), "sum takes no 'where'"),
        (_with_formula("{negative: net}"), "leads back to itself: net -> net"),
        (_with_formula("{prior_year: {share: {sum: net_amount}}}"), "cannot be taken of a form"),
        (_with_formula("7"), "7 is neither"),
        (GOOD + "lable: Net\n", "line 8: unknown key 'lable' (did you mean 'label'?)"),
        (GOOD.replace("unit: currency", "unit: dollars"), "line 5: unit: Input should be"),
        (GOOD.replace("name: net", "name: nett"), "line 1: name 'nett' is not that of the file"),
        (GOOD.replace("unit: currency\n", ""), "unit is missing"),
        (GOOD.replace("why: It is.\n", ""), "why: Field required"),
        (GOOD.replace("label: Net", "label: [Net"), "not YAML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "net.yml").write_text(text)
    with pytest.raises(MetricInvalid) as refusal:
        read_metrics(tmp_path)
    assert refusal.value.problem.startswith("net.yml")
    assert said in refusal.value.problem
    assert refusal.value.exit_code == 2


def test_a_form_knows_no_metric_but_the_one_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "net.yml").write_text(_with_formula("{prior_year: gross}"))
    with pytest.raises(MetricInvalid, match="unknown metric 'gross'"):
        read_forms(tmp_path)


def test_a_form_of_a_metric_has_its_tree() -> None:
    found = metric("margin_rate_prior_year")
    assert found.formula == PriorYear(Name("margin_rate"))
    assert isinstance(found.expanded, PriorYear)
    assert isinstance(found.expanded.of, Ratio)
    assert (found.base, found.form, found.unit) == ("margin_rate", "prior_year", "rate")
    assert metric("net_share").format == "percent"
    assert metric("gross").expanded == Filter(
        Sum("gross_amount"), frozenset({("is_return", False)})
    )


def test_no_name_means_two_things() -> None:
    from shopwright.serving.semantic.catalog import forms
    from shopwright.serving.semantic.dimensions import DIMENSIONS

    derived = [f"{base}_{form}" for base in metrics() for form in forms()]
    everything = [*metrics(), *derived, *DIMENSIONS]
    assert len(set(everything)) == len(everything)


def test_what_is_expanded_holds_no_name() -> None:
    for one in metrics().values():
        assert not any(isinstance(inner, Name) for inner in walk(one.expanded)), one.name


@pytest.mark.parametrize(
    ("name", "near"), [("nett", "net"), ("net_prior_yaer", "net_prior_year"), ("; drop", "")]
)
def test_an_unknown_metric_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(MetricUnknown) as refusal:
        metric(name)
    assert (f"did you mean '{near}'" in refusal.value.problem) == bool(near)
