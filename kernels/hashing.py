"""Counter-based randomness: a hash of (key, counters) instead of a generator with a state."""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from kernels.jit import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@kernel(uint64(uint64, uint64))
def mix(key: np.uint64, counter: np.uint64) -> np.uint64:
    """The `counter`-th number of the SplitMix64 sequence that starts at `key` (Steele, Lea and Flood 2014)."""
    z = key + (counter + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@kernel(int64(uint64, int64))
def below(random: np.uint64, bound: int) -> int:
    """A number in 0 ... bound - 1 from the upper half of 64 random bits; bound < 2^31, bias below bound / 2^32.

    Multiplication instead of a remainder: Lemire 2019, "Fast random integer generation in an interval", section 3.
    """
    return int(((random >> _32) * np.uint64(bound)) >> _32)
