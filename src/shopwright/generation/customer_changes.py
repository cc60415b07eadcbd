"""Customers who move, change their e-mail address or their segment."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.customers import SEGMENTS, Customers
from shopwright.generation.names import EMAIL_DOMAINS, Names
from shopwright.generation.period import Block
from shopwright.generation.profile import CustomerHabits
from shopwright.generation.randomness import Integers, weighted
from shopwright.generation.seasonality import DAYS_A_YEAR, SECONDS_A_DAY

MOVE, NEW_EMAIL, NEW_SEGMENT = range(3)


class CustomerChanges(NamedTuple):
    """The customers who changed in a block of days, each at most once, in the order of time.

    `old_places` is where they lived before (the same place unless they moved).
    """

    customers: Integers
    days: Integers
    seconds: Integers
    old_places: Integers

    def places_at(self, customers: Customers, buyers: Integers, days: Integers) -> Integers:
        """Where each buyer lived on its day; who moves that day already lives at the new place."""
        row = np.full(len(customers), -1, dtype=np.int64)
        row[self.customers] = np.arange(len(self.customers))
        change = row[buyers]
        places: Integers = customers.place[buyers]
        if len(self.customers):
            before = (change >= 0) & (days < self.days[change])
            places = np.where(before, self.old_places[change], places)
        return places


def change_customers(
    rng: np.random.Generator,
    habits: CustomerHabits,
    customers: Customers,
    names: Names,
    block: Block,
) -> CustomerChanges:
    """Changes some customers within the block; alters `customers`.

    Only who registered before the block and has not left changes, so that one row shows one state.
    """
    first_day, end_day = block.first_day, block.end_day
    begin = max(first_day, 1)  # the first delivery holds every customer once
    known = customers.registered_before(first_day)
    active = np.flatnonzero(customers.left_on[:known] > first_day)
    rates = np.array([habits.moves_a_year, habits.new_emails_a_year, habits.new_segments_a_year])
    share = rates.sum() * max(end_day - begin, 0) / DAYS_A_YEAR
    changed = active[rng.random(len(active)) < share]
    kind = weighted(rng, rates, len(changed)) if share else changed
    old_places = customers.place[changed]
    _move(rng, customers, names, changed[kind == MOVE])
    _change_email(rng, customers, changed[kind == NEW_EMAIL])
    _change_segment(rng, customers, changed[kind == NEW_SEGMENT])
    day = rng.integers(begin, max(end_day, begin + 1), len(changed))
    second = rng.integers(0, SECONDS_A_DAY, len(changed))
    order = np.lexsort((second, day))
    return CustomerChanges(changed[order], day[order], second[order], old_places[order])


def _move(rng: np.random.Generator, customers: Customers, names: Names, movers: Integers) -> None:
    country = customers.country[movers]
    customers.place[movers] = names.places.draw(rng, country)
    customers.street[movers] = names.streets.draw(rng, country)
    customers.house_number[movers] = rng.integers(1, 120, len(movers))


def _change_email(rng: np.random.Generator, customers: Customers, changers: Integers) -> None:
    other = rng.integers(1, len(EMAIL_DOMAINS), len(changers))
    customers.email_domain[changers] = (customers.email_domain[changers] + other) % len(
        EMAIL_DOMAINS
    )


def _change_segment(rng: np.random.Generator, customers: Customers, changers: Integers) -> None:
    """Two of three climb; who stands at the top falls; business customers stay, as Standard."""
    private = SEGMENTS.index("Business")
    segment = customers.segment[changers]
    step = np.where(rng.random(len(changers)) < 0.67, 1, -1)
    step = np.where(segment == 0, 1, np.where(segment == private - 1, -1, step))
    customers.segment[changers] = np.where(segment == private, 0, segment + step)
