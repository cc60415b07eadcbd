"""The customers: who they are, when they register, how often they buy and when they leave."""

from dataclasses import dataclass

import numpy as np

from shopwright.generation.loyalty import Registered, lives, one_time_share, purchase_rates
from shopwright.generation.names import EMAIL_DOMAINS, Names
from shopwright.generation.payments import draw_payments
from shopwright.generation.profile import Profile
from shopwright.generation.randomness import Flags, Floats, Integers, groups_of, stream, weighted
from shopwright.generation.seasonality import (
    DAYS_A_YEAR,
    SECONDS_A_DAY,
    country_shares,
    is_weekend,
    seconds_of_day,
)

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

    def of(self, numbers: Integers) -> "Customers":
        """A copy of some of them."""
        return Customers(**{name: values[numbers] for name, values in vars(self).items()})

    def registered_before(self, day: int) -> int:
        """How many had registered before a day; they are the first of all arrays."""
        return int(np.searchsorted(self.registered_on, day))


def build_customers(
    profile: Profile, names: Names, first_orders: Integers, known_sales: Integers
) -> Customers:
    """All customers of the period and those who registered before it.

    `first_orders` says for each day (row) and country (column) how many register and order at
    once, `known_sales` how many sales of each day come from known customers.
    """
    rng = stream(profile.seed, "customers")
    start, habits = profile.size.start, profile.customers
    day, country, orders_at_once = _registrations(rng, profile, first_orders)
    latest = SECONDS_A_DAY - 1 - REGISTRATION_TO_ORDER_SECONDS[1]  # leaves time for the order
    weekend = is_weekend(day, start.weekday())
    second = np.minimum(seconds_of_day(rng, profile.demand, weekend), latest)
    order = np.lexsort((second, day))
    day, second, country = day[order], second[order], country[order]
    orders_at_once = orders_at_once[order]
    count = len(day)
    life, rate = lives(rng, habits, count), purchase_rates(rng, habits, count)
    registered = Registered(day, life, rate, orders_at_once)
    once = rng.random(count) < one_time_share(habits, registered, known_sales)
    gender = weighted(rng, np.array(GENDER_SHARES), count)
    return Customers(
        registered_on=day,
        registered_second=second,
        left_on=day + 1 + np.where(once, 0, life),
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
        payment=draw_payments(rng, country, day, start),
    )


def _registrations(
    rng: np.random.Generator, profile: Profile, first_orders: Integers
) -> tuple[Integers, Integers, Flags]:
    """The day and the country of each registration, and whether an order follows at once."""
    habits = profile.customers
    countries = first_orders.shape[1]
    buyers = groups_of(first_orders.ravel())
    browsers = groups_of(rng.poisson(first_orders.ravel() * habits.browsers_per_buyer))
    earlier_day = _earlier_days(rng, profile)
    earlier_country = weighted(rng, country_shares(profile), len(earlier_day))
    return (
        np.concatenate([earlier_day, buyers // countries, browsers // countries]),
        np.concatenate([earlier_country, buyers % countries, browsers % countries]),
        np.repeat([False, True, False], [len(earlier_day), len(buyers), len(browsers)]),
    )


def _earlier_days(rng: np.random.Generator, profile: Profile) -> Integers:
    """Days before the first, with as many registrations as the shop's growth leads back to."""
    habits, size = profile.customers, profile.size
    before = np.arange(-habits.registered_earlier_days, 0)
    a_day = size.transactions / size.days * habits.first_order_share
    growth = (1 + profile.demand.growth_a_year) ** (before / DAYS_A_YEAR)
    count = max(round(float(a_day * growth.sum())), 1)
    return before[weighted(rng, growth, count)]


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
