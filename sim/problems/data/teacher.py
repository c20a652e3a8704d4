"""Samples of a fixed random function: what a small tanh network says, and noise."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sim.problems import Samples
from sim.problems.data.lock import locked
from sim.streams import stream

FEATURES = 8
#: Width of the teacher's hidden layer.
HIDDEN = 16
#: Samples that test.
TEST = 2_000


@lru_cache(maxsize=8)
def load(samples: int, noise: float, seed: int) -> tuple[Samples, Samples]:
    """Training and test samples: inputs x ~ N(0, I), float32 ``[n, 8]``; targets a tanh(W x) + noise, float32 ``[n]``.

    More training samples are those of fewer and others; the test samples are always the same. The arrays are read-only.

    Parameters
    ----------
    samples
        Size of the training set (samples), >= 1.
    noise
        Standard deviation of what is added to the targets (no unit), >= 0.
    seed
        Which teacher: W has elements from N(0, 1 / 8), a from N(0, 1 / 16).
    """
    teacher = stream(seed, "teacher")
    inner = teacher.standard_normal((HIDDEN, FEATURES)) / math.sqrt(FEATURES)
    outer = teacher.standard_normal(HIDDEN) / math.sqrt(HIDDEN)

    def draw(count: int, generator: np.random.Generator) -> Samples:
        numbers = generator.standard_normal((count, FEATURES + 1))  # row by row: more samples begin with these
        inputs = numbers[:, :FEATURES]
        hidden = np.tanh((inputs[:, np.newaxis, :] * inner).sum(axis=2))  # no BLAS, whose sums differ by host
        return locked(inputs, (hidden * outer).sum(axis=1) + noise * numbers[:, FEATURES])

    return draw(samples, stream(seed, "teacher train")), draw(TEST, stream(seed, "teacher test"))
