"""What a shop has to deliver of a block of days, as integers; `rows` writes it out.

News is copied from the shop, which goes on while rows are made of it.
"""

from typing import NamedTuple

from shopwright.generation.customers import Customers
from shopwright.generation.orders import Amounts, Heads, Lines
from shopwright.generation.randomness import Integers


class CustomerStates(NamedTuple):
    """Customers as they are from a second of a day on; `numbers` count from 0."""

    numbers: Integers
    days: Integers
    seconds: Integers
    customers: Customers


class ProductStates(NamedTuple):
    """Products as they are from the beginning of a day on; amounts are euro cents."""

    products: Integers
    days: Integers
    prices: Integers
    costs: Integers
    stock: Integers


class Trades(NamedTuple):
    """Sales or returns, with their lines."""

    heads: Heads
    lines: Lines
    amounts: Amounts


class StatusStates(NamedTuple):
    """Sales to be delivered again, as they are from a second of a day on, in the order of the
    days."""

    heads: Heads
    days: Integers
    seconds: Integers


class News(NamedTuple):
    """All that is delivered in a block of days."""

    new_customers: CustomerStates
    changed_customers: CustomerStates
    products: ProductStates
    sales: Trades
    returns: Trades
    status: StatusStates
