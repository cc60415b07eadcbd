"""When each day's delivery arrives, decided for the whole period at once."""

from dataclasses import dataclass

import numpy as np

from shopwright.generation.mess.rates import ARRIVAL_KINDS, MessRates
from shopwright.generation.randomness import Integers, stream

MOST_DAYS_LATE = 7
AS_IT_SHOULD = "as it should"


@dataclass(frozen=True)
class Arrivals:
    """One entry per day: what goes otherwise with its delivery, and the day of the delivery that
    brings the rest of it (all of it, or a part, or the same again). Both days count from the
    first delivery, which always comes as it should."""

    kinds: list[str]
    second: Integers

    def __len__(self) -> int:
        return len(self.kinds)


def plan_arrivals(rates: MessRates, seed: int, days: int) -> Arrivals:
    """Draws a kind of arrival for each day. What would arrive after the last day does not."""
    rng = stream(seed, "arrivals")
    shares = np.array([rates.of(kind) for kind in ARRIVAL_KINDS])
    bounds = np.cumsum(shares / max(shares.sum(), 1.0))
    drawn = np.searchsorted(bounds, rng.random(days), side="right")
    delay = rng.integers(2, MOST_DAYS_LATE + 1, days)
    kinds, second = [], np.arange(days, dtype=np.int64)
    for day, number in enumerate(drawn):
        kind = ARRIVAL_KINDS[number] if number < len(ARRIVAL_KINDS) else AS_IT_SHOULD
        wait = 1 if kind == "out_of_order" else int(delay[day])
        if kind != AS_IT_SHOULD and 0 < day < days - wait:
            second[day] = day + wait
            kinds.append(kind)
        else:
            kinds.append(AS_IT_SHOULD)
    return Arrivals(kinds, second)
