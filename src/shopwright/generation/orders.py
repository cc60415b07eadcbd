"""The shape that sales and returns share: heads and lines as columns of integers."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from shopwright.generation.amounts import net_amounts, sums_by_order, tax_amounts
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.randomness import Integers

TAX_PERMILLE: Integers = np.array([country.tax_permille for country in COUNTRIES])
CHANNELS = ("web", "app", "shop")


class Orders(NamedTuple):
    """One entry per transaction, in the order of time. `number` counts from 1; `customer` is
    `NOBODY` for guests; `day` counts from the first delivery; the rest are table indices."""

    number: Integers
    day: Integers
    second: Integers
    customer: Integers
    country: Integers
    place: Integers
    payment: Integers
    channel: Integers


@dataclass(frozen=True)
class Lines:
    """One entry per item. The lines of an order lie together; `order` is its index in `Orders`.
    Prices are cents of the order's currency, quantities negative in returns."""

    order: Integers
    product: Integers
    quantity: Integers
    price: Integers
    percentage: Integers

    @cached_property
    def first(self) -> Integers:
        """Where each order's lines start."""
        starts: Integers = np.flatnonzero(np.diff(self.order, prepend=-1))
        return starts

    @cached_property
    def position(self) -> Integers:
        """The number of each line within its order, from 1."""
        if not len(self.order):
            return self.order
        return np.arange(len(self.order)) - self.first[self.order] + 1


class Amounts(NamedTuple):
    """What lines and orders come to, in ten-thousandths of the currency: net and tax by line;
    net and tax by order (a return's are both negative)."""

    line_net: Integers
    line_tax: Integers
    order_net: Integers
    order_tax: Integers


class Heads(NamedTuple):
    """All that the row of a transaction says, in ten-thousandths of its currency. `sales` are the
    numbers of the sales that returns belong to; sales themselves have none."""

    orders: Orders
    status: Integers
    shipping: Integers
    tax: Integers
    total: Integers
    sales: Integers | None = None


def amounts_of(orders: Orders, lines: Lines) -> Amounts:
    """Net and tax of lines and orders, exactly."""
    net = net_amounts(lines.quantity, lines.price, lines.percentage)
    tax = tax_amounts(net, TAX_PERMILLE[orders.country[lines.order]])
    first = lines.first
    signed_tax = np.sign(lines.quantity) * tax
    return Amounts(net, tax, sums_by_order(net, first), sums_by_order(signed_tax, first))
