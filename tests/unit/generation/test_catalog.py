"""The products: popularity, prices, how the catalogue changes, what is bought together."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from faker.providers import BaseProvider

from shopwright.generation import generate
from shopwright.generation.assortment import SUB_CATEGORIES
from shopwright.generation.catalog import (
    DISCONTINUED_A_YEAR,
    LAUNCHES_A_YEAR,
    ZIPF_EXPONENT,
    ZIPF_OFFSET,
    build_catalog,
    product_count,
    shop_price,
)
from shopwright.generation.prices import PRICE_CHANGES_A_MONTH

MIDDLE = date(2024, 7, 1)


def test_a_few_products_make_most_of_the_sales(sale_items: pl.DataFrame) -> None:
    count = product_count(60_000)
    sold = sale_items.group_by("product_id").len().sort("len", descending=True)["len"]
    ranks = np.arange(1, count + 1) + ZIPF_OFFSET
    popularity = ranks.astype(float) ** -ZIPF_EXPONENT
    expected = popularity[: count // 5].sum() / popularity.sum()

    share = sold.head(count // 5).to_numpy().sum() / sold.to_numpy().sum()
    assert share == pytest.approx(expected, abs=0.05)
    assert share > 0.6
    assert sold.to_numpy().max() / sold.to_numpy().sum() < 0.04


def test_categories_nest_and_brands_keep_to_one_supplier(shop: dict[str, pl.DataFrame]) -> None:
    products = shop["products"]
    for child, parent in (
        ("sub_category", "category"),
        ("brand", "category"),
        ("brand", "supplier"),
    ):
        parents = products.group_by(child).agg(pl.col(parent).n_unique())
        assert parents[parent].max() == 1, child
    assert products["category"].n_unique() == 9
    assert products["sub_category"].n_unique() == len(SUB_CATEGORIES)
    names = products.unique("product_id")["product_name"]
    assert names.is_unique().all()


def test_prices_spread_around_their_shelf_and_leave_a_margin(
    shop: dict[str, pl.DataFrame],
) -> None:
    money = shop["products"].with_columns(pl.col("unit_price", "unit_cost").cast(pl.Float64))
    medians = dict(money.group_by("sub_category").agg(pl.col("unit_price").median()).iter_rows())
    for shelf in SUB_CATEGORIES:
        assert medians[shelf.name] == pytest.approx(shelf.median_price, rel=0.4)
    margin = (1 - money["unit_cost"] / money["unit_price"]).mean()
    assert margin == pytest.approx(np.mean([s.margin for s in SUB_CATEGORIES]), abs=0.04)


def test_shop_prices() -> None:
    euro = np.array([0.1, 7.31, 12.62, 48.7, 149.3, 1034.0])
    assert shop_price(euro).tolist() == [99, 749, 1249, 4899, 14900, 103400]


def test_some_prices_change_each_month_and_are_delivered(shop: dict[str, pl.DataFrame]) -> None:
    states = shop["products"].with_columns(before=pl.col("unit_price").shift().over("product_id"))
    changed = states.filter(pl.col("before") != pl.col("unit_price"))
    in_catalog = shop["products"].filter(pl.col("delivered") == date(2024, 1, 1)).height
    months = 400 / 30

    # a little less: products launched or ended within 30 days keep their price in them
    assert len(changed) / in_catalog / months == pytest.approx(PRICE_CHANGES_A_MONTH, abs=0.004)
    ratio = changed["unit_price"].cast(pl.Float64) / changed["before"].cast(pl.Float64)
    assert 0.6 < ratio.to_numpy().min() < 0.9
    assert 1.1 < ratio.to_numpy().max() < 1.6


def test_launches_and_ends(shop: dict[str, pl.DataFrame]) -> None:
    first = shop["products"].unique("product_id", keep="first", maintain_order=True)
    launched = first.filter(pl.col("delivered") > date(2024, 1, 1))
    ended = shop["products"].filter(pl.col("is_active") == "false")

    assert len(first) == product_count(60_000)
    assert len(launched) / len(first) == pytest.approx(LAUNCHES_A_YEAR * 400 / 365, abs=0.002)
    assert len(ended) / len(first) == pytest.approx(DISCONTINUED_A_YEAR * 340 / 365, abs=0.015)
    assert first["product_id"].is_sorted()


def test_what_goes_together_is_bought_together(
    shop: dict[str, pl.DataFrame], sale_items: pl.DataFrame
) -> None:
    shelves = shop["products"].unique("product_id").select("product_id", "sub_category")
    lines = sale_items.join(shelves, on="product_id").select("transaction_id", "sub_category")
    share = (lines["sub_category"] == "Socks").to_numpy().mean()
    with_trainers = lines.filter(pl.col("sub_category") == "Trainers")["transaction_id"].unique()
    others = lines.filter(
        pl.col("transaction_id").is_in(with_trainers.to_list())
        & (pl.col("sub_category") != "Trainers")
    )
    assert (others["sub_category"] == "Socks").to_numpy().mean() > 3 * share


def test_faker_fills_pools_and_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    original = BaseProvider.random_elements

    def counted(self: BaseProvider, *args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        return original(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(BaseProvider, "random_elements", counted)
    counts = []
    for sales in (1_000, 20_000):
        calls = 0
        generate(tmp_path / str(sales), days=1, transactions=sales)
        counts.append(calls)

    assert counts[0] > 5_000  # the pools
    assert counts[1] - counts[0] < 2_000  # more brands; one name a row would be 20,000 more


def test_the_catalogue_depends_on_the_seed_alone() -> None:
    one, same, other = (build_catalog(seed, 90, 5_000) for seed in (1, 1, 2))

    assert one.names.equals(same.names)
    assert one.price.tolist() == same.price.tolist()
    assert not one.names.equals(other.names)
