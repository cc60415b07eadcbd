"""Random streams that depend on the seed, the purpose and a number, and on nothing else."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
TICKETS = 2**12


def stream(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The stream of one purpose; what one purpose draws never shifts what another draws.

    The bit generator is named (PCG64) because NumPy may change its default.
    """
    entropy = [seed, crc32(purpose.encode()), number]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def weighted(rng: np.random.Generator, weights: Floats, count: int) -> Integers:
    """`count` indices into `weights`, each drawn in proportion to its weight (they may add to
    any positive sum)."""
    bounds = np.cumsum(weights)
    drawn = np.searchsorted(bounds, rng.random(count) * bounds[-1], side="right")
    indices: Integers = np.minimum(drawn, len(weights) - 1).astype(np.int64)
    return indices


def lottery(weights: Floats, size: int = TICKETS) -> Integers:
    """`size` indices into `weights`, each as often as its share: drawing one is a look into a
    table, ten times as fast as `weighted`. A share is exact to one ticket."""
    bounds = np.cumsum(weights)
    ends = np.rint(bounds / bounds[-1] * size).astype(np.int64)
    return groups_of(np.diff(ends, prepend=0))


def draw(rng: np.random.Generator, tickets: Integers, count: int) -> Integers:
    """`count` indices from a `lottery`."""
    drawn: Integers = tickets[rng.integers(0, len(tickets), count)]
    return drawn


def draw_by_row(rng: np.random.Generator, weights: Floats, rows: Integers) -> Integers:
    """One index per entry of `rows`, drawn with the weights of that row of a matrix."""
    tickets = np.stack([lottery(row) for row in weights])
    drawn: Integers = tickets[rows, rng.integers(0, TICKETS, len(rows))]
    return drawn


def groups_of(counts: Integers) -> Integers:
    """`[2, 0, 1]` gives `[0, 0, 2]`: the index of the group, once per member."""
    groups: Integers = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return groups
