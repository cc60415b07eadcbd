"""So much is rejected that the batch is refused, and the warehouse stays as it was."""

from dataclasses import replace

import pytest
from tests.shop import Row, Shop, product

from shopwright.config import QualitySettings
from shopwright.processing.thresholds import FEWEST_ROWS, TooManyRejected


def products(good: int, bad: int) -> list[Row]:
    """Some that pass and some that do not."""
    return [product(f"G{number}", unit_price=1) for number in range(good)] + [
        product(f"B{number}", unit_price=-1) for number in range(bad)
    ]


def allow(shop: Shop, **shares: float) -> None:
    """Sets the shares that may be rejected."""
    settings = shop.workspace.settings.model_copy(update={"quality": QualitySettings(**shares)})
    shop.workspace = replace(shop.workspace, settings=settings)


def test_a_batch_with_too_many_rejected_rows_is_refused(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=products(3, 0))
    shop.run()
    before = shop.fingerprint()
    shop.deliver("2024-05-02", products=products(65, 35))
    with pytest.raises(TooManyRejected) as caught:
        shop.run()
    assert caught.value.problem == (
        "Nothing was published: 35 of 100 rows of products (35.0%) break rules that reject, more "
        "than the 25.0% that may (stop_when_rejected). Most often: unit_price_is_negative "
        "(35 rows); the first in 2024-05-02/products.csv, line 67."
    )
    assert "stop_when_rejected_products" in caught.value.mend
    assert shop.fingerprint() == before
    assert shop.value("select count(*) from quality.rejected_rows") == 0
    assert shop.value("select count(*) from ops.deliveries") == 1

    allow(shop, stop_when_rejected_products=0.35)
    shop.run()
    assert shop.account("products", "2024-05-02") == (100, 62, 3, 35, 0)


def test_a_share_of_all_tables_holds_where_a_table_has_none(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=products(70, 30))
    allow(shop, stop_when_rejected=0.29, stop_when_rejected_customers=0.5)
    with pytest.raises(TooManyRejected, match=r"30 of 100 .* more than the 29.0% that may"):
        shop.run()
    allow(shop, stop_when_rejected=0.30)
    shop.run()


def test_a_few_rows_stop_nobody(shop: Shop) -> None:
    shop.deliver("2024-05-01", products=products(0, FEWEST_ROWS))
    shop.run()
    assert shop.account("products")[3] == FEWEST_ROWS
