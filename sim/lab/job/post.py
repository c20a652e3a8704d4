"""A process' connections to all others that it speaks with, and what it has sent."""

from __future__ import annotations

import socket
from array import array
from collections.abc import Callable
from functools import partial

from sim.lab.job.clock import WallClock
from sim.lab.job.frame import Frame
from sim.lab.job.link import Link

#: Told who has sent a frame, and the frame.
Hear = Callable[[int, Frame], object]


class Post:
    """Sends frames to other processes, by their numbers: the workers by rank, then the shards.

    Parameters
    ----------
    clock
        Watches the connections.

    Attributes
    ----------
    sent_at, sizes
        When each message was sent (s), and its size without the head (B).
    """

    def __init__(self, clock: WallClock) -> None:
        self.sent_at, self.sizes = array("d"), array("q")
        self._clock = clock
        self._links: dict[int, Link] = {}

    def connect(self, connections: dict[int, socket.socket], hear: Hear) -> None:
        """Listen to the others: `hear` is told of every frame, from now on."""
        for number, connection in connections.items():
            self._links[number] = Link(self._clock, connection, partial(hear, number))

    def send(self, to: int, frame: Frame) -> None:
        """Send a frame to a process."""
        self.sent_at.append(self._clock.now)
        self.sizes.append(frame.size)
        self._links[to].send(frame)
