"""The sales of a block of days: who buys, when, what, at which price, and how the order goes on."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.baskets import fill_baskets, quantities
from shopwright.generation.catalog import Catalog
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.customer_changes import CustomerChanges
from shopwright.generation.customers import NOBODY, REGISTRATION_TO_ORDER_SECONDS, Customers
from shopwright.generation.exchange_rates import CURRENCY_OF_COUNTRY, in_currency
from shopwright.generation.names import Names
from shopwright.generation.orders import CHANNELS, Lines, Orders
from shopwright.generation.payments import draw_payments
from shopwright.generation.period import Block
from shopwright.generation.prices import PriceList
from shopwright.generation.profile import CustomerHabits, Profile
from shopwright.generation.promotions import Discounts, coupons
from shopwright.generation.randomness import Floats, Integers, groups_of, weighted
from shopwright.generation.seasonality import SECONDS_A_DAY, is_weekend, seconds_of_day
from shopwright.generation.supply import Supply

USUAL_PAYMENT_SHARE = 0.85  # orders paid the way the customer always pays
BUYER_REDRAWS = 8


class Buyers(NamedTuple):
    """How many sales of each day (row) and country (column) come from guests, from customers who
    have just registered and from known customers."""

    guests: Integers
    first_orders: Integers
    known: Integers


def split_buyers(
    rng: np.random.Generator, habits: CustomerHabits, sales: Integers, country_shares: Floats
) -> Buyers:
    """Splits the sales of each day; `country_shares` has a row a day and a column a country."""
    known = max(1 - habits.guest_share - habits.first_order_share, 0.0)
    kinds = np.array([habits.guest_share, habits.first_order_share, known])
    shares = (kinds[None, :, None] * country_shares[:, None, :]).reshape(len(sales), -1)
    split = rng.multinomial(sales, shares).astype(np.int64)
    return Buyers(*split.reshape(len(sales), len(kinds), -1).swapaxes(0, 1))


def take_orders(
    rng: np.random.Generator,
    profile: Profile,
    block: Block,
    buyers: Buyers,
    customers: Customers,
    changes: CustomerChanges,
    names: Names,
    number_from: int,
) -> Orders:
    """The heads of the block's sales, in the order of time, numbered from `number_from` on."""
    visits = _visits(rng, profile, block, buyers, customers)
    by_time = np.argsort(visits.day * SECONDS_A_DAY + visits.second, kind="stable")
    day, second, customer, country = (part[by_time] for part in visits)
    guest = customer == NOBODY
    drawn_place = names.places.draw(rng, country)
    drawn_payment = draw_payments(rng, country, day, block.start)
    usual = ~guest & (rng.random(len(day)) < USUAL_PAYMENT_SHARE)
    channels = np.array([profile.orders.web, profile.orders.app, profile.orders.shop])
    return Orders(
        number=number_from + np.arange(len(day)),
        day=day,
        second=second,
        customer=customer,
        country=country,
        place=np.where(guest, drawn_place, changes.places_at(customers, customer, day)),
        payment=np.where(usual, customers.payment[customer], drawn_payment),
        channel=weighted(rng, channels, len(day)),
    )


def fill_orders(
    rng: np.random.Generator,
    profile: Profile,
    orders: Orders,
    catalog: Catalog,
    supply: Supply,
    prices: PriceList,
    rates: Integers,
    discounts: Discounts,
) -> Lines:
    """The lines of the block's sales, at the price and the exchange rate of their day."""
    order, product = fill_baskets(rng, profile.baskets, catalog, supply, orders.day)
    day, country = orders.day[order], orders.country[order]
    list_price = prices.at(product, day)
    rate = rates[CURRENCY_OF_COUNTRY[country], day]
    on_shelf = discounts.at(country, catalog.sub_category[product], day)
    coupon = coupons(rng, profile.promotions, len(orders.day))
    return Lines(
        order=order,
        product=product,
        quantity=quantities(rng, profile.baskets, list_price),
        price=in_currency(list_price, rate),
        percentage=np.maximum(on_shelf, coupon[order]),
    )


