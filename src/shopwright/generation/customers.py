"""The customers: who they are, when they register, how often they buy and when they leave."""

from dataclasses import dataclass

import numpy as np

from shopwright.generation.countries import COUNTRIES, PAYMENT_METHODS
from shopwright.generation.names import EMAIL_DOMAINS, Names
from shopwright.generation.randomness import (
    Flags,
    Floats,
    Integers,
    draw_by_row,
    groups_of,
    stream,
    weighted,
)
from shopwright.generation.seasonality import SECONDS_A_DAY, is_weekend, seconds_of_day

GUEST_SHARE = 0.08
FIRST_ORDER_SHARE = 0.18  # of all sales: the first order of somebody who has just registered
BROWSER_SHARE = 0.12  # registrations that order nothing that day, per one that does
EARLIER_DAYS = 365  # how far back the customers of the first delivery registered
ONE_TIME_SHARE = 0.3  # never buy again
MEAN_LIFE_DAYS = 400
PURCHASE_RATE_SPREAD = 1.0  # standard deviation of the logarithm: the tail of heavy buyers
HIGHEST_PURCHASE_RATE = 12.0  # times the median; without a limit somebody would order daily
GENDERS = ("female", "male", "diverse")
GENDER_SHARES = (0.53, 0.45, 0.02)
SEGMENTS = ("Standard", "Plus", "Premium", "Business")
SEGMENT_SHARES = (0.62, 0.22, 0.08, 0.08)
REGISTRATION_TO_ORDER_SECONDS = (60, 900)
NOBODY = -1  # the customer number of a guest


@dataclass
class Customers:
    """One entry per customer, in the order of registration; days count from the first delivery.

    `purchase_rate` is relative. A customer orders after `registered_on` and before `left_on`;
    with `orders_at_once` there is an order minutes after the registration too. Texts are indices
    into the pools of `Names`, `country`, `payment`, `gender`, `segment` and `email_domain` into
    their tables.
    """

    registered_on: Integers
    registered_second: Integers
    left_on: Integers
    purchase_rate: Floats
    orders_at_once: Flags
    country: Integers
    place: Integers
    street: Integers
    house_number: Integers
    given_name: Integers
    family_name: Integers
    gender: Integers
    birth_day: Integers
    segment: Integers
    email_domain: Integers
    phone: Integers
    payment: Integers

    def __len__(self) -> int:
        return len(self.registered_on)

    def registered_before(self, day: int) -> int:
        """How many had registered before a day; they are the first of all arrays."""
        return int(np.searchsorted(self.registered_on, day))


def payment_shares() -> Floats:
    """How often each payment method is used, one row a country."""
    shares = np.zeros((len(COUNTRIES), len(PAYMENT_METHODS)))
    for number, country in enumerate(COUNTRIES):
        for method, share in country.payments.items():
            shares[number, PAYMENT_METHODS.index(method)] = share
    return shares


def country_shares() -> Floats:
    """Each country's part of the customers."""
    return np.array([country.share for country in COUNTRIES])


def build_customers(
    seed: int, names: Names, first_orders: Integers, start_weekday: int
) -> Customers:
    """All customers of the period and those who registered in the year before it.

    `first_orders` says for each day how many register and order at once; `start_weekday` is that
    of the first day (Monday is 0).
    """
    rng = stream(seed, "customers")
    day, orders_at_once = _registrations(rng, first_orders)
    latest = SECONDS_A_DAY - 1 - REGISTRATION_TO_ORDER_SECONDS[1]  # leaves time for the order
    second = np.minimum(seconds_of_day(rng, is_weekend(day, start_weekday)), latest)
    order = np.lexsort((second, day))
    day, second, orders_at_once = day[order], second[order], orders_at_once[order]
    count = len(day)
    country = weighted(rng, country_shares(), count)
    gender = weighted(rng, np.array(GENDER_SHARES), count)
    rate = np.minimum(rng.lognormal(0, PURCHASE_RATE_SPREAD, count), HIGHEST_PURCHASE_RATE)
    return Customers(
        registered_on=day,
        registered_second=second,
        left_on=day + 1 + _lives(rng, count),
        purchase_rate=rate,
        orders_at_once=orders_at_once,
        country=country,
        place=names.places.draw(rng, country),
        street=names.streets.draw(rng, country),
        house_number=1 + (rng.random(count) ** 2 * 180).astype(np.int64),
        given_name=_given_names(rng, names, country, gender),
        family_name=names.family.draw(rng, country),
        gender=gender,
        birth_day=-_ages_in_days(rng, count),
        segment=weighted(rng, np.array(SEGMENT_SHARES), count),
        email_domain=rng.integers(0, len(EMAIL_DOMAINS), count),
        phone=rng.integers(100_000_000, 1_000_000_000, count),
        payment=draw_by_row(rng, payment_shares(), country),
    )


def _registrations(rng: np.random.Generator, first_orders: Integers) -> tuple[Integers, Flags]:
    """The day of each registration, and whether an order follows at once."""
    sales = first_orders.sum() / FIRST_ORDER_SHARE
    earlier = max(round(sales / len(first_orders) * FIRST_ORDER_SHARE * EARLIER_DAYS), 1)
    browsers = rng.binomial(first_orders, BROWSER_SHARE).astype(np.int64)
    parts = [-rng.integers(1, EARLIER_DAYS + 1, earlier), groups_of(first_orders),
             groups_of(browsers)]  # fmt: skip
    day = np.concatenate(parts)
    at_once = np.zeros(len(day), dtype=np.bool_)
    at_once[earlier : earlier + int(first_orders.sum())] = True
    return day, at_once


def _lives(rng: np.random.Generator, count: int) -> Integers:
    """Days from the registration to the last possible order ("buy till you die")."""
    life = rng.exponential(MEAN_LIFE_DAYS, count).astype(np.int64)
    return np.where(rng.random(count) < ONE_TIME_SHARE, 0, life)


def _given_names(
    rng: np.random.Generator, names: Names, country: Integers, gender: Integers
) -> Integers:
    women, men = names.given
    from_men = np.where(gender == 2, rng.random(len(gender)) < 0.5, gender == 1)
    men_first = len(women.values)
    return np.where(from_men, men_first + men.draw(rng, country), women.draw(rng, country))


def _ages_in_days(rng: np.random.Generator, count: int) -> Integers:
    """18 to 88 years, most of them around 40."""
    years: Floats = 18 + 70 * rng.beta(2, 4, count)
    return (years * 365.25).astype(np.int64)
