"""Normal draws without a state: a function of a key and a counter."""

from __future__ import annotations

import math

import numpy as np
from numba import float64, types, uint64

from kernels.hashing import mix
from kernels.jit import kernel


@kernel(float64(uint64, uint64))
def _uniform(key: np.uint64, counter: np.uint64) -> float:
    """A number in (0, 1], the same for the same key and counter."""
    return 2.0**-53 * float((mix(key, counter) >> np.uint64(11)) + np.uint64(1))


@kernel(types.UniTuple(float64, 2)(uint64, uint64))
def normals(key: np.uint64, pair: np.uint64) -> tuple[float, float]:
    """Two independent N(0, 1) draws (Box and Muller, Annals of Mathematical Statistics 29(2), 1958).

    Keys that are neighbours share a shifted sequence: who counts keys hashes each of them once more.
    """
    radius = math.sqrt(-2 * math.log(_uniform(key, np.uint64(2) * pair)))
    angle = 2 * math.pi * _uniform(key, np.uint64(2) * pair + np.uint64(1))
    return radius * math.cos(angle), radius * math.sin(angle)
