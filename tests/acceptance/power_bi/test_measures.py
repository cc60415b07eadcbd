"""Every measure, evaluated by a DAX engine on exported data, equals the SQL of its metric.

The engine is pbix-mcp's, which is written in Python. So the generated shop is small, forms (growth,
running totals ...) are computed in some cells of a grouping, and Online Retail (UCI, CC BY 4.0) is
its first 15 days. SHOPWRIGHT_TEST_WHOLE_SHOPS=1 takes all of it, the shop of `shopwright demo`, and
every form in every cell: two workers take 20 minutes. `DIFFERENCES` in same_figures.py explains
where DAX and SQL differ.
"""

from collections.abc import Callable, Mapping
from datetime import date
from inspect import signature
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytest.importorskip("pbix_mcp", reason="pbix-mcp, the DAX engine, is not installed")

from tests.acceptance.conftest import DEMO, WHOLE_SHOPS
from tests.acceptance.power_bi.conftest import SETTINGS, Exported
from tests.acceptance.power_bi.dax_engine import Loaded, loaded
from tests.acceptance.power_bi.same_figures import compare, every_metric, slicers

from shopwright.cli.demo import demo
from shopwright.serving.analyses import Analysis, analyses
from shopwright.serving.semantic import Filters, Result, answer
from shopwright.serving.semantic.catalog import metrics
from shopwright.visualization.definitions import visuals
from shopwright.visualization.power_bi.folder import write
from shopwright.visualization.power_bi.project import project
from shopwright.visualization.power_bi.sources import PostgresSource
from shopwright.visualization.selection import Selection
from shopwright.visualization.visual_figures import figures_of

SPRING = Filters(date(2024, 3, 1), date(2024, 5, 31))
SOME_DAYS = Filters(date(2024, 2, 10), date(2024, 3, 17))
_loaded: dict[str, Loaded] = {}


def loaded_once(shop: Exported) -> Loaded:
    """The model with its rows; loading takes seconds."""
    key = str(shop.folder)
    if key not in _loaded:
        _loaded[key] = loaded(shop.model, shop.folder)
    return _loaded[key]


YEAR_1997 = Filters(date(1997, 1, 1), date(1997, 12, 31))
SUMMER_2011 = Filters(date(2011, 6, 1), date(2011, 8, 31))
FEBRUARY_2024 = Filters(date(2024, 2, 1), date(2024, 2, 29))
WHOLE_SHOPS_FORMS: list[tuple[str, list[str], Filters, int]] = [
    ("demo", ["year"], Filters(), 1), ("demo", ["month"], Filters(), 3),
    ("demo", ["category"], FEBRUARY_2024, 6), ("demo", ["customer_country"], FEBRUARY_2024, 11),
    ("online_retail", ["year"], Filters(), 2), ("online_retail", ["month"], Filters(), 13),
    ("online_retail", ["category"], SUMMER_2011, 1),
    ("online_retail", ["customer_country"], SUMMER_2011, 40),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "by", "where", "most_cells"),
    [
        ("generated", [], SPRING, 1),
        ("generated", [], SOME_DAYS, 1),
        ("generated", ["year"], Filters(), 3),
        ("generated", ["quarter"], Filters(), 2),
        ("generated", ["month"], Filters(), 4),
        ("generated", ["week"], Filters(), 2),
        ("generated", ["day"], Filters(date(2024, 12, 1), date(2024, 12, 31)), 2),
        ("generated", ["category"], SPRING, 4),
        ("generated", ["customer_country"], SPRING, 3),
        ("generated", ["month", "payment_method"], Filters(values={"channel": ["web"]}), 2),
        ("northwind", ["year"], Filters(), 3),
        ("northwind", ["month"], Filters(), 2),
        ("northwind", ["category"], YEAR_1997, 2),
        ("northwind", ["customer_country"], YEAR_1997, 2),
        *(WHOLE_SHOPS_FORMS if WHOLE_SHOPS else []),
    ],
)
def test_every_metric_and_form_is_the_same(
    exported: Callable[[str], Exported], name: str, by: list[str], where: Filters, most_cells: int
) -> None:
    shop = exported(name)
    done = compare(
        loaded_once(shop), shop.connection, by, where, every_metric(),
        most_cells=1000 if WHOLE_SHOPS else most_cells,
    )  # fmt: skip
    assert done.cells > 0
    assert done.known > done.figures / 6, done


