"""What customers send back: which sales, which lines of them, how much and when."""

from typing import NamedTuple

import numpy as np
import polars as pl

from shopwright.generation.catalog import Catalog
from shopwright.generation.orders import Lines, Orders, integer_columns
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
) -> pl.DataFrame:
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
    return pl.DataFrame(
        {
            "sale": orders.number[order],
            "day": day[order],
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
        }
    )


def refund(due: pl.DataFrame, number_from: int) -> Returns:
    """Planned lines as returns in the order of time, numbered from `number_from` on."""
    lines = due.sort("day", "second", "sale", maintain_order=True)  # an order's lie together
    sale = integer_columns(lines, ["sale"])["sale"]
    is_first = np.diff(sale, prepend=-1) != 0
    heads = lines.filter(pl.Series(is_first))
    of_order = [name for name in Orders._fields if name != "number"]
    of_line = [name for name in Lines._fields if name != "order"]
    return Returns(
        orders=Orders(
            number=number_from + np.arange(len(heads)), **integer_columns(heads, of_order)
        ),
        lines=Lines(order=np.cumsum(is_first) - 1, **integer_columns(lines, of_line)),
        sales=sale[is_first],
    )