def shipping(orders: Orders, goods: Integers) -> Integers:
    """The country's flat rate, free from a goods value on and when bought in the shop. In
    ten-thousandths, as `goods`."""
    flat = 100 * np.array([country.shipping_cents for country in COUNTRIES])
    free_from = 100 * np.array([country.free_shipping_from_cents for country in COUNTRIES])
    in_shop = orders.channel == CHANNELS.index("shop")
    is_free = in_shop | (goods >= free_from[orders.country])
    return np.where(is_free, 0, flat[orders.country])


class _Visits(NamedTuple):
    """One entry per sale."""

    day: Integers
    second: Integers
    customer: Integers
    country: Integers


def _visits(
    rng: np.random.Generator, profile: Profile, block: Block, buyers: Buyers, customers: Customers
) -> _Visits:
    """First orders, guests and known customers."""
    days = slice(block.first_day, block.end_day)
    new = _first_buyers(block, customers)
    new_second = customers.registered_second[new] + rng.integers(
        *REGISTRATION_TO_ORDER_SECONDS, len(new)
    )
    guest_day, guest_country = _cells(buyers.guests[days], block)
    known_day, known_country = _cells(buyers.known[days], block)
    known = _known_buyers(rng, block, customers, known_day, known_country)
    drawn_day = np.concatenate([guest_day, known_day])
    weekend = is_weekend(drawn_day, block.start.weekday())
    drawn_second = seconds_of_day(rng, profile.demand, weekend)
    return _Visits(
        np.concatenate([customers.registered_on[new], drawn_day]),
        np.concatenate([new_second, drawn_second]),
        np.concatenate([new, np.full(len(guest_day), NOBODY), known]),
        np.concatenate([customers.country[new], guest_country, known_country]),
    )


def _cells(counts: Integers, block: Block) -> tuple[Integers, Integers]:
    """The day and the country of each sale that a table of days and countries counts."""
    day, country = np.divmod(groups_of(counts.ravel()), counts.shape[1])
    return block.first_day + day, country


def _first_buyers(block: Block, customers: Customers) -> Integers:
    begin = customers.registered_before(block.first_day)
    end = customers.registered_before(block.end_day)
    return begin + np.flatnonzero(customers.orders_at_once[begin:end])


def _known_buyers(
    rng: np.random.Generator,
    block: Block,
    customers: Customers,
    days: Integers,
    countries: Integers,
) -> Integers:
    """Who of the country buys: in proportion to the purchase rate, after the registration and
    before leaving. A country with nobody who could buy again sells to guests instead.
    """
    known = customers.registered_before(block.end_day)
    candidates = np.flatnonzero(
        (customers.left_on[:known] > max(block.first_day, 0))
        & (customers.left_on[:known] > customers.registered_on[:known] + 1)
    )
    of_country = customers.country[candidates].astype(np.uint8)  # sorting bytes takes no time
    candidates = candidates[np.argsort(of_country, kind="stable")]
    bounds = np.concatenate([[0.0], np.cumsum(customers.purchase_rate[candidates])])
    sizes = np.bincount(of_country, minlength=len(COUNTRIES))
    last = np.cumsum(sizes)
    low, high = bounds[last - sizes], bounds[last]
    buyer = np.full(len(days), NOBODY, dtype=np.int64)
    open_ = np.flatnonzero(sizes[countries])
    for _ in range(BUYER_REDRAWS):
        of = countries[open_]
        point = low[of] + rng.random(len(open_)) * (high - low)[of]
        place = np.searchsorted(bounds, point, side="right") - 1
        drawn = candidates[np.clip(place, (last - sizes)[of], last[of] - 1)]
        day = days[open_]
        fits = (customers.registered_on[drawn] < day) & (customers.left_on[drawn] > day)
        buyer[open_[fits]] = drawn[fits]
        open_ = open_[~fits]
    return buyer
