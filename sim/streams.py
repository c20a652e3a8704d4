"""Named streams of randomness: every draw of a run belongs to one."""

from __future__ import annotations

import numpy as np


def _sequence(seed: int, name: str, *indices: int) -> np.random.SeedSequence:
    # The count of indices keeps ("x") and ("x", 0) apart: a seed sequence pads with zeros.
    return np.random.SeedSequence([seed, len(indices), int.from_bytes(name.encode(), "big"), *indices])


def stream(seed: int, name: str, *indices: int) -> np.random.Generator:
    """The generator of one named consumer, e.g. ``stream(seed, "compute", rank)``.

    Two protocols that run with the same seed meet the same stragglers and the same mini-batches, and a new consumer
    changes the draws of no other.

    Parameters
    ----------
    seed
        The one seed of the run, >= 0.
    name
        Who draws.
    indices
        Which of several like consumers, e.g. the rank.
    """
    return np.random.Generator(np.random.PCG64DXSM(_sequence(seed, name, *indices)))


def key(seed: int, name: str, *indices: int) -> np.uint64:
    """A 64-bit key for a counter-based stream inside a kernel (mini-batches, gradient noise)."""
    return np.uint64(_sequence(seed, name, *indices).generate_state(1, np.uint64)[0])


def replica_seed(seed: int, replica: int) -> int:
    """The seed of one of the replicas of a run: the first has the run's own.

    The others are no run's own, so that replicas of neighbouring seeds share none. A run with such a seed is that
    replica again; below 2^53 every reader of a table keeps all its digits.

    Parameters
    ----------
    seed
        The one seed of the run, >= 0.
    replica
        Which, >= 0.
    """
    return seed if replica == 0 else int(key(seed, "replica", replica) >> np.uint64(11))


def draw_key(generator: np.random.Generator) -> int:
    """A 64-bit key for a counter-based stream; the signed number of these bits, as a tape keeps it."""
    return int(generator.integers(-(2**63), 2**63))
