"""The shop as it goes through time: one block of days after the other, each as rows to deliver."""

import numpy as np
import polars as pl

from shopwright.generation.catalog import build_catalog, drift_popularity
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
from shopwright.generation.prices import PriceList, change_prices
from shopwright.generation.profile import Profile
from shopwright.generation.promotions import plan_discounts
from shopwright.generation.randomness import Integers, stream
from shopwright.generation.returns import Returns, plan_returns, refund
from shopwright.generation.rows import (
    CustomerRows,
    OrderRows,
    ProductStates,
    identifiers,
    labels,
    product_rows,
    timestamps,
)
from shopwright.generation.sales import fill_orders, shipping, split_buyers, take_orders
from shopwright.generation.seasonality import sales_by_country
from shopwright.generation.supply import Supply, plan_stock_outs, supply

Tables = dict[str, list[DatedRows]]
MOST_STOCK = 500


class Shop:
    """Everything that lasts from one block to the next.

    Between blocks it keeps the customers, the catalogue, returns that are still to come (some
    weeks of sales) and status changes that are (at most 6 days): memory follows the shop's
    size, not the length of the period.
    """

    def __init__(self, profile: Profile) -> None:
        seed, self.start, days = profile.seed, profile.size.start, profile.size.days
        self.profile = profile
        self.sales_per_day, countries = sales_by_country(stream(seed, "demand"), profile)
        self.buyers = split_buyers(
            stream(seed, "buyers"), profile.customers, self.sales_per_day, countries
        )
        self.names = name_pools(seed)
        self.customers = build_customers(
            profile, self.names, self.buyers.first_orders, self.buyers.known.sum(axis=1)
        )
        self.catalog = build_catalog(profile)
        self.stock_outs = plan_stock_outs(
            stream(seed, "stock-outs"), profile.range, self.catalog, days
        )
        self.rates = daily_rates(stream(seed, "exchange rates"), days)
        self.discounts = plan_discounts(stream(seed, "promotions"), profile)
        self.customer_rows = CustomerRows(self.start, self.names, self.customers)
        self.order_rows = OrderRows(
            self.start,
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
        return stream(self.profile.seed, purpose, block.first_day)

    def _change_customers(self, block: Block, tables: Tables) -> CustomerChanges:
        """Adds who has registered (first delivery: whoever registered up to then) and changed.

        New customers are rendered first: some of the first delivery change within the block.
        """
        of = self.customers
        begin = of.registered_before(block.first_day) if block.first_day else 0
        new = np.arange(begin, of.registered_before(block.end_day))
        rows = self.customer_rows.at(new, of.registered_on[new], of.registered_second[new])
        tables["customers"].append(DatedRows(np.maximum(of.registered_on[new], 0), rows))
        changes = change_customers(
            self._stream("customer changes", block),
            self.profile.customers,
            of,
            self.names,
            block,
        )
        rows = self.customer_rows.at(changes.customers, changes.days, changes.seconds)
        tables["customers"].append(DatedRows(changes.days, rows))
        return changes

    def _change_products(self, block: Block, tables: Tables) -> PriceList:
        """Adds what was launched, ended, changed its price, ran out or came back; first, the full
        catalogue."""
        prices, changes = change_prices(
            self._stream("prices", block), self.profile.prices, self.catalog, block
        )
        outs = self.stock_outs
        product = np.concatenate([changes.products, outs.products, outs.products])
        day = np.concatenate([changes.days, outs.first_days, outs.end_days])
        within = (day >= max(block.first_day, 1)) & (day < block.end_day)
        product, day = product[within], day[within]
        if block.first_day == 0:
            existing = np.flatnonzero(self.catalog.launched_on <= 0)
            product = np.concatenate([existing, product])
            day = np.concatenate([np.zeros_like(existing), day])
        day, product = np.unique(np.stack([day, product]), axis=1)  # one row for two changes a day
        rng = self._stream("stock", block)
        states = ProductStates(
            product,
            day,
            prices.at(product, day),
            prices.cost_at(product, day),
            np.where(outs.at(product, day, block), 0, rng.integers(1, MOST_STOCK, len(day))),
        )
        rows = product_rows(self.start, self.profile.shelves, self.catalog, states)
        tables["products"].append(DatedRows(day, rows))
        return prices

    def _sell(
        self, block: Block, changes: CustomerChanges, prices: PriceList, tables: Tables
    ) -> None:
        """Adds the block's sales, and plans what follows from them."""
        profile = self.profile
        orders = take_orders(
            self._stream("orders", block),
            profile,
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
            profile,
            orders,
            self.catalog,
            self._supply(block),
            prices,
            self.rates,
            self.discounts,
        )
        status = order_status(self._stream("status", block), profile.orders, orders)
        returned = plan_returns(
            self._stream("returns", block), profile, orders, lines, self.catalog, status.cancelled
        )
        self.planned_returns.append(returned)
        heads = self._deliver_orders(orders, lines, status.first, "sale", None, tables)
        self._plan_status(heads, status)

    def _supply(self, block: Block) -> Supply:
        """What can be bought in the block, after tastes have changed since the last one."""
        drift = self._stream("popularity", block)
        passed = block.end_day - block.first_day if block.first_day else 0
        drift_popularity(drift, self.profile.popularity, self.catalog, passed)
        lift = self.discounts.lift(self.profile.promotions)
        return supply(self.catalog, self.profile.shelves, lift, self.stock_outs, block)

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
