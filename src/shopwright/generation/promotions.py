"""Discounts: weekly promotions of a shelf, campaign days, and coupons of an order."""

from datetime import date, timedelta

import numpy as np

from shopwright.generation.assortment import SUB_CATEGORIES
from shopwright.generation.randomness import Integers, weighted
from shopwright.generation.seasonality import campaign_on

PROMOTED_SHELVES_A_WEEK = 0.08
PROMOTION_PERCENTAGES = (10, 15, 20, 30)
SHELVES_IN_CAMPAIGN = 0.6
COUPON_SHARE = 0.07
COUPON_PERCENTAGES = (5, 10, 15)
COUPON_WEIGHTS = (0.5, 0.4, 0.1)


def shelf_discounts(rng: np.random.Generator, start: date, days: int) -> Integers:
    """The discount percentage of every shelf (row) on every day (column): the better of the
    week's promotion and the day's campaign."""
    shelves, weeks = len(SUB_CATEGORIES), days // 7 + 1
    weekly = rng.choice(np.array(PROMOTION_PERCENTAGES), (shelves, weeks))
    weekly = np.where(rng.random((shelves, weeks)) < PROMOTED_SHELVES_A_WEEK, weekly, 0)
    campaign = np.array([campaign_on(start + timedelta(days=day)).discount for day in range(days)])
    takes_part = rng.random((shelves, weeks)) < SHELVES_IN_CAMPAIGN
    by_day = np.arange(days) // 7
    discounts: Integers = np.maximum(weekly[:, by_day], campaign * takes_part[:, by_day])
    return discounts.astype(np.int64)


def coupons(rng: np.random.Generator, orders: int) -> Integers:
    """The percentage of each order's coupon, mostly 0."""
    has_coupon = rng.random(orders) < COUPON_SHARE
    percentage = np.array(COUPON_PERCENTAGES)[weighted(rng, np.array(COUPON_WEIGHTS), orders)]
    return np.where(has_coupon, percentage, 0).astype(np.int64)
