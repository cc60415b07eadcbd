"""Shops at the edges of what a profile may say are whole too."""

from pathlib import Path

import polars as pl
import pytest
from tests.unit.generation.conftest import TABLES, read_table

from shopwright.generation import generate, load_profile

ONE_SHELF = """
[[shelves]]
category = "All"
name = "One"
products = ["Thing"]
price = 0.5
margin = 0
return_rate = 1
peak_month = 2
swing = 0.95
goes_with = ["One"]
"""


@pytest.mark.parametrize(
    "settings",
    [
        f"[size]\nproducts = 10\n[baskets]\nsizes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]\n{ONE_SHELF}",
        "[customers]\nguest_share = 0.99\nfirst_order_share = 0.01",
        "[customers]\nguest_share = 0\nfirst_order_share = 1\nrepeat_rate = 0.9",
        "[customers]\nregistered_earlier_days = 1\nbrowsers_per_buyer = 0\nmedian_life_days = 0.1",
        "[popularity]\nzipf_exponent = 3\nzipf_offset = 0\nmemory_days = 0.1",
        "[range]\nlaunches_a_year = 1\nretirements_a_year = 1\nstock_outs_a_year = 12\n"
        "stock_out_days = 60",
        "[prices]\nchanges_a_month = 1\ndrift = -0.5\nstep = 0.5",
        "[promotions]\nshelves_a_week = 1\npercentages = [90]\nlift = 100\ncoupon_share = 1",
        "[orders]\ncancelled_share = 1\nin_progress_share = 1\nweb = 0\napp = 0",
        "[returns]\nwhole_share = 0\nfirst_day = 7\nmean_more_days = 0\nlast_day = 7",
        "[demand]\npayday_days = 0\ndaily_noise = 1\nholiday_factor = 0.001\ngrowth_a_year = -0.8",
        "[countries]\n'United States' = 1",
        "[size]\nstart = 1900-01-01\nend = 1900-03-30",
        "[size]\nstart = 2199-10-03\nend = 2199-12-31",
    ],
)
def test_an_odd_shop_is_whole(tmp_path: Path, settings: str) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(f'based_on = "fashion"\n{settings}\n')
    profile = load_profile(file)

    generate(tmp_path / "shop", profile=profile, transactions=1_500)

    tables = {table: read_table(tmp_path / "shop", table) for table in TABLES}
    sales = tables["transactions"].filter(pl.col("transaction_type") == "sale")
    assert sales["transaction_id"].n_unique() == 1_500
    items = tables["transaction_items"]
    assert set(items["transaction_id"]) == set(tables["transactions"]["transaction_id"])
    assert items.select("transaction_id", "product_id").is_unique().all()
    assert set(sales["customer_id"].drop_nulls()) <= set(tables["customers"]["customer_id"])
    assert set(items["product_id"]) <= set(tables["products"]["product_id"])
    assert tables["products"]["unit_price"].cast(pl.Float64).min() > 0  # type: ignore[operator]
    assert set(sales["shipping_country"]) <= set(profile.countries)
