"""The books of the shop: what was sold, given back and earned, by day, product, customer, country
and payment method.

Lines are booked once their order can change no more: an order may still be cancelled days after
it was placed. Until then, and until everything that it refers to is known, it stays open.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from shopwright.generation.amounts import TEN_THOUSANDTHS
from shopwright.generation.answer_key.costs import CostHistory, seconds
from shopwright.generation.answer_key.sums import (
    GrowingSums,
    divided,
    rate_units,
    ten_thousandths,
)
from shopwright.generation.deliveries import DatedRows
from shopwright.generation.exchange_rates import RATE_UNITS
from shopwright.generation.order_status import LAST_PROGRESS_DAYS
from shopwright.generation.randomness import Integers

GUEST = "(guest)"
SETTLED_AFTER_DAYS = LAST_PROGRESS_DAYS + 1
AMOUNTS = (
    "gross_amount",
    "discount_amount",
    "net_amount",
    "tax_amount",
    "refund_amount",
    "cost_amount",
    "profit_amount",
)
SHIPPING = "shipping_amount"
COUNTS = ("order_count", "return_count", "item_count", "unit_count")
LEVELS = {
    "by_day": "business_date",
    "by_product": "product_id",
    "by_customer": "customer_id",
    "by_country": "shipping_country",
    "by_payment_method": "payment_method",
}
WAITING_COLUMNS = ("table", "key", "rule", "reference")
_HEAD_COLUMNS = (
    "transaction_id", "transaction_at", "customer_id", "payment_method", "transaction_type",
    "status", "exchange_rate", "shipping_amount", "shipping_country", "updated_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "item_id", "transaction_id", "product_id", "quantity", "unit_price", "discount_percentage",
    "tax_amount",
)  # fmt: skip


class CancelledAfterSettling(AssertionError):
    """An order was cancelled later than orders are kept open for: the books would be wrong."""


class Book:
    """Takes the rows of one block after the other.

    A `complete` shop is the clean world: every reference leads somewhere. In another, orders
    whose customer or products are unknown, and lines without an order, wait, some for ever.
    """

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.costs = CostHistory()
        self.sums = {level: GrowingSums(key) for level, key in LEVELS.items()}
        self.customers: list[pl.Series] = []
        self.heads = pl.DataFrame()
        self.lines = pl.DataFrame()

    def add(self, end_day: int, rows: dict[str, DatedRows]) -> None:
        """Takes a block's rows and books what can change no more at the day after the block."""
        self._open(rows)
        settled = self.lines["_day"] < end_day - SETTLED_AFTER_DAYS
        if self.complete:
            ready = settled
        else:
            unready = self._unready_orders()
            ready = settled & ~self.lines["transaction_id"].is_in(unready.implode())
        self._book(self.lines.filter(ready))
        self.lines = self.lines.filter(~ready)
        self._forget_heads(end_day - SETTLED_AFTER_DAYS)

    def finish(self) -> pl.DataFrame:
        """Books all that can be booked, and gives what waits for ever: table, key, rule and
        reference."""
        if self.complete:
            self._book(self.lines)
            return _waiting([])
        known = self._known_customer(self.heads)
        waiting = self.heads.filter(~known)
        self.heads = self.heads.filter(known)
        lines = self._with_parents(self.heads)
        published = lines["_has_order"] & lines["_has_product"]
        self._book(lines.filter(published))
        without_order = lines.filter(~lines["_has_order"])
        without_product = lines.filter(~lines["_has_product"])
        return _waiting(
            [
                ("transactions", waiting, "transaction_id", "customer"),
                ("transaction_items", without_order, "item_id", "transaction"),
                ("transaction_items", without_product, "item_id", "product"),
            ]
        )

    def _open(self, rows: dict[str, DatedRows]) -> None:
        heads, lines = rows["transactions"], rows["transaction_items"]
        self.costs.add(rows["products"].rows)
        if not self.complete:
            self.customers.append(rows["customers"].rows["customer_id"])
        parts = [self.heads, heads.rows.select(*_HEAD_COLUMNS, _day=pl.Series(heads.days))]
        together = pl.concat([part for part in parts if part.width])
        self.heads = _newest(together) if self.complete else together
        parts = [self.lines, lines.rows.select(*_LINE_COLUMNS, _day=pl.Series(lines.days))]
        self.lines = pl.concat([part for part in parts if part.width])
        if self.complete:
            self._refuse_late_cancellations(heads.rows)

    def _refuse_late_cancellations(self, heads: pl.DataFrame) -> None:
        cancelled = heads.filter(heads["status"] == "cancelled").select("transaction_id").unique()
        still_open = self.lines.join(cancelled, on="transaction_id", how="semi")
        late = cancelled.join(still_open, on="transaction_id", how="anti")["transaction_id"]
        if len(late):
            raise CancelledAfterSettling(late.sort()[0])

    def _known_customer(self, heads: pl.DataFrame) -> pl.Series:
        known = pl.concat(self.customers).unique()
        self.customers = [known]
        return heads["customer_id"].is_null() | heads["customer_id"].is_in(known.implode())

    def _with_parents(self, heads: pl.DataFrame) -> pl.DataFrame:
        return self.lines.with_columns(
            _has_order=pl.col("transaction_id").is_in(heads["transaction_id"].implode()),
            _has_product=pl.col("product_id").is_in(self.costs.product_ids.implode()),
        )

    def _unready_orders(self) -> pl.Series:
        """Orders without a head, with a line of an unknown product, or with a state whose customer
        is unknown: it may be the newest, if the customer comes."""
        lines = self._with_parents(self.heads)
        unready = lines.filter(~(lines["_has_order"] & lines["_has_product"]))
        waiting = self.heads.filter(~self._known_customer(self.heads))
        return pl.concat([unready["transaction_id"], waiting["transaction_id"]]).unique()

    def _forget_heads(self, before_day: int) -> None:
        """Keeps the heads of open lines, those of late and those of customers unknown so far."""
        with_lines = self.heads["transaction_id"].is_in(self.lines["transaction_id"].implode())
        kept = with_lines | (self.heads["_day"] >= before_day)
        if not self.complete:
            kept |= ~self._known_customer(self.heads)
        self.heads = self.heads.filter(kept)

    def _book(self, lines: pl.DataFrame) -> None:
        """Adds lines whose order is in the heads; those of cancelled orders are no sales."""
        heads = self.heads if self.complete else _newest(self.heads)
        heads = heads.filter(heads["status"] != "cancelled")
        heads = heads.with_columns(
            _at=seconds(heads["transaction_at"]), _order=np.arange(len(heads))
        )
        sold = lines.join(heads.drop("_day", "updated_at"), on="transaction_id", how="inner")
        if not len(sold):
            return
        measured = self._measured(sold)
        self.sums["by_product"].add(
            sold.select("product_id").with_columns(**measured).group_by("product_id").sum()
        )
        orders = _orders(measured, sold["_order"].to_numpy(), heads)
        for level, key in LEVELS.items():
            if level != "by_product":
                sums = orders.group_by(key).agg(pl.col(*AMOUNTS, SHIPPING, *COUNTS).sum())
                self.sums[level].add(sums)

    def _measured(self, sold: pl.DataFrame) -> dict[str, Integers]:
        """The measures of lines in ten-thousandths of the reporting currency.

        A line's discount is rounded in its own currency, then everything once more in the
        reporting one. Overflows from a line of some 90,000,000 on.
        """
        quantity = sold["quantity"].cast(pl.Int64).to_numpy()
        rate = rate_units(sold["exchange_rate"].fill_null(1))
        original = quantity * ten_thousandths(sold["unit_price"])
        percentage = ten_thousandths(sold["discount_percentage"].fill_null(0))
        reduction = divided(original * percentage, 100 * TEN_THOUSANDTHS)
        gross = divided(original * rate, RATE_UNITS)
        discount = divided(reduction * rate, RATE_UNITS)
        tax = np.sign(quantity) * np.abs(ten_thousandths(sold["tax_amount"].fill_null(0)))
        net = gross - discount
        cost = quantity * self.costs.at(sold["product_id"], sold["_at"].to_numpy())
        is_return = (sold["transaction_type"] == "return").to_numpy()
        return {
            "gross_amount": np.where(is_return, 0, gross),
            "discount_amount": discount,
            "net_amount": net,
            "tax_amount": divided(tax * rate, RATE_UNITS),
            "refund_amount": np.where(is_return, -net, 0),
            "cost_amount": cost,
            "profit_amount": net - cost,
            "item_count": np.ones(len(sold), dtype=np.int64),
            "unit_count": quantity,
        }


