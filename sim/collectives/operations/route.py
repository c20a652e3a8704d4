"""What a send meets where ranks have one switch to themselves: what the closed forms of collectives are made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.collectives.operations.operation import Kind


class Route(NamedTuple):
    """The way from any rank to any other, all alike, over a link of each end and a switch that limits nothing.

    Attributes
    ----------
    latency
        Of a message before its first byte, with the transport's overhead (s).
    bandwidth
        What each link has for payload in each direction (B/s); infinite where nothing limits.
    cap
        The most that one message gets (B/s); infinite without a cap.
    """

    latency: float
    bandwidth: float = math.inf
    cap: float = math.inf

    def seconds_per_byte(self, beside: float = 1) -> float:
        """Time of a byte of one of so many messages that share a link evenly (s/B)."""
        return max(beside / self.bandwidth, 1.0 / self.cap)

    def seconds(self, nbytes: float, beside: float = 1) -> float:
        """Time of a message of so many bytes, one of those that share a link evenly (s)."""
        return self.latency + nbytes * self.seconds_per_byte(beside)


class Terms(NamedTuple):
    """What an operation takes, as a sum: ``latencies a + sent S b + added S c`` (Thakur et al. 2005, section 3).

    Attributes
    ----------
    latencies
        Number of latencies one after the other.
    sent
        Bytes of one message after the other, as a factor of the vector.
    added
        Bytes that a rank adds, one after the other, as a factor of the vector.
    beside
        Number of messages that share a link evenly at any time.
    """

    latencies: float
    sent: float
    added: float = 0.0
    beside: float = 1


def pipeline(kind: Kind, height: int, chunks: int, hop: float, addition: float) -> float:
    """How long chunks take along paths of so many hops (s): up, each added before it goes on, and down, or down alone.

    The first chunk makes its way up in ``height (t + u)``; whichever of t and u is longer spaces the others.

    Parameters
    ----------
    kind
        An all-reduce goes up and down, a broadcast down.
    height
        Hops of a path, >= 1.
    chunks
        Chunks that follow each other, >= 1.
    hop, addition
        What a hop of a chunk takes, t, and adding one, u (s).
    """
    down = (height + chunks - 1) * hop
    if kind == "broadcast":
        return down
    return height * (hop + addition) + (chunks - 1) * max(hop, addition) + down
