"""The pages' files: what they hold, and that a mistake is told with its line and what was meant."""

from pathlib import Path

import pytest

from shopwright.visualization.definitions import DashboardInvalid, pages, read_pages, visuals

PAGE = """\
name: one
position: 1
title: One
sentence: A page.
visuals:
  - name: net
    kind: bar
    title: Net
    sentence: By category.
    width: 6
    height: 3
    metrics: [net, orders]
    dimensions: [category]
    sort: [-net]
    drill: [category, sub_category, product]
  - name: values
    kind: histogram
    title: Values
    sentence: Of orders.
    width: 6
    height: 3
    analysis: order_values
    parameters: {width: 25}
    dimensions: [band_from_amount]
    metrics: [order_count]
    labels: {order_count: Orders}
"""


def test_there_are_six_pages_with_what_each_must_show() -> None:
    kinds = {name: [one.kind for one in page.visuals] for name, page in pages().items()}
    assert list(kinds) == ["executive", "sales", "products", "customers", "payments", "pipeline"]
    assert len(visuals()) >= 24
    assert kinds["executive"].count("kpi") >= 4
    assert {"heat_map", "histogram", "waterfall", "scatter"} <= set(kinds["sales"])
    assert {"pareto", "treemap", "table", "matrix"} <= set(kinds["products"])
    for page in pages().values():
        assert sum(one.width * one.height for one in page.visuals) % 12 == 0, page.name


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("[nett, orders]", "[net, orders]", 12, "unknown metric 'nett' (did you mean 'net'?)"),
        ("[categry]", "[category]", 13, "unknown dimension 'categry' (did you mean 'category'?)"),
        ("kind: bars", "kind: bar", 7, "unknown kind 'bars' (did you mean 'bar'?)"),
        ("metric: [net, orders]", "metrics: [net, orders]", 12,
         "unknown key 'metric' (did you mean 'metrics'?)"),
        ("[-nett]", "[-net]", 14, "(did you mean 'net'?)"),
        ("sub_categori, ", "sub_category, ", 15, "(did you mean 'sub_category'?)"),
        ("drill: [brand]", "drill: [category, sub_category, product]", 15, "drill does not begin"),
        ("{order_cout: Orders}", "{order_count: Orders}", 26,
         "a label for 'order_cout', which is not shown (did you mean 'order_count'?)"),
        ("order_valus", "order_values", 22, "(did you mean 'order_values'?)"),
        ("{wide: 25}", "{width: 25}", 23, "no parameter 'wide' (did you mean 'width'?)"),
        ("[band_from]", "[band_from_amount]", 24, "(did you mean 'band_from_amount'?)"),
        ("[order_counts]", "[order_count]", 25, "(did you mean 'order_count'?)"),
        ("[net, shipping]", "[net, orders]", 13, "belongs to a whole order"),
        ("width: 13", "width: 6", 10, "less than or equal to 12"),
        ("name: net", "name: values", 16, "a second visual 'net'"),
        ("name: two", "name: one", 1, "name 'two' is not that of the file"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_nearest_match(
    tmp_path: Path, wrong: str, right: str, line: int, said: str
) -> None:
    assert right in PAGE
    (tmp_path / "one.yml").write_text(PAGE.replace(right, wrong, 1))
    with pytest.raises(DashboardInvalid) as refused:
        read_pages(tmp_path)
    assert refused.value.problem.startswith(f"one.yml, line {line}: ")
    assert said in refused.value.problem


def test_the_right_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(PAGE)
    bar, histogram = read_pages(tmp_path)["one"].visuals
    assert bar.cross_filter == "category"
    assert bar.dimensions_at(1) == ["sub_category"]
    assert {"date", "category", "payment_method"} <= bar.filters
    assert histogram.filters == {"date"}
    assert histogram.cross_filter is None