@pytest.mark.parametrize("name", ["generated", "northwind", "online_retail"])
def test_the_project_of_a_shop_is_built_and_built_again(
    exported: Callable[[str], Exported], tmp_path: Path, name: str
) -> None:
    shop = exported(name)
    source = PostgresSource("db:5432", "shop")
    for changed in (True, False):
        made = project(SETTINGS, shop.connection, source)
        assert bool(write(made, tmp_path, "postgres").changed) == changed
        assert made.visual_count == len(visuals())


def test_the_demo_is_that_of_the_command() -> None:
    defaults = {name: one.default for name, one in signature(demo).parameters.items()}
    assert {name: defaults[name] for name in DEMO} == DEMO
    assert defaults["profile"] == "fashion"


@pytest.mark.parametrize("by", ["year", "month", "category", "customer_country"])
@pytest.mark.parametrize("name", ["northwind", "online_retail", *(["demo"] if WHOLE_SHOPS else [])])
def test_every_metric_of_a_shop_is_the_same_in_every_cell(
    exported: Callable[[str], Exported], name: str, by: str
) -> None:
    shop = exported(name)
    every = list(metrics().values())
    done = compare(loaded_once(shop), shop.connection, [by], Filters(), every)
    assert done.known > done.figures / 3, done


class Asked:
    """The reader's answers, as the dashboard asks for them."""

    def __init__(self, shop: Exported) -> None:
        self._connection = shop.connection

    def answer(self, *asked: Any, **more: Any) -> Result:
        return answer(self._connection, *asked, **more)

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        statement, values = analysis.bound(given)
        cursor = psycopg.RawCursor(self._connection).execute(statement, values)
        names = tuple(one.name for one in cursor.description or ())
        return Result(names, cursor.fetchall(), analysis.tables)


def test_waterfalls_and_funnels_have_the_steps_of_the_web_page(
    exported: Callable[[str], Exported],
) -> None:
    """In one category alone: price, volume and mix go product by product."""
    shop = exported("generated")
    ((category, *_), *_) = answer(shop.connection, ["net"], ["category"]).rows
    selection = Selection(SPRING.start, SPRING.end, {"category": (category,)})
    model = loaded_once(shop)
    where = Filters(SPRING.start, SPRING.end, {"category": [category]})
    for visual_id in ("executive.from_gross_to_net", "payments.units_kept",
                      "sales.price_volume_mix"):  # fmt: skip
        visual = visuals()[visual_id]
        table = f"steps_{visual_id.replace('.', '_')}"
        rows = {row[0]: float(row[1]) for row in figures_of(visual, selection, Asked(shop)).rows}
        steps = [row[0] for row in model.tables[table]["rows"]]
        found = {
            step: model.figures(
                [visual.title], {f"{table}.Step": step}, slicers(model, where)
            )
            for step in steps
        }  # fmt: skip
        last = list(rows)[-1]
        for step in steps:
            assert found[step][visual.title] == pytest.approx(rows[step], abs=0.01), (
                visual_id,
                step,
            )
        assert steps == (list(rows) if visual.kind == "funnel" else list(rows)[:-1])
        if visual.kind == "waterfall":  # the chart adds its total up by itself
            total = sum(one[visual.title] for one in found.values())
            assert total == pytest.approx(rows[last], abs=0.01)


def test_a_pareto_chart_has_the_running_share_of_the_web_page(
    exported: Callable[[str], Exported],
) -> None:
    shop, selection = exported("generated"), Selection(SPRING.start, SPRING.end)
    model = loaded_once(shop)
    shown = figures_of(visuals()["products.pareto"], selection, Asked(shop))
    names = dict(
        shop.connection.execute(
            "select product_id, product_name from warehouse.dim_product where is_current"
        ).fetchall()
    )
    for product_id, _, _, share in shown.rows[:4]:
        cell = {"Product.Product": names[product_id]}
        found = model.figures(
            ["Few products make most: Running share"], cell, slicers(model, SPRING)
        )
        assert found.popitem()[1] == pytest.approx(float(share), abs=1e-8)


def test_order_values_follow_the_dates_and_equal_the_analysis(
    exported: Callable[[str], Exported],
) -> None:
    shop = exported("generated")
    model = loaded_once(shop)
    given = {"width": 25, "first_day": SPRING.start, "last_day": SPRING.end}
    rows = Asked(shop).select(analyses()["order_values"], given).rows
    assert len(rows) > 5
    for band, orders, net, *_ in rows:
        found = model.figures(
            ["How large orders are: Orders", "How large orders are: Net sales"],
            {"Orders.Order value from": float(band)}, slicers(model, SPRING),
        )  # fmt: skip
        assert list(found.values()) == [orders, pytest.approx(float(net))]
