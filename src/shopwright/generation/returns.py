"""What customers send back: which sales, which lines of them, how much and when."""

from typing import NamedTuple

import numpy as np

from shopwright.generation.agenda import Entries
from shopwright.generation.catalog import Catalog
from shopwright.generation.orders import Lines, Orders
from shopwright.generation.profile import Profile
from shopwright.generation.randomness import Flags, Integers

REFUND_HOURS = (8, 20)


class Returns(NamedTuple):
    """Returns as orders and lines, with the number of the sale each belongs to."""

    orders: Orders
    lines: Lines
    sales: Integers


def plan_returns(
    rng: np.random.Generator,
    profile: Profile,
    orders: Orders,
    lines: Lines,
    catalog: Catalog,
    kept_off: Flags,
) -> Entries:
    """The lines that will come back from these sales, with all that a refund repeats.

    How likely a sale comes back stands with the shelf of its first line. `kept_off` are the
    orders that cannot come back (cancelled ones). A sale comes back once: whole, or one line of
    it, or some units of one line; not before the last change of its status.
    """
    habits, first = profile.returns, lines.first
    rates = np.array([shelf.return_rate for shelf in profile.shelves])
    probability = rates[catalog.sub_category[lines.product[first]]]
    returned = (rng.random(len(orders.day)) < probability) & ~kept_off
    more = rng.exponential(habits.mean_more_days, len(returned)).astype(np.int64)
    day = orders.day + np.minimum(habits.first_day + more, habits.last_day)
    opening, closing = REFUND_HOURS
    second = rng.integers(opening * 3600, closing * 3600, len(returned))

    sizes = np.diff(first, append=len(lines.order))
    full = rng.random(len(returned)) < habits.whole_share
    only_position = (rng.random(len(returned)) * sizes).astype(np.int64) + 1
    order = lines.order
    back = returned[order] & (full[order] | (lines.position == only_position[order]))
    order = order[back]
    bought = lines.quantity[back]
    some = 1 + (rng.random(len(bought)) * bought).astype(np.int64)
    return Entries(
        day[order],
        {
            "sale": orders.number[order],
            "second": second[order],
            "customer": orders.customer[order],
            "country": orders.country[order],
            "place": orders.place[order],
            "payment": orders.payment[order],
            "channel": orders.channel[order],
            "product": lines.product[back],
            "quantity": -np.where(full[order], bought, some),
            "price": lines.price[back],
            "percentage": lines.percentage[back],
        },
    )


def refund(due: Entries, number_from: int) -> Returns:
    """Planned lines as returns in the order of time, numbered from `number_from` on."""
    by_time = np.lexsort((due.columns["sale"], due.columns["second"], due.days))
    day, of = due.at(by_time)
    is_first = np.diff(of["sale"], prepend=-1) != 0  # the lines of a return lie together
    head = np.flatnonzero(is_first)
    return Returns(
        orders=Orders(
            number=number_from + np.arange(len(head)),
            day=day[head],
            **{name: of[name][head] for name in Orders._fields if name not in ("number", "day")},
        ),
        lines=Lines(
            order=np.cumsum(is_first) - 1,
            **{name: of[name] for name in ("product", "quantity", "price", "percentage")},
        ),
        sales=of["sale"][head],
    )
