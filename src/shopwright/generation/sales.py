"""The sales of a block of days: who buys, when, what, at which price, and how the order goes on."""

from datetime import timedelta
from typing import NamedTuple

import numpy as np

from shopwright.generation.baskets import fill_baskets, quantities, shelf_season
from shopwright.generation.catalog import Catalog
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.customer_changes import CustomerChanges
from shopwright.generation.customers import (
    FIRST_ORDER_SHARE,
    GUEST_SHARE,
    NOBODY,
    REGISTRATION_TO_ORDER_SECONDS,
    Customers,
    country_shares,
    payment_shares,
)
from shopwright.generation.exchange_rates import CURRENCY_OF_COUNTRY, in_currency
from shopwright.generation.names import Names
from shopwright.generation.orders import Lines, Orders
from shopwright.generation.period import Block
from shopwright.generation.prices import PriceList
from shopwright.generation.promotions import coupons
from shopwright.generation.randomness import (
    Floats,
    Integers,
    draw_by_row,
    groups_of,
    weighted,
)
from shopwright.generation.seasonality import SECONDS_A_DAY, is_weekend, seconds_of_day

USUAL_PAYMENT_SHARE = 0.85  # orders paid the way the customer always pays
CHANNEL_SHARES = (0.58, 0.34, 0.08)  # web, app, shop
BUYER_REDRAWS = 8


class Buyers(NamedTuple):
    """How many sales of each day come from guests, from customers who have just registered and
    from known customers."""

    guests: Integers
    first_orders: Integers
    known: Integers


def split_buyers(rng: np.random.Generator, sales: Integers) -> Buyers:
    """Splits the sales of each day."""
    shares = [GUEST_SHARE, FIRST_ORDER_SHARE, 1 - GUEST_SHARE - FIRST_ORDER_SHARE]
    split = rng.multinomial(sales, shares).astype(np.int64)
    return Buyers(split[:, 0], split[:, 1], split[:, 2])


def take_orders(
    rng: np.random.Generator,
    block: Block,
    buyers: Buyers,
    customers: Customers,
    changes: CustomerChanges,
    names: Names,
    number_from: int,
) -> Orders:
    """The heads of the block's sales, in the order of time, numbered from `number_from` on."""
    day, second, customer = _visits(rng, block, buyers, customers)
    by_time = np.argsort(day * SECONDS_A_DAY + second, kind="stable")
    day, second, customer = day[by_time], second[by_time], customer[by_time]
    guest = customer == NOBODY
    drawn_country = weighted(rng, country_shares(), len(day))
    country = np.where(guest, drawn_country, customers.country[customer])
    drawn_place = names.places.draw(rng, country)
    drawn_payment = draw_by_row(rng, payment_shares(), country)
    usual = ~guest & (rng.random(len(day)) < USUAL_PAYMENT_SHARE)
    return Orders(
        number=number_from + np.arange(len(day)),
        day=day,
        second=second,
        customer=customer,
        country=country,
        place=np.where(guest, drawn_place, changes.places_at(customers, customer, day)),
        payment=np.where(usual, customers.payment[customer], drawn_payment),
        channel=weighted(rng, np.array(CHANNEL_SHARES), len(day)),
    )


def fill_orders(
    rng: np.random.Generator,
    block: Block,
    orders: Orders,
    catalog: Catalog,
    prices: PriceList,
    rates: Integers,
    discounts: Integers,
) -> Lines:
    """The lines of the block's sales, at the price and the exchange rate of their day."""
    middle = block.start + timedelta(days=(block.first_day + block.end_day) // 2)
    order, product = fill_baskets(rng, catalog, shelf_season(middle), orders.day)
    day = orders.day[order]
    list_price = prices.at(product, day)
    rate = rates[CURRENCY_OF_COUNTRY[orders.country[order]], day]
    on_shelf = discounts[catalog.sub_category[product], day]
    return Lines(
        order=order,
        product=product,
        quantity=quantities(rng, list_price),
        price=in_currency(list_price, rate),
        percentage=np.maximum(on_shelf, coupons(rng, len(orders.day))[order]),
    )


def shipping(orders: Orders, goods_cents: Integers) -> Integers:
    """Cents: the country's flat rate, free from a goods value on and when bought in the shop."""
    flat = np.array([country.shipping_cents for country in COUNTRIES])[orders.country]
    free_from = np.array([country.free_shipping_from_cents for country in COUNTRIES])
    in_shop = orders.channel == 2
    return np.where(in_shop | (goods_cents >= free_from[orders.country]), 0, flat)


def _visits(
    rng: np.random.Generator, block: Block, buyers: Buyers, customers: Customers
) -> tuple[Integers, Integers, Integers]:
    """Day, second and customer of each sale: first orders, guests and known customers."""
    days = slice(block.first_day, block.end_day)
    new = _first_buyers(block, customers)
    new_second = customers.registered_second[new] + rng.integers(
        *REGISTRATION_TO_ORDER_SECONDS, len(new)
    )
    guest_day = block.first_day + groups_of(buyers.guests[days])
    known_day = block.first_day + groups_of(buyers.known[days])
    known = _known_buyers(rng, block, customers, known_day)
    drawn_day = np.concatenate([guest_day, known_day])
    drawn_second = seconds_of_day(rng, is_weekend(drawn_day, block.start.weekday()))
    return (
        np.concatenate([customers.registered_on[new], drawn_day]),
        np.concatenate([new_second, drawn_second]),
        np.concatenate([new, np.full(len(guest_day), NOBODY), known]),
    )


def _first_buyers(block: Block, customers: Customers) -> Integers:
    begin = customers.registered_before(block.first_day)
    end = customers.registered_before(block.end_day)
    return begin + np.flatnonzero(customers.orders_at_once[begin:end])


def _known_buyers(
    rng: np.random.Generator, block: Block, customers: Customers, days: Integers
) -> Integers:
    """Who buys: in proportion to the purchase rate, after the registration and before leaving.

    A shop with nobody who could buy again sells to guests instead.
    """
    known = customers.registered_before(block.end_day)
    rate: Floats = customers.purchase_rate[:known] * (customers.left_on[:known] > block.first_day)
    buyer = np.full(len(days), NOBODY, dtype=np.int64)
    open_ = np.arange(len(days)) if rate.sum() > 0 else np.arange(0)
    for _ in range(BUYER_REDRAWS):
        drawn = weighted(rng, rate, len(open_)) if len(open_) else open_
        day = days[open_]
        fits = (customers.registered_on[drawn] < day) & (customers.left_on[drawn] > day)
        buyer[open_[fits]] = drawn[fits]
        open_ = open_[~fits]
    return buyer
