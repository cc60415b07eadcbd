"""Random streams that depend on the seed, the purpose and a number, and on nothing else."""

from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_Array = TypeVar("_Array", bound="NDArray[np.generic]")


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
    return np.minimum(drawn, len(weights) - 1).astype(np.int64)


def weighted_by_row(rng: np.random.Generator, weights: Floats, rows: Integers) -> Integers:
    """One index per entry of `rows`, drawn with the weights of that row of a matrix."""
    bounds = np.cumsum(weights, axis=1)
    bounds /= bounds[:, -1:]
    return (rng.random(len(rows))[:, None] >= bounds[rows, :-1]).sum(axis=1, dtype=np.int64)


def groups_of(counts: Integers) -> Integers:
    """`[2, 0, 1]` gives `[0, 0, 2]`: the index of the group, once per member."""
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)
