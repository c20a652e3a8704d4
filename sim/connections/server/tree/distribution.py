"""How answers go down a tree of aggregators."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.connections.server.receivers import Answer, Receiver
    from sim.fabric.fabric import Fabric


class Distribution:
    """One shard's answers on their way from one host to its receivers.

    Those for the workers behind one receiver are one message of a model's size. Each of them is the model after that
    worker's own gradient, as without a tree: they differ by gradients that the receiver has added up itself.

    Parameters
    ----------
    fabric
        Carries them.
    host
        Where they come from.
    nbytes
        Size of a message (B).
    receivers
        Where they go, in the order of the workers' ranks.
    """

    def __init__(self, fabric: Fabric, host: int, nbytes: float, receivers: Sequence[Receiver]) -> None:
        self._fabric = fabric
        self._host = host
        self._nbytes = nbytes
        self._receivers = receivers
        self._first = [receiver.ranks[0] for receiver in receivers]

    def send(self, answers: Sequence[Answer]) -> None:
        """Send answers that leave at this instant."""
        shares: dict[int, list[Answer]] = {}
        for answer in answers:
            shares.setdefault(bisect_right(self._first, answer.rank) - 1, []).append(answer)
        for number, share in shares.items():
            receiver = self._receivers[number]
            self._fabric.send(self._host, receiver.host, self._nbytes, partial(receiver.take, share))
