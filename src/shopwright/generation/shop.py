"""The shop as it goes through time: one block of days after the other, each as rows to deliver."""

from datetime import date

import numpy as np
import polars as pl

from shopwright.generation.catalog import build_catalog
from shopwright.generation.customer_changes import CustomerChanges, change_customers
from shopwright.generation.customers import build_customers
from shopwright.generation.deliveries import TABLES, DatedRows
from shopwright.generation.exchange_rates import daily_rates
from shopwright.generation.names import name_pools
from shopwright.generation.order_status import (
    REFUNDED,
    STATUSES,
    OrderStatus,
    StatusChanges,
    order_status,
)
from shopwright.generation.orders import Lines, Orders, amounts_of
from shopwright.generation.period import Block
from shopwright.generation.prices import PriceList, ProductChanges, change_prices
from shopwright.generation.promotions import shelf_discounts
from shopwright.generation.randomness import Integers, stream
from shopwright.generation.returns import Returns, plan_returns, refund
from shopwright.generation.rows import (
    CustomerRows,
    OrderRows,
    identifiers,
    labels,
    product_rows,
    timestamps,
)
from shopwright.generation.sales import fill_orders, shipping, split_buyers, take_orders

Tables = dict[str, list[DatedRows]]
MOST_STOCK = 500


