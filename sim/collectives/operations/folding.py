"""Any number of ranks where an algorithm wants a power of two: the extra ranks are folded into others."""

from __future__ import annotations

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.steps import Steps


def power_of_two(ranks: int) -> int:
    """Return the largest power of two that is not greater than `ranks`."""
    return 1 << (ranks.bit_length() - 1)


def fold(steps: Steps, ranks: int, pieces: int) -> Numbers:
    """Let the extra ranks hand their vectors to their neighbours; return those that go on, a power of two.

    Of the first ``2 (ranks - p)`` ranks, p the largest power of two within `ranks`, each even one sends its whole
    vector to the odd one after it, as MPICH does [1]_. One step, none if there are no extra ranks.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH",
       IJHPCA 19, 2005, section 4.5.
    """
    extra = ranks - power_of_two(ranks)
    idle = np.arange(0, 2 * extra, 2, dtype=np.int32)
    if extra:
        steps.step(idle, idle + 1, 0, pieces, adds=True)
    return np.concatenate((idle + 1, np.arange(2 * extra, ranks, dtype=np.int32)))


def unfold(steps: Steps, ranks: int, pieces: int) -> None:
    """Hand the result to the ranks that `fold` has left out, in one step."""
    idle = np.arange(0, 2 * (ranks - power_of_two(ranks)), 2, dtype=np.int32)
    if len(idle):
        steps.step(idle + 1, idle, 0, pieces, adds=False)