def _newest(heads: pl.DataFrame) -> pl.DataFrame:
    """One row an order: its newest state, and of two of one moment the one that came later."""
    repeated = heads["transaction_id"].is_duplicated()
    in_time = heads.filter(repeated).sort("updated_at", maintain_order=True)
    newest = in_time.unique("transaction_id", keep="last", maintain_order=True)
    return pl.concat([heads.filter(~repeated), newest])


def _orders(measured: dict[str, Integers], order: Integers, heads: pl.DataFrame) -> pl.DataFrame:
    """One row an order with lines: the sums of their measures, and what counts by order.

    `order` is the row in `heads` that each line belongs to.
    """
    sums = {measure: np.zeros(len(heads), dtype=np.int64) for measure in measured}
    for measure, values in measured.items():
        np.add.at(sums[measure], order, values)
    rate = rate_units(heads["exchange_rate"].fill_null(1))
    shipping = ten_thousandths(heads["shipping_amount"].fill_null(0)) * rate
    is_return = heads["transaction_type"] == "return"
    orders = heads.select(
        pl.col("transaction_at").str.head(10).str.to_date().alias("business_date"),
        pl.col("customer_id").fill_null(GUEST),
        "shipping_country",
        "payment_method",
        order_count=(~is_return).cast(pl.Int64),
        return_count=is_return.cast(pl.Int64),
    ).with_columns(**sums, **{SHIPPING: divided(shipping, RATE_UNITS)})
    return orders.filter(orders["item_count"] > 0)


def _waiting(found: Iterable[tuple[str, pl.DataFrame, str, str]]) -> pl.DataFrame:
    """Rows by table and key, each with the rule it breaks and the key that it refers to."""
    parts = [
        rows.select(
            table=pl.lit(table),
            key=pl.col(key),
            rule=pl.lit(f"{parent}_is_unknown"),
            reference=pl.col(f"{parent}_id"),
        )
        for table, rows, key, parent in found
        if len(rows)
    ]
    empty = pl.DataFrame(schema=dict.fromkeys(WAITING_COLUMNS, pl.String))
    return pl.concat([empty, *parts]).unique().sort(WAITING_COLUMNS)
