"""The products: popularity, prices, how the catalogue changes, what is bought together."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from faker.providers import BaseProvider

from shopwright.generation import Profile, generate, load_profile, resized
from shopwright.generation.catalog import build_catalog, drift_popularity, shop_price
from shopwright.generation.randomness import stream


def test_a_few_products_make_most_of_the_sales(profile: Profile, sale_items: pl.DataFrame) -> None:
    count = profile.product_count
    sold = sale_items.group_by("product_id").len().sort("len", descending=True)["len"]
    ranks = np.arange(1, count + 1) + profile.popularity.zipf_offset
    popularity = ranks**-profile.popularity.zipf_exponent
    expected = popularity[: count // 5].sum() / popularity.sum()

    # a little less than in any month: products come and go, and ranks drift
    share = sold.head(count // 5).to_numpy().sum() / sold.to_numpy().sum()
    assert share == pytest.approx(expected, abs=0.08)
    assert share > 0.5
    assert sold.to_numpy().max() / sold.to_numpy().sum() < 0.04


def test_popularity_drifts_and_keeps_its_law(profile: Profile) -> None:
    catalog = build_catalog(profile)
    appeal, popularity = catalog.appeal, catalog.popularity
    memory = profile.popularity.memory_days
    for month in range(12):
        drift_popularity(stream(1, "drift", month), profile.popularity, catalog, 30)

    kept = np.corrcoef(appeal, catalog.appeal)[0, 1]
    assert kept == pytest.approx(np.exp(-360 / memory), abs=0.05)
    assert catalog.appeal.std() == pytest.approx(1, abs=0.05)
    assert sorted(catalog.popularity) == sorted(popularity)


def test_categories_nest_and_brands_keep_to_one_supplier(
    profile: Profile, shop: dict[str, pl.DataFrame]
) -> None:
    products = shop["products"]
    for child, parent in (
        ("sub_category", "category"),
        ("brand", "category"),
        ("brand", "supplier"),
    ):
        parents = products.group_by(child).agg(pl.col(parent).n_unique())
        assert parents[parent].max() == 1, child
    assert products["category"].n_unique() == len({one.category for one in profile.shelves})
    assert products["sub_category"].n_unique() == len(profile.shelves)
    names = products.unique("product_id")["product_name"]
    assert names.is_unique().all()


def test_prices_spread_around_their_shelf_and_leave_a_margin(
    profile: Profile, shop: dict[str, pl.DataFrame]
) -> None:
    money = shop["products"].with_columns(pl.col("unit_price", "unit_cost").cast(pl.Float64))
    medians = dict(money.group_by("sub_category").agg(pl.col("unit_price").median()).iter_rows())
    for shelf in profile.shelves:
        assert medians[shelf.name] == pytest.approx(shelf.price, rel=0.4)
    margin = (1 - money["unit_cost"] / money["unit_price"]).mean()
    assert margin == pytest.approx(np.mean([one.margin for one in profile.shelves]), abs=0.04)


def test_shop_prices() -> None:
    euro = np.array([0.1, 7.31, 12.62, 48.7, 149.3, 1034.0])
    assert shop_price(euro).tolist() == [99, 749, 1249, 4899, 14900, 103400]


def test_some_prices_change_each_month_and_are_delivered(
    profile: Profile, shop: dict[str, pl.DataFrame]
) -> None:
    states = shop["products"].with_columns(before=pl.col("unit_price").shift().over("product_id"))
    changed = states.filter(pl.col("before") != pl.col("unit_price"))
    in_catalog = shop["products"].filter(pl.col("delivered") == date(2024, 1, 1)).height
    months = 400 / 30

    # a little less: products launched or ended within 30 days keep their price in them
    assert len(changed) / in_catalog / months == pytest.approx(
        profile.prices.changes_a_month, abs=0.006
    )
    ratio = changed["unit_price"].cast(pl.Float64) / changed["before"].cast(pl.Float64)
    assert 0.6 < ratio.to_numpy().min() < 0.9
    assert 1.1 < ratio.to_numpy().max() < 1.6


def test_launches_and_ends(profile: Profile, shop: dict[str, pl.DataFrame]) -> None:
    first = shop["products"].unique("product_id", keep="first", maintain_order=True)
    launched = first.filter(pl.col("delivered") > date(2024, 1, 1))
    ended = shop["products"].filter(pl.col("is_active") == "false")["product_id"].unique()
    habits = profile.range

    assert len(first) == profile.product_count
    assert len(launched) / len(first) == pytest.approx(
        habits.launches_a_year * 400 / 365, abs=0.002
    )
    # those launched in the second half of the period hardly end within it
    ends = 1 - np.exp(-habits.retirements_a_year * 340 / 365)
    assert 0.75 * ends < len(ended) / len(first) < 1.05 * ends
    assert first["product_id"].is_sorted()


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


def test_the_catalogue_depends_on_the_profile_and_its_seed_alone() -> None:
    fashion = load_profile("fashion")
    one, same, other = (build_catalog(resized(fashion, seed=seed)) for seed in (1, 1, 2))

    assert one.names.equals(same.names)
    assert one.price.tolist() == same.price.tolist()
    assert not one.names.equals(other.names)


def test_products_run_out_and_come_back(
    profile: Profile, shop: dict[str, pl.DataFrame], sale_items: pl.DataFrame
) -> None:
    states = shop["products"].select(
        "product_id", "delivered", empty=pl.col("stock_quantity") == "0"
    )
    spells = states.filter(
        pl.col("empty") & ~pl.col("empty").shift(fill_value=False).over("product_id")
    )
    wanted = profile.product_count * profile.range.stock_outs_a_year * 400 / 365
    sold = sale_items.sort("delivered").join_asof(
        states.sort("delivered"), on="delivered", by="product_id", check_sortedness=False
    )

    # fewer: not before a launch, after an end, or soon after another
    assert 0.6 * wanted < len(spells) < wanted
    assert not sold["empty"].any()
    back = states.with_columns(was=pl.col("empty").shift().over("product_id")).filter("was")
    assert len(back.filter(~pl.col("empty"))) > 0.9 * len(spells)
