"""The shop as it goes through time: one block of days after the other, and the news of each."""

import numpy as np

from shopwright.generation.agenda import Agenda
from shopwright.generation.catalog import build_catalog, drift_popularity
from shopwright.generation.customer_changes import CustomerChanges, change_customers
from shopwright.generation.customers import build_customers
from shopwright.generation.exchange_rates import daily_rates
from shopwright.generation.names import name_pools
from shopwright.generation.news import CustomerStates, News, ProductStates, StatusStates, Trades
from shopwright.generation.order_status import REFUNDED, change_status, order_status, plan_changes
from shopwright.generation.orders import Heads, Lines, Orders, amounts_of
from shopwright.generation.period import Block
from shopwright.generation.prices import PriceList, change_prices
from shopwright.generation.profile import Profile
from shopwright.generation.promotions import plan_discounts
from shopwright.generation.randomness import Integers, stream
from shopwright.generation.returns import plan_returns, refund
from shopwright.generation.rows import Rows
from shopwright.generation.sales import fill_orders, shipping, split_buyers, take_orders
from shopwright.generation.seasonality import sales_by_country
from shopwright.generation.supply import Supply, plan_stock_outs, supply

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
        self.rows = Rows(
            self.start, profile.shelves, self.names, self.catalog, self.rates, len(self.customers)
        )
        self.planned_returns, self.planned_status = Agenda(), Agenda()
        self.sales = 0
        self.returns = 0

    def live(self, block: Block) -> News:
        """What the shop delivers in a block; blocks follow each other without a gap."""
        prices, products = self._change_products(block)
        new = self._register(block)
        changes = self._change_customers(block)
        return News(
            new_customers=new,
            changed_customers=self._states(changes.customers, changes.days, changes.seconds),
            products=products,
            sales=self._sell(block, changes, prices),
            returns=self._refund(block),
            status=self._change_status(block),
        )

    def _stream(self, purpose: str, block: Block) -> np.random.Generator:
        return stream(self.profile.seed, purpose, block.first_day)

    def _register(self, block: Block) -> CustomerStates:
        """Who registers, with the first delivery whoever has registered up to then; as they are
        before any of them changes."""
        of = self.customers
        begin = of.registered_before(block.first_day) if block.first_day else 0
        new = np.arange(begin, of.registered_before(block.end_day))
        return self._states(new, of.registered_on[new], of.registered_second[new])

    def _change_customers(self, block: Block) -> CustomerChanges:
        return change_customers(
            self._stream("customer changes", block),
            self.profile.customers,
            self.customers,
            self.names,
            block,
        )

    def _states(self, numbers: Integers, days: Integers, seconds: Integers) -> CustomerStates:
        return CustomerStates(numbers, days, seconds, self.customers.of(numbers))

    def _change_products(self, block: Block) -> tuple[PriceList, ProductStates]:
        """What was launched, ended, changed its price, ran out or came back; first, the full
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
        once = np.unique(day * len(self.catalog) + product)  # one row for two changes a day
        day, product = np.divmod(once, len(self.catalog))
        rng = self._stream("stock", block)
        states = ProductStates(
            product,
            day,
            prices.at(product, day),
            prices.cost_at(product, day),
            np.where(outs.at(product, day, block), 0, rng.integers(1, MOST_STOCK, len(day))),
        )
        return prices, states

    def _sell(self, block: Block, changes: CustomerChanges, prices: PriceList) -> Trades:
        """The block's sales; plans what follows from them."""
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
        self.planned_returns.enter(returned)
        trades = _sales(orders, lines, status.first)
        self.planned_status.enter(plan_changes(trades.heads, status.changes))
        return trades

    def _supply(self, block: Block) -> Supply:
        """What can be bought in the block, after tastes have changed since the last one."""
        drift = self._stream("popularity", block)
        passed = block.end_day - block.first_day if block.first_day else 0
        drift_popularity(drift, self.profile.popularity, self.catalog, passed)
        lift = self.discounts.lift(self.profile.promotions)
        return supply(self.catalog, self.profile.shelves, lift, self.stock_outs, block)

    def _refund(self, block: Block) -> Trades:
        """The returns that are due in the block."""
        returns = refund(self.planned_returns.due_before(block.end_day), self.returns + 1)
        self.returns += len(returns.sales)
        return _returns(returns.orders, returns.lines, returns.sales)

    def _change_status(self, block: Block) -> StatusStates:
        """The sales whose status changes in the block."""
        return change_status(self.planned_status.due_before(block.end_day))


def _sales(orders: Orders, lines: Lines, status: Integers) -> Trades:
    amounts = amounts_of(orders, lines)
    goods = amounts.order_net + amounts.order_tax
    charged = shipping(orders, goods)
    heads = Heads(orders, status, charged, amounts.order_tax, goods + charged)
    return Trades(heads, lines, amounts)


def _returns(orders: Orders, lines: Lines, sales: Integers) -> Trades:
    """Shipping is not refunded."""
    amounts = amounts_of(orders, lines)
    goods = amounts.order_net + amounts.order_tax
    refunded = np.full(len(sales), REFUNDED)
    heads = Heads(orders, refunded, np.zeros_like(goods), amounts.order_tax, goods, sales)
    return Trades(heads, lines, amounts)
