"""One worker's side of a round of mixing: what it is given, and what has still to arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.tape.vector import Vector


class Given(NamedTuple):
    """What a rank gives away in a round: to whom which share of its model, of its push-sum weight, and of `y`.

    Of two in one round the one of the lower rank comes first.
    """

    sender: int
    number: int
    shares: Mapping[int, float]  # by rank, its own among them if it keeps one
    x: Vector
    w: float
    y: Vector | None


class Round:
    """What one worker has been given in a round, and counts of the messages of that round that are outstanding.

    A message may come before the worker has begun the round itself: until then it has less than nothing to wait for.

    Attributes
    ----------
    given
        What has not been mixed yet.
    unsent
        Messages to this worker that nobody has sent yet.
    undelivered
        Messages to this worker, and from it, that have not arrived yet.
    """

    __slots__ = ("given", "undelivered", "unsent")

    def __init__(self) -> None:
        self.given: list[Given] = []
        self.unsent = 0
        self.undelivered = 0

    def expect(self, senders: int, receivers: int) -> None:
        """So many messages to this worker, and from it, belong to the round."""
        self.unsent += senders
        self.undelivered += senders + receivers
