"""How orders go on after the day they were placed: shipped, delivered, or cancelled."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.agenda import Entries
from shopwright.generation.news import StatusStates
from shopwright.generation.orders import CHANNELS, Heads, Orders
from shopwright.generation.profile import OrderHabits
from shopwright.generation.randomness import Flags, Integers
from shopwright.generation.seasonality import SECONDS_A_DAY

LATE_CANCEL_SHARE = 0.2  # cancelled after two days instead of one
LAST_PROGRESS_DAYS = 6
STATUSES = ("completed", "paid", "shipped", "delivered", "cancelled", "refunded")
COMPLETED, PAID, SHIPPED, DELIVERED, CANCELLED, REFUNDED = range(6)


class StatusChanges(NamedTuple):
    """Orders (indices) to be delivered again: when, and with which status."""

    orders: Integers
    days: Integers
    seconds: Integers
    statuses: Integers


class OrderStatus(NamedTuple):
    """The status each order is first delivered with, and what changes later."""

    first: Integers
    changes: StatusChanges
    cancelled: Flags


def order_status(rng: np.random.Generator, habits: OrderHabits, orders: Orders) -> OrderStatus:
    """The course of each order; what is bought in the shop is complete at once or cancelled.

    An order in progress is first delivered as paid, then as shipped, then as delivered.
    """
    chance = rng.random(len(orders.day))
    cancelled = chance < habits.cancelled_share
    sent = orders.channel != CHANNELS.index("shop")
    either = habits.cancelled_share + habits.in_progress_share
    progressing = sent & ~cancelled & (chance < either)
    first = np.where(cancelled | progressing, PAID, COMPLETED)

    stopped, moving = np.flatnonzero(cancelled), np.flatnonzero(progressing)
    stop_day = orders.day[stopped] + 1 + (rng.random(len(stopped)) < LATE_CANCEL_SHARE)
    ship_day = orders.day[moving] + rng.integers(1, 3, len(moving))
    arrival_day = ship_day + rng.integers(1, LAST_PROGRESS_DAYS - 1, len(moving))
    return OrderStatus(
        first=first,
        cancelled=cancelled,
        changes=StatusChanges(
            orders=np.concatenate([stopped, moving, moving]),
            days=np.concatenate([stop_day, ship_day, arrival_day]),
            seconds=rng.integers(6 * 3600, SECONDS_A_DAY, len(stopped) + 2 * len(moving)),
            statuses=np.repeat([CANCELLED, SHIPPED, DELIVERED],
                               [len(stopped), len(moving), len(moving)]),
        ),
    )  # fmt: skip


def plan_changes(heads: Heads, changes: StatusChanges) -> Entries:
    """The rows that will be delivered again, with all that they repeat."""
    rows = changes.orders
    return Entries(
        changes.days,
        {
            **{name: values[rows] for name, values in heads.orders._asdict().items()},
            "shipping": heads.shipping[rows],
            "tax": heads.tax[rows],
            "total": heads.total[rows],
            "status": changes.statuses,
            "changed_at": changes.seconds,
        },
    )


def change_status(due: Entries) -> StatusStates:
    """Planned rows as they are delivered."""
    of = due.columns
    heads = Heads(
        Orders(**{name: of[name] for name in Orders._fields}),
        **{name: of[name] for name in ("status", "shipping", "tax", "total")},
    )
    return StatusStates(heads, due.days, of["changed_at"])
