"""How long customers stay, and how many of them buy again ("buy till you die").

A customer either never buys again or stays for a life whose length has a Pareto tail: dropping
out happens at a rate that differs from customer to customer (gamma), as in the Pareto/NBD model
(Schmittlein, Morrison, Colombo: Counting your customers, Management Science 33, 1987). So a
cohort shrinks fast at first and slowly later.
"""

from typing import NamedTuple

import numpy as np

from shopwright.generation.profile import CustomerHabits
from shopwright.generation.randomness import Flags, Floats, Integers

HIGHEST_PURCHASE_RATE = 12.0  # times the median; without a limit somebody would order daily
LONGEST_LIFE_DAYS = 100_000
REPEAT_WITHIN_DAYS = 365
SAMPLE = 20_000
HALVINGS = 30


class Registered(NamedTuple):
    """What decides who buys again: the day of the registration, the days a customer would stay,
    the purchase rate (relative), and whether an order came at once."""

    day: Integers
    life: Integers
    rate: Floats
    orders_at_once: Flags


def survival(habits: CustomerHabits, days: Floats) -> Floats:
    """The share of those who ever buy again that has not left after so many days."""
    share: Floats = (1 + days / _scale(habits)) ** -habits.life_shape
    return share


def lives(rng: np.random.Generator, habits: CustomerHabits, count: int) -> Integers:
    """Days from the registration to the last possible order, of those who buy again."""
    chance = 1 - rng.random(count)  # above 0
    days = _scale(habits) * (chance ** (-1 / habits.life_shape) - 1)
    return np.minimum(days, LONGEST_LIFE_DAYS).astype(np.int64)


def purchase_rates(rng: np.random.Generator, habits: CustomerHabits, count: int) -> Floats:
    """Relative to the median customer's, with a tail of heavy buyers."""
    drawn = rng.lognormal(0, habits.purchase_rate_spread, count)
    rates: Floats = np.minimum(drawn, HIGHEST_PURCHASE_RATE)
    return rates


def one_time_share(habits: CustomerHabits, registered: Registered, known_sales: Integers) -> float:
    """How many customers must never buy again, so that `repeat_rate` of those who have ordered
    buy again within a year; 0 where even then fewer would.

    `known_sales` are the sales of each day to known customers: the fewer share them, the more
    often each buys, so the share is found by halving.
    """
    intensity = _cumulative_intensity(registered, known_sales)
    sample = np.flatnonzero(registered.orders_at_once)
    if intensity is None or not len(sample):
        return 0.0
    sample = sample[:: max(len(sample) // SAMPLE, 1)]
    orders = _orders_in_a_year(registered, sample, intensity)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        again = (1 - middle) * -np.expm1(-orders / (1 - middle)).mean()
        low, high = (middle, high) if again > habits.repeat_rate else (low, middle)
    return round(low, 6)


def _scale(habits: CustomerHabits) -> float:
    """Days; such that half have left after `median_life_days`."""
    return float(habits.median_life_days / (2 ** (1 / habits.life_shape) - 1))


def _cumulative_intensity(registered: Registered, known_sales: Integers) -> Floats | None:
    """Expected orders up to each day of somebody with a purchase rate of 1, were nobody a
    one-time buyer; None where nobody can buy again."""
    days = len(known_sales)
    arrives = np.clip(registered.day + 1, 0, days)
    leaves = np.clip(registered.day + 1 + registered.life, 0, days)
    change = np.bincount(arrives, registered.rate, days + 1)
    change -= np.bincount(leaves, registered.rate, days + 1)
    pool = np.cumsum(change)[:days]
    possible = pool > 1e-9
    if not possible.any() or not known_sales.sum():
        return None
    a_day = np.divide(known_sales, pool, out=np.zeros(days), where=possible)
    cumulative: Floats = np.concatenate([[0.0], np.cumsum(a_day)])
    return cumulative


def _orders_in_a_year(registered: Registered, who: Integers, intensity: Floats) -> Floats:
    """Expected orders after the first day of a year; beyond the period, days are like its mean."""
    days = len(intensity) - 1
    begin = registered.day[who] + 1
    end = begin + np.minimum(registered.life[who], REPEAT_WITHIN_DAYS)
    beyond = np.maximum(end - days, 0) - np.maximum(begin - days, 0)
    within = intensity[np.minimum(end, days)] - intensity[np.minimum(begin, days)]
    orders: Floats = registered.rate[who] * (within + beyond * intensity[-1] / days)
    return orders
