"""The most that the machine gives: the product of two large float32 matrices in NumPy. A "gradient" is one product."""

from __future__ import annotations

import numpy as np

from measure.serve import Subject

SIDE = 1024
FLOPS = 2 * SIDE**3


def prepare(*, threads: int) -> Subject:
    """OpenBLAS takes its threads from the environment."""
    a, b = np.random.default_rng(0).random((2, SIDE, SIDE), dtype=np.float32)
    out = np.empty_like(a)

    def work(count: int) -> int:
        for _ in range(count):
            np.dot(a, b, out=out)
        return count

    return Subject(work, lambda: 0.0)