class Shop:
    """Everything that lasts from one block to the next.

    Between blocks it keeps the customers, the catalogue, returns that are still to come (at most
    45 days of sales) and status changes that are (at most 6 days): memory follows the shop's
    size, not the length of the period.
    """

    def __init__(self, seed: int, start: date, sales_per_day: Integers) -> None:
        days, sales = len(sales_per_day), int(sales_per_day.sum())
        self.seed = seed
        self.start = start
        self.buyers = split_buyers(stream(seed, "buyers"), sales_per_day)
        self.names = name_pools(seed)
        self.customers = build_customers(
            seed, self.names, self.buyers.first_orders, start.weekday()
        )
        self.catalog = build_catalog(seed, days, sales)
        self.rates = daily_rates(stream(seed, "exchange rates"), days)
        self.discounts = shelf_discounts(stream(seed, "promotions"), start, days)
        self.customer_rows = CustomerRows(start, self.names, self.customers)
        self.order_rows = OrderRows(
            start,
            self.names,
            self.rates,
            customer_ids=identifiers("C", np.arange(len(self.customers)) + 1, 7),
            product_ids=identifiers("P", np.arange(len(self.catalog)) + 1, 5),
        )
        self.planned_returns: list[pl.DataFrame] = []
        self.planned_status: list[DatedRows] = []
        self.sales = 0
        self.returns = 0

    def live(self, block: Block) -> Tables:
        """What the shop delivers in a block; blocks follow each other without a gap."""
        tables: Tables = {table: [] for table in TABLES}
        prices = self._change_products(block, tables)
        changes = self._change_customers(block, tables)
        self._sell(block, changes, prices, tables)
        self._refund(block, tables)
        tables["transactions"].append(self._status_due(block))
        return tables

    def _stream(self, purpose: str, block: Block) -> np.random.Generator:
        return stream(self.seed, purpose, block.first_day)

    def _change_customers(self, block: Block, tables: Tables) -> CustomerChanges:
        """Adds who has registered (first delivery: whoever registered up to then) and changed.

        New customers are rendered first: some of the first delivery change within the block.
        """
        of = self.customers
        begin = of.registered_before(block.first_day) if block.first_day else 0
        new = np.arange(begin, of.registered_before(block.end_day))
        rows = self.customer_rows.at(new, of.registered_on[new], of.registered_second[new])
        tables["customers"].append(DatedRows(np.maximum(of.registered_on[new], 0), rows))
        changes = change_customers(self._stream("customer changes", block), of, self.names, block)
        rows = self.customer_rows.at(changes.customers, changes.days, changes.seconds)
        tables["customers"].append(DatedRows(changes.days, rows))
        return changes

    def _change_products(self, block: Block, tables: Tables) -> PriceList:
        """Adds what was launched, changed its price or ended; first, the full catalogue."""
        stock = self._stream("stock", block)
        if block.first_day == 0:
            existing = np.flatnonzero(self.catalog.launched_on <= 0)
            full = ProductChanges(existing, np.zeros_like(existing))
            tables["products"].append(self._product_rows(stock, full))
        prices, changes = change_prices(self._stream("prices", block), self.catalog, block)
        tables["products"].append(self._product_rows(stock, changes))
        return prices

    def _product_rows(self, rng: np.random.Generator, changes: ProductChanges) -> DatedRows:
        products, days = changes
        stock = rng.integers(0, MOST_STOCK, len(products))
        rows = product_rows(self.start, self.catalog, products, days, stock)
        return DatedRows(days, rows)

    def _sell(
        self, block: Block, changes: CustomerChanges, prices: PriceList, tables: Tables
    ) -> None:
        """Adds the block's sales, and plans what follows from them."""
        orders = take_orders(
            self._stream("orders", block),
            block,
            self.buyers,
            self.customers,
            changes,
            self.names,
            self.sales + 1,
        )
        self.sales += len(orders.number)
        lines = fill_orders(
            self._stream("baskets", block),
            block,
            orders,
            self.catalog,
            prices,
            self.rates,
            self.discounts,
        )
        status = order_status(self._stream("status", block), orders)
        returned = plan_returns(
            self._stream("returns", block), orders, lines, self.catalog, status.cancelled
        )
        self.planned_returns.append(returned)
        heads = self._deliver_orders(orders, lines, status.first, "sale", None, tables)
        self._plan_status(heads, status)

    def _refund(self, block: Block, tables: Tables) -> None:
        """Adds the returns that are due in the block."""
        planned = pl.concat(self.planned_returns)
        due = pl.col("day") < block.end_day
        returns: Returns = refund(planned.filter(due), self.returns + 1)
        self.planned_returns = [planned.filter(~due)]
        self.returns += len(returns.sales)
        statuses = np.full(len(returns.sales), REFUNDED)
        self._deliver_orders(
            returns.orders, returns.lines, statuses, "return", returns.sales, tables
        )

    def _deliver_orders(
        self,
        orders: Orders,
        lines: Lines,
        statuses: Integers,
        kind: str,
        sales: Integers | None,
        tables: Tables,
    ) -> pl.DataFrame:
        """Adds heads and lines to the tables; gives the heads."""
        amounts = amounts_of(orders, lines)
        if kind == "sale":
            goods_cents = (amounts.order_net + amounts.order_tax) // 100
            charged = shipping(orders, goods_cents)
        else:
            charged = np.zeros_like(orders.number)  # shipping is not refunded
        heads = self.order_rows.transactions(orders, amounts, charged, kind, statuses, sales)
        items = self.order_rows.items(heads, lines, amounts)
        tables["transactions"].append(DatedRows(orders.day, heads))
        tables["transaction_items"].append(DatedRows(orders.day[lines.order], items))
        return heads

    def _plan_status(self, heads: pl.DataFrame, status: OrderStatus) -> None:
        changes: StatusChanges = status.changes
        rows = heads[changes.orders].with_columns(
            status=labels(STATUSES, changes.statuses),
            updated_at=timestamps(self.start, changes.days, changes.seconds),
        )
        self.planned_status.append(DatedRows(changes.days, rows))

    def _status_due(self, block: Block) -> DatedRows:
        """The orders whose status changes in the block, in the order of the days."""
        days = np.concatenate([part.days for part in self.planned_status])
        rows = pl.concat([part.rows for part in self.planned_status])
        due = np.flatnonzero(days < block.end_day)
        later = np.flatnonzero(days >= block.end_day)
        self.planned_status = [DatedRows(days[later], rows[later])]
        due = due[np.argsort(days[due], kind="stable")]
        return DatedRows(days[due], rows[due])
