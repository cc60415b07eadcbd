"""Discounts: weekly promotions of a shelf, campaign days, and coupons of an order."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.profile import Profile, Promotions
from shopwright.generation.randomness import Floats, Integers
from shopwright.generation.seasonality import campaign_discounts

DAYS_A_WEEK = 7


class Discounts(NamedTuple):
    """Percentages: `weekly` of each shelf (row) in each week (column), weeks counted from the
    first day; `campaigns` of each country on each day, for the shelves that take part in that
    week."""

    weekly: Integers
    campaigns: Integers
    takes_part: Integers

    def at(self, countries: Integers, shelves: Integers, days: Integers) -> Integers:
        """What a shelf is reduced by in a country on a day: the better of the two."""
        weeks = days // DAYS_A_WEEK
        campaign = self.campaigns[countries, days] * self.takes_part[shelves, weeks]
        best: Integers = np.maximum(self.weekly[shelves, weeks], campaign)
        return best

    def lift(self, promotions: Promotions) -> Floats:
        """The factor of each shelf's demand (row) in each week (column)."""
        return np.where(self.weekly > 0, promotions.lift, 1.0)


def plan_discounts(rng: np.random.Generator, profile: Profile) -> Discounts:
    """The discounts of the whole period."""
    promotions, size = profile.promotions, profile.size
    shelves, weeks = len(profile.shelves), size.days // DAYS_A_WEEK + 1
    weekly = rng.choice(np.array(promotions.percentages), (shelves, weeks))
    runs = rng.random((shelves, weeks)) < promotions.shelves_a_week
    takes_part = rng.random((shelves, weeks)) < promotions.campaign_shelves
    return Discounts(
        np.where(runs, weekly, 0).astype(np.int64),
        campaign_discounts(profile.campaigns, size.start, size.days),
        takes_part.astype(np.int64),
    )


def coupons(rng: np.random.Generator, promotions: Promotions, orders: int) -> Integers:
    """The percentage of each order's coupon, mostly 0."""
    has_coupon = rng.random(orders) < promotions.coupon_share
    percentage = rng.choice(np.array(promotions.coupon_percentages), orders)
    return np.where(has_coupon, percentage, 0).astype(np.int64)
