"""The network workloads: who sends how much to whom, and when; the same for every contender.

Bandwidths in B/s, latencies and think times in s. What is random is a hash, the same in every language.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

BANDWIDTH = 1.25e9
#: Latency of a link of an incast's switch, and of every other link.
INCAST_LATENCY, LATENCY = 5e-5, 1e-6
INCAST_BYTES, RING_BYTES, TORUS_BYTES = 100_000_000, 100_000_000, 10_000_000
#: When the ranks of a ring, or the nodes of a torus, begin.
START = 1e-3
SPINES = 4
#: Senders of an island's incast.
ISLAND = 16
STEPS = ((1, 0), (-1, 0), (0, 1), (0, -1))

_MASK = (1 << 64) - 1


class Outcome(NamedTuple):
    """Messages delivered, when the last one was (s), and the sum of when each was (s; None if nobody looked)."""

    flows: int
    end: float
    total: float | None


#: A workload made ready: running it is what is timed.
Run = Callable[[], Outcome]


def _mix(x: int) -> int:
    """Mix 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def think(i: int, k: int, mean: float) -> float:
    """Exponential think time of participant `i` before its round `k` (s)."""
    return -mean * math.log(((_mix((i * 1000003 + k) & _MASK) >> 11) + 0.5) * 2.0**-53)


def ring_speed(rank: int) -> float:
    """Bandwidth of a rank's link: up to a tenth less than `BANDWIDTH`."""
    return BANDWIDTH * (1 - 0.1 * ((_mix(rank) >> 11) * 2.0**-53))


def leaves(ranks: int) -> int:
    """Leaf switches under a ring; rank r is on leaf ``r % leaves``, so that neighbours are on different ones."""
    return max(ranks // 8, 2)


def spine(rank: int, ranks: int) -> int:
    """Spine that a rank's chunks cross."""
    return rank // leaves(ranks) % SPINES


def uplink(ranks: int) -> float:
    """Bandwidth between a leaf and a spine: half of what the leaf's hosts have."""
    return BANDWIDTH * (ranks // leaves(ranks)) / SPINES / 2


def chunk(ranks: int) -> int:
    """Bytes that a rank of a ring sends per step."""
    return RING_BYTES // ranks


def across(i: int, step: tuple[int, int], hops: int, side: int) -> int:
    """The node of a torus that many hops from node `i` in a direction."""
    return (i // side + hops * step[0]) % side * side + (i % side + hops * step[1]) % side
